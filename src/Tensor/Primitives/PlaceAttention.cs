using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Kernels.Rows;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Attention of single places.</content>
public static partial class Primitive
{
    /// <summary>What queries of a sequence that goes place by place see, from a place on that the device holds:
    /// <c>y[b, n] = Σₛ softmaxₛ(q[b, n]·k[b, s]) · v[b, s]</c> over s ≤ place + n + diagonal.</summary>
    /// <remarks>
    /// <para>Shapes: q (B, N, D), k (B, S, D), v (B, S, DV), place (1) → y (B, N, DV). Scores are not scaled. A query that sees
    /// none gives 0, one that sees a score of NaN or +∞, or of −∞ alone, NaN.</para>
    /// <para>The place is read when the call runs, so that a recorded call sees further each time. What lies behind is not read,
    /// and costs nothing.</para>
    /// <para>Deterministic: each row has one owner and its sums one order. On the host it has the bits that a softmax between two
    /// products has on a reproducible device.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor<float> PlaceAttention(
        Tensor<float> q, Tensor<float> k, Tensor<float> v, Tensor<int> place, int diagonal)
    {
        var sizes = PlaceAttentionKernels.CheckShapes(q.Shape, k.Shape, v.Shape, place.Shape, diagonal);
        var y = q.Device.Empty<float>([sizes.B, sizes.N, sizes.DV]);
        q.Device.Run(new PlaceAttentionKernels.Call(q, k, v, place, y, sizes));
        return y;
    }
}

internal static class PlaceAttentionKernels
{
    public static Sizes CheckShapes(Shape q, Shape k, Shape v, Shape place, int diagonal) => (q, k, v, place) switch
    {
        ([var b, var n, var d], [var bOfK, var s, var dOfK], [var bOfV, var sOfV, var dV], [1])
            when (bOfK, bOfV, dOfK, sOfV) == (b, b, d, s) => new Sizes(b, n, s, d, dV, diagonal),
        _ => throw new ShapeException(
            "place-attention", "q (B, N, D), k (B, S, D), v (B, S, DV), place (1)",
            ("q", q), ("k", k), ("v", v), ("place", place)),
    };

    /// <summary>Lengths of q (B, N, D), k (B, S, D) and v (B, S, DV), and what the first query at place 0 sees: the keys up to
    /// the diagonal.</summary>
    internal readonly record struct Sizes(int B, int N, int S, int D, int DV, int Diagonal)
    {
        /// <summary>How many keys a query of all, b·N + n, sees from a place.</summary>
        public int Seen(int row, int place)
        {
            var seen = place + row % N + 1 + Diagonal;
            return seen < 0 ? 0 : seen > S ? S : seen;
        }
    }

    internal readonly record struct LookBack(
        ArrayView<float> Q, ArrayView<float> K, ArrayView<float> V, ArrayView<int> Place, ArrayView<float> Weights,
        ArrayView<float> Y, Sizes Sizes) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            // A row is a query. Each thread has some keys; their weights (B·N, S) are read by the thread that wrote them.
            var (query, weights, b) = (row * Sizes.D, row * Sizes.S, row / Sizes.N);
            var (keys, values) = (b * Sizes.S * Sizes.D, b * Sizes.S * Sizes.DV);
            var seen = Sizes.Seen(row, Place[0]);
            var top = float.NegativeInfinity;
            for (var s = TTeam.First; s < seen; s += TTeam.Step)
            {
                var score = 0f;
                for (var d = 0; d < Sizes.D; d++)
                {
                    score += Q[query + d] * K[keys + s * Sizes.D + d];
                }

                Weights[weights + s] = score;
                top = score > top ? score : top;
            }

            top = TTeam.Max(top);
            var sum = 0f;
            for (var s = TTeam.First; s < seen; s += TTeam.Step)
            {
                var weight = ElementaryFunctions.Exp(Weights[weights + s] - top);
                Weights[weights + s] = weight;
                sum += weight;
            }

            sum = TTeam.Sum(sum);
            for (var column = 0; column < Sizes.DV; column++)
            {
                var part = 0f;
                for (var s = TTeam.First; s < seen; s += TTeam.Step)
                {
                    part += Weights[weights + s] * V[values + s * Sizes.DV + column];
                }

                part = TTeam.Sum(part);
                if (TTeam.First == 0)
                {
                    Y[row * Sizes.DV + column] = seen > 0 ? part / sum : 0f;
                }
            }
        }
    }

    internal readonly record struct Call(
        Tensor<float> Q, Tensor<float> K, Tensor<float> V, Tensor<int> Place, Tensor<float> Y, Sizes Sizes)
        : IPrimitive, IRangeBody
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) =>
            device.Team.For(Sizes.B * Sizes.N, HostLoop.RowGrain((long)Sizes.S * (Sizes.D + Sizes.DV)), this);

        public unsafe void Range(int start, int end)
        {
            var weights = HostScratch.Floats(Sizes.S);
            for (var row = start; row < end; row++)
            {
                var first = (nint)(row / Sizes.N) * Sizes.S;
                var seen = Sizes.Seen(row, Place.Pointer[0]);
                ReproducibleGemm.Dots(
                    Q.Pointer + (nint)row * Sizes.D, K.Pointer + first * Sizes.D, Sizes.D, weights, seen);
                HostSoftmax.Normalize(weights, weights, seen);
                ReproducibleGemm.Combine(
                    weights, seen, V.Pointer + first * Sizes.DV, Sizes.DV, Y.Pointer + (nint)row * Sizes.DV, Sizes.DV);
            }
        }

        public void OnKernels(KernelDevice device)
        {
            using var weights = device.Empty<float>([Sizes.B * Sizes.N, Sizes.S]);
            device.LaunchRows(
                Sizes.B * Sizes.N, Sizes.S,
                new LookBack(Q.View, K.View, V.View, Place.View, weights.View, Y.View, Sizes));
        }
    }
}
