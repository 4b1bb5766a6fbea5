using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Kernels.Rows;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>The rows of a tensor along its last axis, and what softmax, its logarithm and cross-entropy compute of
/// each.</summary>
/// <param name="Count">Number of rows.</param>
/// <param name="K">Length of each.</param>
internal readonly record struct SoftmaxRows(int Count, int K)
{
    /// <exception cref="ShapeException">x is a scalar.</exception>
    public static SoftmaxRows CheckShapes(string op, Shape x)
    {
        if (x.Rank == 0)
        {
            throw new ShapeException(op, "x (…, K)", ("x", x));
        }

        return new SoftmaxRows(x.Size == 0 ? 0 : x.Size / x[x.Rank - 1], x[x.Rank - 1]);
    }

    /// <exception cref="ShapeException">The shapes differ, or y is a scalar.</exception>
    public static SoftmaxRows CheckGradient(string op, Shape y, Shape dY) => y == dY
        ? CheckShapes(op, y)
        : throw new ShapeException(op, "dY of y's shape", ("dY", dY), ("y", y));

    /// <summary>A row's maximum, and the sum of exp(x − maximum): at least 1, since the maximum itself counts 1.</summary>
    public static (float Max, float Sum) MaxAndSum<TTeam>(ArrayView<float> x, int first, int k)
        where TTeam : struct, IRowTeam
    {
        // NaN need not win here: it makes the sum NaN.
        var max = float.NegativeInfinity;
        for (var i = TTeam.First; i < k; i += TTeam.Step)
        {
            max = x[first + i] > max ? x[first + i] : max;
        }

        max = TTeam.Max(max);
        var sum = 0f;
        for (var i = TTeam.First; i < k; i += TTeam.Step)
        {
            sum += ElementaryFunctions.Exp(x[first + i] - max);
        }

        return (max, TTeam.Sum(sum));
    }
}
