using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Autoencoders.Cvae;

/// <summary>Options of a <see cref="CvaeModel"/>.</summary>
public sealed record CvaeOptions : AutoencoderOptions
{
    /// <summary>Pixels of a latent pixel's side.</summary>
    internal const int LatentPixel = 4;

    /// <summary>Channels inside encoder and decoder; even.</summary>
    [Option("channels inside encoder and decoder")]
    public int Hidden { get; init; } = 128;

    /// <summary>Side of the images in pixels, a multiple of 4: linear maps of all latent numbers fix it.</summary>
    [Option("side of the images in pixels, which linear maps fix")]
    public int ImageSize { get; init; } = 32;

    /// <summary>Weight of a nat of divergence for each image.</summary>
    [Option("weight of the divergence of latent images from N(0, 1), in nats for each image", MayChange = true)]
    public double PosteriorWeight { get; init; } = 1e-6;

    [JsonIgnore]
    public override int Downsampling => ImageSize;

    [JsonIgnore]
    public override int? FixedSize => ImageSize;

    /// <summary>Rows and columns of a latent image.</summary>
    [JsonIgnore]
    internal int LatentSide => ImageSize / LatentPixel;

    public override void Validate()
    {
        base.Validate();
        Check.AtLeast("hidden", Hidden, 2);
        Check.That("hidden", "an even number of channels", Hidden, Hidden % 2 == 0);
        Check.AtLeast("image-size", ImageSize, LatentPixel);
        Check.That("image-size", $"a multiple of {LatentPixel}", ImageSize, ImageSize % LatentPixel == 0);
        Check.That(
            "hidden", "fewer latent numbers, hidden · (image-size / 4)², for maps between all of them", Hidden,
            (double)Hidden * LatentSide * LatentSide <= 1 << 15);
        Check.Weight("posterior-weight", PosteriorWeight);
    }

    public override Autoencoder Build(ModuleScope scope) => new CvaeModel(scope, this);
}
