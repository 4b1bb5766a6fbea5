using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>A matrix product of operands of any rank as one of two matrices, or of as many pairs of them.</summary>
internal sealed record MatmulPlan(MatmulOperand A, MatmulOperand B, Shape Result)
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
        Shape fullA = a.Rank == 1 ? [1, a[0]] : a, fullB = b.Rank == 1 ? [b[0], 1] : b;
        var (m, k) = Lengths(fullA, transposeA && a.Rank > 1);
        var (kB, n) = Lengths(fullB, transposeB && b.Rank > 1);
        if (k != kB || Batch(fullA.AsSpan()[..^2], fullB.AsSpan()[..^2]) is not { } batch)
        {
            throw Refused(a, b, transposeA, transposeB);
        }

        Shape result = [.. batch, .. a.Rank == 1 ? (ReadOnlySpan<int>)[] : [m], .. b.Rank == 1 ? (ReadOnlySpan<int>)[] : [n]];
        var (matrixA, matrixB) = (Shape.Create(fullA.AsSpan()[^2..]), Shape.Create(fullB.AsSpan()[^2..]));
        if (Product(fullB.AsSpan()[..^2]) == 1 && !transposeA && fullB.Rank <= fullA.Rank)
        {
            // One b for all: the rows of all a are those of one matrix.
            return new MatmulPlan(
                new MatmulOperand(a, fullA, fullA, [Product(fullA.AsSpan()[..^1]), k]),
                new MatmulOperand(b, fullB, fullB, matrixB), result);
        }

        var pairs = Product(batch);
        return new MatmulPlan(
            new MatmulOperand(a, fullA, [.. batch, .. matrixA], [pairs, .. matrixA]),
            new MatmulOperand(b, fullB, [.. batch, .. matrixB], [pairs, .. matrixB]), result);
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

/// <summary>How an operand of any rank is multiplied.</summary>
/// <param name="Own">Its shape.</param>
/// <param name="Full">The same with two axes at least.</param>
/// <param name="Stretched">Repeated along the batch axes of the result.</param>
/// <param name="Matrices">With the batch axes as one, or none.</param>
internal sealed record MatmulOperand(Shape Own, Shape Full, Shape Stretched, Shape Matrices)
{
    private bool IsRepeated => Full.Size != Stretched.Size;

    /// <summary>The operand as it is multiplied: on its own memory, unless it is repeated.</summary>
    public Tensor<float> Of(Tensor<float> x)
    {
        if (!IsRepeated)
        {
            return x.Reshape(Matrices);
        }

        using var full = x.Reshape(Full);
        using var repeated = Primitive.Expand(full, Stretched);
        return repeated.Reshape(Matrices);
    }

    /// <summary>The operand's gradient from that of its matrices, which is taken over.</summary>
    public Tensor<float> Gradient(Tensor<float> dMatrices)
    {
        using (dMatrices)
        {
            if (!IsRepeated)
            {
                return dMatrices.Reshape(Own);
            }

            using var sum = Unbroadcast.To(Full, dMatrices.Reshape(Stretched));
            return sum.Reshape(Own);
        }
    }
}
