using System.Text.Json.Serialization;
using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;

namespace IlgpuVq.Models.Quantizers.Codebooks;

/// <summary>What codes begin with.</summary>
public enum CodebookStart
{
    /// <summary>As the weights' <see cref="Initialization"/> has them.</summary>
    [JsonStringEnumMemberName("default")]
    Default,

    /// <summary>U(±1/K).</summary>
    [JsonStringEnumMemberName("uniform")]
    Uniform,

    /// <summary>N(0, 1).</summary>
    [JsonStringEnumMemberName("normal")]
    Normal,

    /// <summary>U(±√(6 / (K·D))): Kaiming's rule as PyTorch applies it to a tensor (1, K, D), whose fan-in is K·D.</summary>
    [JsonStringEnumMemberName("kaiming")]
    Kaiming,

    /// <summary>U(±0.05): Keras's uniform initializer.</summary>
    [JsonStringEnumMemberName("keras")]
    Keras,

    /// <summary>Means of clusters of the first batch's rows, <see cref="DataStart"/>.</summary>
    [JsonStringEnumMemberName("kmeans")]
    Kmeans,

    /// <summary>Rows of the first batch, <see cref="DataStart"/>.</summary>
    [JsonStringEnumMemberName("samples")]
    Samples,
}

/// <summary>Initial codes.</summary>
internal static class InitialCodes
{
    private const float KerasBound = 0.05f;

    /// <summary>Whether they are made of the first batch.</summary>
    public static bool NeedsData(this CodebookStart start) => start is CodebookStart.Kmeans or CodebookStart.Samples;

    /// <summary>The numbers before the first step; of length 1 for cosines.</summary>
    public static Initializer Of(VectorQuantizerOptions options, Initialization initialization)
    {
        var (k, d) = (options.CodebookSize, options.CodeDim);
        var initializer = options.CodebookStart switch
        {
            CodebookStart.Kaiming => Initializers.Uniform(MathF.Sqrt(6f / ((float)k * d))),
            CodebookStart.Normal => Initializers.Normal(1),
            CodebookStart.Uniform => Initializers.Uniform(1f / k),
            CodebookStart.Keras => Initializers.Uniform(KerasBound),
            _ when initialization == Initialization.Sonnet => Initializers.Uniform(MathF.Sqrt(3f / d)),
            _ when initialization == Initialization.Keras => Initializers.Uniform(KerasBound),
            _ when initialization == Initialization.Normal => Initializers.Normal(LinearInitializers.Deviation),
            _ => options.Rule == CodebookRule.Ema ? Initializers.Normal(1) : Initializers.Uniform(1f / k),
        };
        return options.Distance == CodeDistance.Euclidean ? initializer : (device, shape, seed, stream) =>
        {
            using var numbers = initializer(device, shape, seed, stream);
            return L2Normalize.Of(numbers);
        };
    }
}
