using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>The adjoint of broadcasting: a number that was read several times gets the sum of those gradients.</summary>
internal static class Unbroadcast
{
    /// <summary>Sums <paramref name="gradient"/>, which is taken over, to <paramref name="shape"/>.</summary>
    public static Tensor<float> To(Shape shape, Tensor<float> gradient)
    {
        using (gradient)
        {
            return Primitive.SumTo(gradient, shape);
        }
    }
}
