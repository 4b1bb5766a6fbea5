using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Matrix product, <c>c[…, m, n] = Σₖ a[…, m, k] · b[…, k, n]</c>, one or a batch of them.</summary>
/// <remarks>
/// <para>Shapes: a (…, M, K), b (…, K, N) → c (…, M, N), with leading axes that broadcast. A transposed operand is stored (…, K,
/// M) or (…, N, K). A vector (K) is a row on the left and a column on the right, whether transposed or not; c has no axis of
/// it.</para>
/// <para>Gradient: dA = dC · bᵀ, dB = aᵀ · dC, each stored as its operand is and summed over the axes along which it was
/// repeated.</para>
/// <para>NaN and ∞ spread to their row or column. Deterministic: each sum has one owner and a fixed order.</para>
/// <para>Cost: with one b for all a, as in a linear layer, one product; otherwise an operand that is repeated is copied.</para>
/// </remarks>
public static class Matmul
{
    /// <exception cref="ShapeException">An operand is a scalar, inner lengths differ, or leading axes do not
    /// broadcast.</exception>
    public static Variable Apply(Variable a, Variable b, Transpose transpose = Transpose.None)
    {
        var tape = Tape.Of("matmul", a, b);
        var plan = MatmulPlan.Of(a.Shape, b.Shape, transpose);
        var transposeA = transpose.HasFlag(Transpose.A) && a.Shape.Rank > 1;
        var transposeB = transpose.HasFlag(Transpose.B) && b.Shape.Rank > 1;
        using var left = plan.A.Of(a.Value);
        using var right = plan.B.Of(b.Value);
        using var c = Primitive.Matmul(left, right, Flags(transposeA, transposeB));
        var products = c.Shape;
        return tape.Record("matmul", c.Reshape(plan.Result), inputs: [a, b], dY =>
        {
            using var dC = dY.Reshape(products);
            return [a.RequiresGradient ? GradientOfA(dC) : null, b.RequiresGradient ? GradientOfB(dC) : null];
        });

        Tensor<float> GradientOfA(Tensor<float> dC)
        {
            using var right = plan.B.Of(b.Value);
            var dA = transposeA
                ? Primitive.Matmul(right, dC, Flags(a: transposeB, b: true)) // (K, N)·(N, M)
                : Primitive.Matmul(dC, right, Flags(a: false, b: !transposeB)); // (M, N)·(N, K)
            return plan.A.Gradient(dA);
        }

        Tensor<float> GradientOfB(Tensor<float> dC)
        {
            using var left = plan.A.Of(a.Value);
            var dB = transposeB
                ? Primitive.Matmul(dC, left, Flags(a: true, b: transposeA)) // (N, M)·(M, K)
                : Primitive.Matmul(left, dC, Flags(a: !transposeA, b: false)); // (K, M)·(M, N)
            return plan.B.Gradient(dB);
        }
    }

    private static Transpose Flags(bool a, bool b) => (a ? Transpose.A : Transpose.None) | (b ? Transpose.B : Transpose.None);
}
