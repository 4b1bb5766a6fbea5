using IlgpuVq.Tensors;
using Primitives = IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>A matrix product of operands of any rank as one of two matrices, or of as many pairs of them.</summary>
/// <param name="A">The shape in which a is multiplied: (M, K), or (Batch, M, K); (K, M) where it is transposed.</param>
/// <param name="B">The same of b.</param>
/// <param name="StretchedA">a repeated along the batch axes of the result; a's own shape where nothing is repeated.</param>
/// <param name="StretchedB">The same of b.</param>
/// <param name="Result">The result's shape.</param>
internal sealed record MatmulPlan(Shape A, Shape B, Shape StretchedA, Shape StretchedB, Shape Result)
{
    /// <exception cref="ShapeException">An operand is a scalar, inner lengths differ, or batch axes do not broadcast.</exception>
    public static MatmulPlan Of(Shape a, Shape b, Transpose transpose)
    {
        var (transposeA, transposeB) = (transpose.HasFlag(Transpose.A), transpose.HasFlag(Transpose.B));
        if (a.Rank == 0 || b.Rank == 0)
        {
            throw Refused(a, b, transposeA, transposeB);
        }

        // A vector is a row on the left and a column on the right.
        var (fullA, fullB) = (a.Rank == 1 ? [1, a[0]] : a, b.Rank == 1 ? [b[0], 1] : b);
        var (m, k) = Lengths(fullA, transposeA && a.Rank > 1);
        var (kB, n) = Lengths(fullB, transposeB && b.Rank > 1);
        if (k != kB || Batch(fullA.AsSpan()[..^2], fullB.AsSpan()[..^2]) is not { } batch)
        {
            throw Refused(a, b, transposeA, transposeB);
        }

        Shape result = [.. batch, .. a.Rank == 1 ? (ReadOnlySpan<int>)[] : [m], .. b.Rank == 1 ? (ReadOnlySpan<int>)[] : [n]];
        var (matrixA, matrixB) = (Shape.Create(fullA.AsSpan()[^2..]), Shape.Create(fullB.AsSpan()[^2..]));
        if (fullB.Size == matrixB.Size && !transposeA && fullB.Rank <= fullA.Rank)
        {
            // One b for all: the rows of all a are those of one matrix.
            return new MatmulPlan([fullA.Size == 0 ? Product(fullA.AsSpan()[..^1]) : fullA.Size / k, k], matrixB, a, b, result);
        }

        var pairs = Product(batch);
        return new MatmulPlan(
            [pairs, .. matrixA], [pairs, .. matrixB],
            StretchedA: Product(fullA.AsSpan()[..^2]) == pairs ? a : [.. batch, .. matrixA],
            StretchedB: Product(fullB.AsSpan()[..^2]) == pairs ? b : [.. batch, .. matrixB], result);
    }

    /// <summary>An operand as it is multiplied: on its own memory, unless it is repeated.</summary>
    public static Tensor<float> Operand(Tensor<float> x, Shape stretched, Shape matrices)
    {
        if (stretched == x.Shape)
        {
            return x.Reshape(matrices);
        }

        using var repeated = Primitives.Expand.Apply(x, stretched);
        return repeated.Reshape(matrices);
    }

    /// <summary>The gradient of an operand from that of its matrices, which is taken over.</summary>
    public static Tensor<float> Gradient(Tensor<float> dMatrices, Shape stretched, Shape x)
    {
        using (dMatrices)
        {
            return Unbroadcast.To(x, dMatrices.Reshape(stretched));
        }
    }

    private static (int Rows, int Columns) Lengths(Shape x, bool isTransposed) =>
        isTransposed ? (x[x.Rank - 1], x[x.Rank - 2]) : (x[x.Rank - 2], x[x.Rank - 1]);

    /// <summary>The common batch axes, from the last on equal or one of them 1; null where there are none.</summary>
    private static int[]? Batch(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        var batch = new int[Math.Max(a.Length, b.Length)];
        for (var fromEnd = 1; fromEnd <= batch.Length; fromEnd++)
        {
            var (lengthA, lengthB) = (fromEnd <= a.Length ? a[^fromEnd] : 1, fromEnd <= b.Length ? b[^fromEnd] : 1);
            if (lengthA != lengthB && lengthA != 1 && lengthB != 1)
            {
                return null;
            }

            batch[^fromEnd] = lengthA == 1 ? lengthB : lengthA;
        }

        return batch;
    }

    private static int Product(ReadOnlySpan<int> lengths)
    {
        var product = 1;
        foreach (var length in lengths)
        {
            product = checked(product * length);
        }

        return product;
    }

    private static ShapeException Refused(Shape a, Shape b, bool transposeA, bool transposeB)
    {
        var (ruleA, ruleB) = (transposeA ? "(…, K, M)" : "(…, M, K) or (K)", transposeB ? "(…, N, K)" : "(…, K, N) or (K)");
        return new ShapeException("matmul", $"a {ruleA}, b {ruleB}, with leading axes that broadcast", ("a", a), ("b", b));
    }
}
