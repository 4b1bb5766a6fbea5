using System.Text.Json.Serialization;

namespace IlgpuVq.Models.VqVaes;

/// <summary>How the codebook learns.</summary>
public enum CodebookRule
{
    /// <summary>Exponential moving averages of the vectors that each code was chosen for.</summary>
    [JsonStringEnumMemberName("ema")]
    Ema,

    /// <summary>A loss term that pulls each code to those vectors, and the optimizer.</summary>
    [JsonStringEnumMemberName("gradient")]
    Gradient,
}

/// <summary>What the skip of a residual block carries.</summary>
public enum ResidualSkip
{
    /// <summary>relu(x): what the in-place ReLU of the widely used PyTorch notebook makes of it.</summary>
    [JsonStringEnumMemberName("rectified")]
    Rectified,

    /// <summary>x itself, as in DeepMind's code.</summary>
    [JsonStringEnumMemberName("clean")]
    Clean,
}

/// <summary>The sizes and constants of a <see cref="VqVae"/>; the defaults are the paper's CIFAR-10 model.</summary>
public sealed record VqVaeOptions
{
    /// <summary>Input pixels per latent pixel, along each side.</summary>
    public const int Downsampling = 4;

    /// <summary>Channels of the images.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Channels inside encoder and decoder; even.</summary>
    public int Hidden { get; init; } = 128;

    /// <summary>Channels inside a residual block.</summary>
    public int ResidualHidden { get; init; } = 32;

    public int ResidualLayers { get; init; } = 2;

    /// <summary>Number of codes K.</summary>
    public int Codes { get; init; } = 512;

    /// <summary>Width of a code D.</summary>
    public int CodeDim { get; init; } = 64;

    /// <summary>The commitment weight β.</summary>
    public float Commitment { get; init; } = 0.25f;

    public CodebookRule Codebook { get; init; } = CodebookRule.Ema;

    /// <summary>The EMA decay γ.</summary>
    public float Decay { get; init; } = 0.99f;

    public ResidualSkip Skip { get; init; } = ResidualSkip.Rectified;

    /// <exception cref="ArgumentException">A value outside its range, named.</exception>
    public void Check()
    {
        CheckAtLeast("channels", Channels, 1);
        CheckAtLeast("hidden", Hidden, 2);
        CheckAtLeast("residual-hidden", ResidualHidden, 1);
        CheckAtLeast("residual-layers", ResidualLayers, 0);
        CheckAtLeast("codes", Codes, 1);
        CheckAtLeast("code-dim", CodeDim, 1);
        Check("hidden", "an even number of channels", Hidden, Hidden % 2 == 0);
        Check("commitment", "a finite number of at least 0", Commitment, Commitment >= 0 && float.IsFinite(Commitment));
        Check("decay", "a number in [0, 1)", Decay, Decay is >= 0 and < 1);
    }

    private static void CheckAtLeast(string name, int value, int least) => Check(name, $"at least {least}", value, value >= least);

    private static void Check<T>(string name, string rule, T value, bool holds)
    {
        if (!holds)
        {
            throw new ArgumentException($"{name}: expected {rule}; got {value}.");
        }
    }
}
