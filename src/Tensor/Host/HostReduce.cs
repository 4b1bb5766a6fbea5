using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host;

/// <summary>Host form of <see cref="Primitive.Sum"/>: partial results by slices, then the partial results in the
/// same way until one is left.</summary>
/// <remarks>A slice is a range of an output's elements. Where they are neighbours in memory, vectors run along them (runs); where
/// neighbours belong to different outputs, vectors run across outputs (columns).</remarks>
internal static unsafe class HostReduce
{
    // At most 256 terms per lane: 4 accumulators of 16 lanes in a run, or fewer where runs are short; one lane per output in
    // columns.
    private const int RunSlice = 4096;
    private const int ColumnSlice = 256;
    private const int ColumnBlock = 64;

    public static void Run<TOp>(
        HostDevice device, float* x, float* y, in ReducePlan plan, float identity, float divisor, TOp op)
        where TOp : unmanaged, IBinaryFunction
    {
        var isRun = plan.HasReducedInside != 0;
        var sliceLength = isRun ? RunSlice : ColumnSlice;
        var slices = plan.Slices(sliceLength);
        if (slices == 1)
        {
            Stage(device, x, y, plan, sliceLength, slices, identity, divisor, op);
            return;
        }

        using var partial = device.Borrow<float>(slices * plan.Outputs);
        Stage(device, x, partial.Pointer, plan, sliceLength, slices, identity, divisor: 1, op);
        Run(device, partial.Pointer, y, ReducePlan.OfRows(slices, plan.Outputs), identity, divisor, op);
    }

    private static void Stage<TOp>(
        HostDevice device, float* x, float* y, in ReducePlan plan, int sliceLength, int slices, float identity,
        float divisor, TOp op)
        where TOp : unmanaged, IBinaryFunction
    {
        var grain = HostLoop.RowGrain(Math.Min(plan.Count, sliceLength));
        if (plan.HasReducedInside != 0)
        {
            device.Team.For(slices * plan.Outputs, grain, new Runs<TOp>(x, y, plan, identity, divisor, op));
        }
        else
        {
            grain = (grain + ColumnBlock - 1) / ColumnBlock * ColumnBlock;
            device.Team.For(slices * plan.Outputs, grain, new Columns<TOp>(x, y, plan, identity, divisor, op));
        }
    }

    /// <summary>Items slice·outputs + output; each walks the stretches of memory in its slice.</summary>
    private readonly struct Runs<TOp>(
        float* x, float* y, ReducePlan plan, float identity, float divisor, TOp op) : IRangeBody
        where TOp : unmanaged, IBinaryFunction
    {
        public void Range(int start, int end)
        {
            for (var i = start; i < end; i++)
            {
                var slice = i / plan.Outputs;
                var first = x + plan.Kept.Offset(i - slice * plan.Outputs);
                var from = (int)((long)slice * RunSlice);
                y[i] = Slice(first, from, (int)Math.Min((long)from + RunSlice, plan.Count)) / divisor;
            }
        }

        private float Slice(float* first, int from, int to)
        {
            var neutral = Vector512.Create(identity);
            var (a, b, c, d) = (neutral, neutral, neutral, neutral);
            var run = plan.Reduced.InnerLength;
            for (int count; from < to; from += count)
            {
                count = Math.Min(run - from % run, to - from);
                var p = first + plan.Reduced.Offset(from);
                var i = 0;
                for (; i <= count - 64; i += 64)
                {
                    a = op.Apply(a, Vector512.Load(p + i));
                    b = op.Apply(b, Vector512.Load(p + i + 16));
                    c = op.Apply(c, Vector512.Load(p + i + 32));
                    d = op.Apply(d, Vector512.Load(p + i + 48));
                }

                for (; i <= count - 16; i += 16)
                {
                    a = op.Apply(a, Vector512.Load(p + i));
                }

                if (i < count)
                {
                    b = op.Apply(b, HostLoop.LoadPart(p + i, count - i, identity));
                }
            }

            return HostLoop.Fold(op.Apply(op.Apply(a, b), op.Apply(c, d)), op);
        }
    }

    /// <summary>Items slice·outputs + output, in blocks of neighbouring outputs that a slice's rows pass by.</summary>
    private readonly struct Columns<TOp>(
        float* x, float* y, ReducePlan plan, float identity, float divisor, TOp op) : IRangeBody
        where TOp : unmanaged, IBinaryFunction
    {
        public void Range(int start, int end)
        {
            var inner = plan.Kept.InnerLength;
            for (int i = start, count; i < end; i += count)
            {
                var slice = i / plan.Outputs;
                var output = i - slice * plan.Outputs;
                count = Math.Min(Math.Min(end - i, inner - output % inner), ColumnBlock);
                var first = x + plan.Kept.Offset(output);
                var from = (int)((long)slice * ColumnSlice);
                var to = (int)Math.Min((long)from + ColumnSlice, plan.Count);
                if (count == ColumnBlock)
                {
                    Block(first, from, to, y + i);
                    continue;
                }

                for (var column = 0; column < count; column += 16)
                {
                    var result = Vector(first + column, from, to) / Vector512.Create(divisor);
                    HostLoop.StorePart(result, y + i + column, Math.Min(16, count - column));
                }
            }
        }

        private void Block(float* first, int from, int to, float* results)
        {
            var neutral = Vector512.Create(identity);
            var (a, b, c, d) = (neutral, neutral, neutral, neutral);
            var (length, step) = (plan.Reduced.InnerLength, plan.Reduced.InnerStride);
            while (from < to)
            {
                var p = first + plan.Reduced.Offset(from);
                var rows = Math.Min(length - from % length, to - from);
                from += rows;
                for (; rows > 0; rows--, p += step)
                {
                    a = op.Apply(a, Vector512.Load(p));
                    b = op.Apply(b, Vector512.Load(p + 16));
                    c = op.Apply(c, Vector512.Load(p + 32));
                    d = op.Apply(d, Vector512.Load(p + 48));
                }
            }

            var by = Vector512.Create(divisor);
            (a / by).Store(results);
            (b / by).Store(results + 16);
            (c / by).Store(results + 32);
            (d / by).Store(results + 48);
        }

        private Vector512<float> Vector(float* first, int from, int to)
        {
            var result = Vector512.Create(identity);
            var (length, step) = (plan.Reduced.InnerLength, plan.Reduced.InnerStride);
            while (from < to)
            {
                var p = first + plan.Reduced.Offset(from);
                var rows = Math.Min(length - from % length, to - from);
                from += rows;
                for (; rows > 0; rows--, p += step)
                {
                    result = op.Apply(result, Vector512.Load(p));
                }
            }

            return result;
        }
    }
}
