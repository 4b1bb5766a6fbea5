namespace IlgpuVq.Models.Adversarial;

/// <summary>What a <see cref="Discriminator"/> is made of.</summary>
public sealed record DiscriminatorOptions
{
    /// <summary>Strided convolutions at the most: fewer where an image becomes too small for them.</summary>
    [Option("strided convolutions of the discriminator at the most; small images allow fewer", Name = "discriminator-depth")]
    public int Depth { get; init; } = 6;

    /// <summary>Channels from the fourth convolution on; the first has an eighth of them.</summary>
    [Option("channels of the discriminator from its fourth convolution on, a multiple of 8", Name = "discriminator-hidden")]
    public int Hidden { get; init; } = 512;

    /// <summary>Whether scores end in a sigmoid, so that they lie between 0 and 1.</summary>
    [Option("whether the discriminator's scores end in a sigmoid: true or false", Name = "discriminator-sigmoid")]
    public bool Sigmoid { get; init; } = true;

    /// <summary>Refuses values that make no network.</summary>
    /// <exception cref="OptionException">A value is outside of its range.</exception>
    public void Validate()
    {
        Check.Parts("discriminator-depth", Depth, 1);
        Check.That(
            "discriminator-hidden", "a multiple of 8, at least 8", Hidden, Hidden >= 8 && Hidden % 8 == 0);
    }

    /// <summary>How many convolutions an image allows: the norms behind all but the first need two pixels or more.</summary>
    public int DepthFor(int height, int width)
    {
        var depth = 1;
        for (var (h, w) = (Halved(height), Halved(width)); depth < Depth; depth++)
        {
            (h, w) = (Halved(h), Halved(w));
            if ((long)h * w < 2)
            {
                break;
            }
        }

        return depth;

        static int Halved(int side) => (side + 1) / 2;
    }

    /// <summary>Channels behind a convolution, counted from 0: they double up to <see cref="Hidden"/>.</summary>
    internal int WidthOf(int convolution) => Hidden >> Math.Max(3 - convolution, 0);
}
