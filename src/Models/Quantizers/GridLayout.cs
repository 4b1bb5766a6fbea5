namespace IlgpuVq.Models.Quantizers;

/// <summary>How the numbers lie that stand for an image of one size, planes of h by w.</summary>
/// <param name="Name">Which of a model's grids.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Numbers of a row.</param>
public abstract record GridLayout(string Name, int Height, int Width)
{
    /// <summary>Numbers of a place: levels of indices, or channels.</summary>
    public abstract int Planes { get; }

    /// <summary>Numbers of one image.</summary>
    public int NumbersPerImage => Planes * Height * Width;
}
