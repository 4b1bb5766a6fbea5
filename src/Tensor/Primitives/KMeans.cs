using ILGPU;
using ILGPU.Algorithms;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>How <see cref="Primitive.KMeans"/> goes.</summary>
/// <param name="Iterations">How often all codes move.</param>
/// <param name="IsSpherical">Whether the mean of a code's vectors is then made as long as 1, for vectors of length 1.</param>
public readonly record struct KMeansParams(int Iterations, bool IsSpherical = false);

/// <content>Clusters.</content>
public static partial class Primitive
{
    /// <summary>Moves codes to the means of the vectors that they are nearest to, several times, in place: Lloyd's
    /// algorithm (1957).</summary>
    /// <remarks>
    /// <para>In each iteration vectors go to their nearest code, as <see cref="NearestCode"/> has it, and <c>codes[k, :]</c>
    /// becomes the mean of those of k, <c>counts[k]</c> their number. A code without any stays.</para>
    /// <para>Shapes: codes (K, D), K ≥ 1, counts (K), vectors (N, D), weights (N), active (). A vector of weight 0 is left out;
    /// the others count as one.</para>
    /// <para>Where active is 0 nothing happens, and costs next to nothing: in a recorded step this is how clusters are made
    /// once.</para>
    /// <para>A vector with NaN goes to code 0, which it makes NaN. Deterministic: each code has one owner, which adds in a fixed
    /// order. Vectors within rounding of two codes may go to different ones on different devices.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not belong together.</exception>
    public static void KMeans(
        Tensor<float> codes, Tensor<float> counts, Tensor<float> vectors, Tensor<float> weights, Tensor<float> active,
        KMeansParams how)
    {
        KMeansKernels.CheckShapes(codes.Shape, counts.Shape, vectors.Shape, weights.Shape, active.Shape);
        codes.CheckMayChange("k-means");
        counts.CheckMayChange("k-means");
        using var ids = codes.Device.Empty<int>(weights.Shape);
        using var sums = codes.Device.Empty<float>(codes.Shape);
        codes.Device.Run(new KMeansKernels.Call(codes, counts, vectors, weights, active, ids, sums, how));
    }
}

internal static class KMeansKernels
{
    public static void CheckShapes(Shape codes, Shape counts, Shape vectors, Shape weights, Shape active)
    {
        if (codes is not [> 0 and var k, var d] || counts != [k] || vectors is not [var n, var width] || width != d ||
            weights != [n] || active != [])
        {
            throw new ShapeException(
                "k-means", "codes (K, D) with K ≥ 1, counts (K), vectors (N, D), weights (N), active ()",
                ("codes", codes), ("counts", counts), ("vectors", vectors), ("weights", weights), ("active", active));
        }
    }

    /// <summary>The nearest code of each vector that counts; −1 for the others.</summary>
    internal readonly struct Assign(
        ArrayView<float> codes, ArrayView<float> vectors, ArrayView<float> weights, ArrayView<float> active, ArrayView<int> ids,
        int k, int d) : IKernel
    {
        public void Run(int n)
        {
            // Grid: one thread per vector.
            if (active[0] == 0)
            {
                return;
            }

            var (best, bestId) = (float.NegativeInfinity, weights[n] == 0 ? -1 : 0);
            for (var code = 0; code < k && bestId >= 0; code++)
            {
                var (dot, norm) = (0f, 0f);
                for (var i = 0; i < d; i++)
                {
                    var e = codes[code * d + i];
                    dot += vectors[n * d + i] * e;
                    norm += e * e;
                }

                var score = dot - 0.5f * norm;
                if (score > best)
                {
                    (best, bestId) = (score, code);
                }
            }

            ids[n] = bestId;
        }
    }

    /// <summary>The mean of the vectors of each code.</summary>
    internal readonly struct Move(
        ArrayView<float> codes, ArrayView<float> counts, ArrayView<float> vectors, ArrayView<float> active, ArrayView<int> ids,
        int n, int d, int isSpherical) : IKernel
    {
        public void Run(int k)
        {
            // Grid: one thread per code.
            if (active[0] == 0)
            {
                return;
            }

            var count = 0;
            for (var row = 0; row < n; row++)
            {
                if (ids[row] == k)
                {
                    for (var i = 0; i < d; i++)
                    {
                        codes[k * d + i] = (count > 0 ? codes[k * d + i] : 0f) + vectors[row * d + i];
                    }

                    count++;
                }
            }

            counts[k] = count;
            if (count == 0)
            {
                return;
            }

            var squares = 0f;
            for (var i = 0; i < d; i++)
            {
                squares += codes[k * d + i] * codes[k * d + i];
            }

            var divisor = Divisor(count, isSpherical, XMath.Sqrt(squares));
            for (var i = 0; i < d; i++)
            {
                codes[k * d + i] /= divisor;
            }
        }
    }

    /// <summary>What a sum of that length is divided by: the number of its terms, or its length unless that is next to
    /// nothing.</summary>
    private static float Divisor(int count, int isSpherical, float length) =>
        isSpherical != 0 && length > 1e-6f ? length : count;

    internal readonly record struct Call(
        Tensor<float> Codes, Tensor<float> Counts, Tensor<float> Vectors, Tensor<float> Weights, Tensor<float> Active,
        Tensor<int> Ids, Tensor<float> Sums, KMeansParams How) : IPrimitive, IRangeBody
    {
        private int N => Vectors.Shape[0];

        private int K => Codes.Shape[0];

        private int D => Codes.Shape[1];

        public void OnHost(HostDevice device)
        {
            if (Active.Span[0] == 0)
            {
                return;
            }

            for (var i = 0; i < How.Iterations; i++)
            {
                new NearestCodeKernels.Call(Vectors, Codes, Ids, K, D).OnHost(device);
                for (var n = 0; n < N; n++)
                {
                    Ids.Span[n] = Weights.Span[n] == 0 ? -1 : Ids.Span[n];
                }

                new ScatterAddKernels.CountsCall(Ids, Counts).OnHost(device);
                new ScatterAddKernels.RowsCall(Vectors, Ids, Sums, new BagSizes(N, T: 1, L: 1, K, D)).OnHost(device);
                device.Team.For(K, HostLoop.RowGrain(D), this);
            }
        }

        /// <summary>Sums to means.</summary>
        public void Range(int start, int end)
        {
            for (var k = start; k < end; k++)
            {
                if (Counts.Span[k] > 0)
                {
                    var sum = Sums.Span.Slice(k * D, D);
                    var code = Codes.Span.Slice(k * D, D);
                    var squares = 0f;
                    foreach (var number in sum)
                    {
                        squares += number * number;
                    }

                    var divisor = Divisor((int)Counts.Span[k], How.IsSpherical ? 1 : 0, MathF.Sqrt(squares));
                    for (var i = 0; i < D; i++)
                    {
                        code[i] = sum[i] / divisor;
                    }
                }
            }
        }

        public void OnKernels(KernelDevice device)
        {
            for (var i = 0; i < How.Iterations; i++)
            {
                device.Launch(N, new Assign(Codes.View, Vectors.View, Weights.View, Active.View, Ids.View, K, D));
                device.Launch(K, new Move(
                    Codes.View, Counts.View, Vectors.View, Active.View, Ids.View, N, D, How.IsSpherical ? 1 : 0));
            }
        }
    }
}
