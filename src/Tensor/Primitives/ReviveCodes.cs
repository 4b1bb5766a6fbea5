using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Code revival.</content>
public static partial class Primitive
{
    /// <summary>Replaces the codes that are chosen too rarely by random vectors of the batch, in place.</summary>
    /// <remarks>
    /// <para>For each k with counts[k] &lt; least: codes[k, :] = v, counts[k] = least and sums[k, :] = least·v, where v =
    /// vectors[r, :] and r is uniform in [0, N), drawn for each k.</para>
    /// <para>Shapes: codes and sums (K, D), counts (K), vectors (N, D), least ().</para>
    /// <para>A count that is NaN stays, as all do without vectors. NaN of a vector goes to its code.</para>
    /// <para>Deterministic: r is a function of the step's seed, the stream and k; each code has one owner. Nothing is read to the
    /// host.</para>
    /// <para>Source: "expire codes" of lucidrains' vector-quantize-pytorch, after SoundStream (arXiv:2107.03312, section III-C).
    /// There vectors are drawn without replacement where there are enough of them.</para>
    /// </remarks>
    /// <param name="codes">The codes.</param>
    /// <param name="counts">How often each is chosen, a moving average.</param>
    /// <param name="sums">The moving averages of the vectors that chose each.</param>
    /// <param name="vectors">The batch.</param>
    /// <param name="least">The count below which a code is replaced, and which it then has.</param>
    /// <param name="random">The step's random numbers.</param>
    /// <param name="stream">Separates this use from others.</param>
    /// <exception cref="ShapeException">The shapes do not belong together.</exception>
    public static void ReviveCodes(
        Tensor<float> codes, Tensor<float> counts, Tensor<float> sums, Tensor<float> vectors, Tensor<float> least,
        RandomState random, ulong stream)
    {
        var (n, d) = ReviveCodesKernels.CheckShapes(codes.Shape, counts.Shape, sums.Shape, vectors.Shape, least.Shape);
        codes.CheckMayChange("revive-codes");
        counts.CheckMayChange("revive-codes");
        sums.CheckMayChange("revive-codes");
        if (n > 0)
        {
            codes.Device.Run(new ReviveCodesKernels.Call(codes, counts, sums, vectors, least, random.Words, stream, n, d));
        }
    }
}

internal static class ReviveCodesKernels
{
    public static (int N, int D) CheckShapes(Shape codes, Shape counts, Shape sums, Shape vectors, Shape least) =>
        (codes, vectors) is ([var k, var d], [var n, var width]) && width == d && sums == codes && counts == [k] && least == []
            ? (n, d)
            : throw new ShapeException("revive-codes", "codes and sums (K, D), counts (K), vectors (N, D), least ()",
                ("codes", codes), ("counts", counts), ("sums", sums), ("vectors", vectors), ("least", least));

    internal readonly struct ReplaceDead(
        ArrayView<float> codes, ArrayView<float> counts, ArrayView<float> sums, ArrayView<float> vectors, ArrayView<float> least,
        ArrayView<int> words, ulong stream, int n, int d) : IKernel
    {
        public void Run(int k)
        {
            // Grid: one thread per code. Few are dead, so it walks along the vector alone.
            var count = least[0];
            if (counts[k] < count)
            {
                counts[k] = count;
                var from = RowFor(k, RandomState.SeedOf(words[0], words[1]), stream, n) * d;
                for (var i = 0; i < d; i++)
                {
                    var number = vectors[from + i];
                    codes[k * d + i] = number;
                    sums[k * d + i] = count * number;
                }
            }
        }
    }

    /// <summary>The row of the batch that replaces code k.</summary>
    private static int RowFor(int k, ulong seed, ulong stream, int n) =>
        (int)Philox.ToRange(Philox.Block(seed, stream, (ulong)k).X, (uint)n);

    internal readonly record struct Call(
        Tensor<float> Codes, Tensor<float> Counts, Tensor<float> Sums, Tensor<float> Vectors, Tensor<float> Least,
        Tensor<int> Words, ulong Stream, int N, int D) : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Counts.Size, HostLoop.RowGrain(D), this);

        public unsafe void Range(int start, int end)
        {
            var (count, seed) = (Least.Pointer[0], RandomState.SeedOf(Words.Pointer[0], Words.Pointer[1]));
            for (var k = start; k < end; k++)
            {
                if (Counts.Pointer[k] < count)
                {
                    Counts.Pointer[k] = count;
                    float* code = Codes.Pointer + (nint)k * D, sum = Sums.Pointer + (nint)k * D;
                    var vector = Vectors.Pointer + (nint)RowFor(k, seed, Stream, N) * D;
                    for (var i = 0; i < D; i++)
                    {
                        code[i] = vector[i];
                        sum[i] = count * vector[i];
                    }
                }
            }
        }

        public void OnKernels(KernelDevice device) => device.Launch(
            Counts.Size,
            new ReplaceDead(Codes.View, Counts.View, Sums.View, Vectors.View, Least.View, Words.View, Stream, N, D));
    }
}
