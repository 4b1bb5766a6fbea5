namespace IlgpuVq.Models.Layers;

/// <summary>Initial weight and bias of a linear or convolution layer under a library's defaults.</summary>
internal readonly record struct LinearInitializers(Initializer Weight, Initializer Bias)
{
    /// <summary>Deviation under <see cref="Initialization.Normal"/>.</summary>
    public const float Deviation = 0.02f;

    /// <summary>Of a layer with so many inputs of each output, and outputs of each input.</summary>
    public static LinearInitializers Of(Initialization initialization, int fanIn, int fanOut) => initialization switch
    {
        Initialization.Sonnet => new(Initializers.TruncatedNormal(1 / MathF.Sqrt(fanIn)), Initializers.Zero),
        Initialization.Keras => new(Initializers.XavierUniform(fanIn, fanOut), Initializers.Zero),
        Initialization.Normal => new(Initializers.Normal(Deviation), Initializers.Zero),
        _ => new(Initializers.FanIn(fanIn), Initializers.FanIn(fanIn)),
    };

    /// <summary>Of a transposed convolution, whose fan-in PyTorch takes from the weight as it is stored: In beside
    /// Out/groups · KH · KW.</summary>
    /// <param name="initialization">Whose defaults.</param>
    /// <param name="fanIn">In/groups · KH · KW.</param>
    /// <param name="fanOut">Out/groups · KH · KW.</param>
    public static LinearInitializers OfTransposed(Initialization initialization, int fanIn, int fanOut) =>
        initialization is Initialization.Torch or Initialization.Normal
            ? Of(Initialization.Torch, fanIn: fanOut, fanOut: fanIn)
            : Of(initialization, fanIn, fanOut);
}
