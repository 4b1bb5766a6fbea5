using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Models.Autoencoders;

/// <summary>How the latent numbers of an image of one size lie, in a model without codes.</summary>
/// <param name="Name">What a file calls them.</param>
/// <param name="Channels">Numbers of a place.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Places of a row.</param>
public sealed record LatentLayout(string Name, int Channels, int Height, int Width) : GridLayout(Name, Height, Width)
{
    public override int Planes => Channels;
}
