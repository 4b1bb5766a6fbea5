using System.Text.Json.Serialization;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>The function between the layers of a model.</summary>
public enum HiddenActivation
{
    /// <summary>max(x, 0).</summary>
    [JsonStringEnumMemberName("relu")]
    Relu,

    /// <summary>x · Φ(x), <see cref="Autograd.Gelu"/>.</summary>
    [JsonStringEnumMemberName("gelu")]
    Gelu,
}

/// <summary>Ways to apply it.</summary>
internal static class HiddenActivations
{
    /// <summary>The function of x.</summary>
    public static Variable Apply(this HiddenActivation activation, Variable x) =>
        activation == HiddenActivation.Gelu ? Gelu.Apply(x) : Relu.Apply(x);

    /// <summary>What a convolution can do of it in its own pass: all of it, or nothing.</summary>
    public static Activation Fused(this HiddenActivation activation) =>
        activation == HiddenActivation.Relu ? Activation.Relu : Activation.None;

    /// <summary>The function of y, of which a convolution has done its part (<see cref="Fused"/>).</summary>
    public static Variable Finish(this HiddenActivation activation, Variable y) =>
        activation.Fused() == Activation.None ? activation.Apply(y) : y;
}
