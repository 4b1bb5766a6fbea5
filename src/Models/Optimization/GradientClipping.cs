using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Optimization;

/// <summary>Clipping by the global norm: all gradients are multiplied by <c>min(1, c / (‖g‖ + 1e-6))</c>, where ‖g‖ is the root
/// of the sum of squares of all their elements.</summary>
/// <remarks>
/// <para>The factor stays on the device: nothing is read back, and the same calls are made whether it clips or not.</para>
/// <para>Gradients of a norm of c or less keep their bits. NaN in one gradient goes to all. A norm that overflows, from 1.8e19
/// on, gives factor 0.</para>
/// <para>Source: Pascanu, Mikolov, Bengio, arXiv:1211.5063, algorithm 1, with the constant that keeps PyTorch's from dividing by
/// 0.</para>
/// </remarks>
public static class GradientClipping
{
    private const float Tiny = 1e-6f;

    /// <summary>The factor () of the gradients that there are, the caller's to dispose; null when there are none.</summary>
    /// <param name="parameters">Whose gradients count.</param>
    /// <param name="maxNorm">The norm c, above 0.</param>
    public static Tensor<float>? Factor(IEnumerable<Parameter> parameters, float maxNorm)
    {
        var gradients = parameters.Select(parameter => parameter.Gradient).OfType<Tensor<float>>();
        Tensor<float>[] squares = [.. gradients.Select(SumOfSquares)];
        if (squares.Length == 0)
        {
            return null;
        }

        using var all = Primitive.Concat(0, squares); // (P)
        foreach (var square in squares)
        {
            square.Dispose();
        }

        using var total = Primitive.Sum(all, []);
        using var norm = Primitive.Map(total, default(Sqrt));
        using var excess = Primitive.Map(norm, new Affine(1 / maxNorm, Tiny / maxNorm));
        using var factor = Primitive.Map(excess, default(Reciprocal));
        return Primitive.Map(factor, new Clamp(min: 0, max: 1));
    }

    private static Tensor<float> SumOfSquares(Tensor<float> gradient)
    {
        using var squares = Primitive.Map(gradient, default(Square));
        using var sum = Primitive.Sum(squares, []);
        return sum.Reshape([1]);
    }
}
