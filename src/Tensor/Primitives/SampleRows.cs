using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Random rows.</content>
public static partial class Primitive
{
    /// <summary>Ids of random rows of N, one from each of M equal parts: M different ones where M ≤ N.</summary>
    /// <remarks>
    /// <para>Id m is uniform in [⌊m·N/M⌋, ⌊(m + 1)·N/M⌋), or ⌊m·N/M⌋ where that is empty.</para>
    /// <para>Deterministic: a function of the step's seed, the stream and m, the same on every device.</para>
    /// </remarks>
    /// <param name="random">The step's random numbers.</param>
    /// <param name="rows">N.</param>
    /// <param name="count">M.</param>
    /// <param name="stream">Separates this use from others.</param>
    /// <exception cref="ShapeException">There are no rows, or count is negative.</exception>
    public static Tensor<int> SampleRows(RandomState random, int rows, int count, ulong stream)
    {
        SampleRowsKernels.CheckShapes(rows, count);
        var ids = random.Device.Empty<int>([count]);
        random.Device.Run(new SampleRowsKernels.Call(ids, random.Words, stream, rows, count));
        return ids;
    }

    /// <summary>Ids of random rows by their weights, one from each of M parts of equal weight.</summary>
    /// <remarks>
    /// <para>Id m is the row that holds the place (m + u)·Σw / M among the running sums of the weights, u uniform in [0, 1). A
    /// weight of 0 is not drawn, unless all are, when it is the last row.</para>
    /// <para>Deterministic. Devices agree as far as sums of the weights are exact, as those of zeros and ones are.</para>
    /// </remarks>
    /// <param name="random">The step's random numbers.</param>
    /// <param name="weights">(N), at least 0.</param>
    /// <param name="count">M.</param>
    /// <param name="stream">Separates this use from others.</param>
    /// <exception cref="ShapeException">The weights are not (N) with N ≥ 1, or count is negative.</exception>
    public static Tensor<int> SampleRows(RandomState random, Tensor<float> weights, int count, ulong stream)
    {
        SampleRowsKernels.CheckShapes(weights.Shape is [var n] ? n : 0, count);
        using var ends = CumulativeSum(weights, axis: 0);
        var ids = random.Device.Empty<int>([count]);
        random.Device.Run(new SampleRowsKernels.WeightedCall(ids, ends, random.Words, stream, weights.Size, count));
        return ids;
    }
}

internal static class SampleRowsKernels
{
    public static void CheckShapes(int rows, int count)
    {
        if (rows < 1 || count < 0)
        {
            throw new ShapeException("sample-rows", "at least one row, and a count of at least 0", $"{rows} rows, count {count}");
        }
    }

    internal readonly struct DrawRows(ArrayView<int> ids, ArrayView<int> words, ulong stream, int rows, int count) : IKernel
    {
        // Grid: one thread per id.
        public void Run(int m) => ids[m] = RowOf(m, RandomState.SeedOf(words[0], words[1]), stream, rows, count);
    }

    internal readonly struct DrawWeighted(
        ArrayView<int> ids, ArrayView<float> ends, ArrayView<int> words, ulong stream, int rows, int count) : IKernel
    {
        public void Run(int m)
        {
            // Grid: one thread per id.
            var place = PlaceOf(m, RandomState.SeedOf(words[0], words[1]), stream, count) * ends[rows - 1];
            int low = 0, high = rows - 1;
            while (low < high)
            {
                var middle = low + (high - low) / 2;
                var isBefore = ends[middle] > place;
                high = isBefore ? middle : high;
                low = isBefore ? low : middle + 1;
            }

            ids[m] = low;
        }
    }

    /// <summary>The row of part m.</summary>
    private static int RowOf(int m, ulong seed, ulong stream, int rows, int count)
    {
        var (first, end) = ((int)((long)m * rows / count), (int)((m + 1L) * rows / count));
        return first + (int)Philox.ToRange(Philox.Block(seed, stream, (ulong)m).X, (uint)(end - first));
    }

    /// <summary>The place of part m, as a part of all.</summary>
    private static float PlaceOf(int m, ulong seed, ulong stream, int count) =>
        (m + Philox.ToUniform(Philox.Block(seed, stream, (ulong)m).X)) / count;

    internal readonly record struct Call(Tensor<int> Ids, Tensor<int> Words, ulong Stream, int Rows, int Count)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Count, HostLoop.RowGrain(16), this);

        public unsafe void Range(int start, int end)
        {
            var seed = RandomState.SeedOf(Words.Pointer[0], Words.Pointer[1]);
            for (var m = start; m < end; m++)
            {
                Ids.Pointer[m] = RowOf(m, seed, Stream, Rows, Count);
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Count, new DrawRows(Ids.View, Words.View, Stream, Rows, Count));
    }

    internal readonly record struct WeightedCall(
        Tensor<int> Ids, Tensor<float> Ends, Tensor<int> Words, ulong Stream, int Rows, int Count) : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Count, HostLoop.RowGrain(64), this);

        public unsafe void Range(int start, int end)
        {
            var seed = RandomState.SeedOf(Words.Pointer[0], Words.Pointer[1]);
            for (var m = start; m < end; m++)
            {
                var place = PlaceOf(m, seed, Stream, Count) * Ends.Pointer[Rows - 1];
                int low = 0, high = Rows - 1;
                while (low < high)
                {
                    var middle = low + (high - low) / 2;
                    (low, high) = Ends.Pointer[middle] > place ? (low, middle) : (middle + 1, high);
                }

                Ids.Pointer[m] = low;
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Count, new DrawWeighted(Ids.View, Ends.View, Words.View, Stream, Rows, Count));
    }
}
