using System.Text.Json.Serialization;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models;

/// <summary>Makes the initial numbers of a parameter from a seed and a Philox stream of its own.</summary>
public delegate Tensor<float> Initializer(Device device, Shape shape, ulong seed, ulong stream);

/// <summary>Whose default distributions the weights of a model start from.</summary>
public enum Initialization
{
    /// <summary>PyTorch's: weights and biases U(±1/√fanIn), EMA codes N(0, 1), those that a gradient moves U(±1/K).</summary>
    [JsonStringEnumMemberName("torch")]
    Torch,

    /// <summary>Sonnet's, of DeepMind's own VQ-VAE: weights from a normal of deviation 1/√fanIn cut at two deviations, biases
    /// zero, codes U(±√(3/D)).</summary>
    [JsonStringEnumMemberName("sonnet")]
    Sonnet,

    /// <summary>Keras's: weights U(±√(6/(fanIn + fanOut))), biases zero, codes U(±0.05).</summary>
    [JsonStringEnumMemberName("keras")]
    Keras,

    /// <summary>N(0, 0.02²), as nadavbh12's VQ-VAE has it: weights of convolutions and linear maps, and codes; biases zero,
    /// transposed convolutions as PyTorch's.</summary>
    [JsonStringEnumMemberName("normal")]
    Normal,
}

/// <summary>The initial distributions that the models use.</summary>
public static class Initializers
{
    /// <summary>U(−bound, bound).</summary>
    public static Initializer Uniform(float bound) =>
        (device, shape, seed, stream) => Primitive.RandomUniform(device, shape, -bound, bound, seed, stream);

    /// <summary>N(0, deviation²).</summary>
    public static Initializer Normal(float deviation) =>
        (device, shape, seed, stream) => Primitive.RandomNormal(device, shape, mean: 0, deviation, seed, stream);

    /// <summary>A normal of the given deviation, cut at two of them.</summary>
    public static Initializer TruncatedNormal(float deviation) =>
        (device, shape, seed, stream) => Primitive.RandomTruncatedNormal(device, shape, deviation, seed, stream);

    public static Initializer Zero => Constant(0);

    public static Initializer One => Constant(1);

    /// <summary>One number everywhere.</summary>
    public static Initializer Constant(float value) => (device, shape, _, _) => Primitive.Fill(device, shape, value);

    /// <summary>PyTorch's default for weights and biases of linear and convolution layers: U(±1/√fanIn).</summary>
    /// <remarks>It is Kaiming's uniform rule with a = √5: bound √(6 / ((1 + a²)·fanIn)) = 1/√fanIn. For a transposed convolution
    /// PyTorch takes the fan-in of the weight as it is stored, COut/groups · KH · KW.</remarks>
    public static Initializer FanIn(int fanIn) => Uniform(1 / MathF.Sqrt(fanIn));

    /// <summary>Xavier's: U(±√(6/(fanIn + fanOut))).</summary>
    public static Initializer XavierUniform(int fanIn, int fanOut) => Uniform(MathF.Sqrt(6f / (fanIn + fanOut)));
}
