using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>The gradient through an activation that a product applied while it stored its result.</summary>
internal static class FusedActivation
{
    /// <summary>d loss / d (what went into the activation), from its result and dY; the caller's to dispose.</summary>
    public static Tensor<float> Gradient(Activation activation, Tensor<float> y, Tensor<float> dY) => activation switch
    {
        Activation.None => dY.Share(),
        Activation.Relu => Primitive.Zip("relu", y, dY, default(OutputGradient<Relu>)),
        _ => throw new NotSupportedException($"activation: expected None or Relu; got {activation}."),
    };
}
