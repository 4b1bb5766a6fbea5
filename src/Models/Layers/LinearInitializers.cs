namespace IlgpuVq.Models.Layers;

/// <summary>Initial weight and bias of a linear or convolution layer under a library's defaults, which count the fan-in of a
/// transposed convolution differently.</summary>
internal readonly record struct LinearInitializers(Initializer Weight, Initializer Bias)
{
    public static LinearInitializers Of(Initialization initialization, int fanIn) => Of(initialization, fanIn, fanIn);

    public static LinearInitializers Of(Initialization initialization, int torchFanIn, int sonnetFanIn) => initialization switch
    {
        Initialization.Sonnet => new(Initializers.TruncatedNormal(1 / MathF.Sqrt(sonnetFanIn)), Initializers.Zero),
        _ => new(Initializers.FanIn(torchFanIn), Initializers.FanIn(torchFanIn)),
    };
}
