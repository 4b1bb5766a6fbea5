using System.Runtime.CompilerServices;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>Copies a block from one array into another with other strides: what permute, slice, concat and pad have in
/// common.</summary>
internal static class StridedCopy
{
    /// <param name="plan">The block's lengths and strides.</param>
    /// <param name="source">Where it is read.</param>
    /// <param name="sourceStart">Element of the source where the block begins.</param>
    /// <param name="target">Where it is written; elements outside the block stay.</param>
    /// <param name="targetStart">Element of the target where the block begins.</param>
    public static void Run<T>(CopyPlan plan, Tensor<T> source, int sourceStart, Tensor<T> target, int targetStart)
        where T : unmanaged
    {
        if (plan.Size > 0)
        {
            source.Device.Run(new Call<T>(plan, source, sourceStart, target, targetStart));
        }
    }

    internal readonly struct CopyElements<T>(
        ArrayView<T> source, ArrayView<T> target, int sourceStart, int targetStart, StridedIndex atSource,
        StridedIndex atTarget) : IKernel
        where T : unmanaged
    {
        public void Run(int i)
        {
            // Grid: one thread per element of the block, in the target's order.
            target[targetStart + atTarget.Offset(i)] = source[sourceStart + atSource.Offset(i)];
        }
    }

    private readonly record struct Call<T>(
        CopyPlan Plan, Tensor<T> Source, int SourceStart, Tensor<T> Target, int TargetStart) : IPrimitive
        where T : unmanaged
    {
        public static bool IsReproducible => true;

        public unsafe void OnHost(HostDevice device)
        {
            // Elements are four bytes that nobody computes with here, so ints pass as floats.
            var source = (float*)Source.Pointer + SourceStart;
            var target = (float*)Target.Pointer + TargetStart;
            var inner = Plan.Lengths.Length - 1;
            var sourceInner = Plan.SourceInner;
            if (inner < 0 || sourceInner < 0 || Plan.TargetStrides[inner] != 1)
            {
                device.Team.For(Plan.Size, HostLoop.ElementGrain, new Elements(Plan, source, target));
            }
            else if (sourceInner == inner)
            {
                device.Team.For(Plan.Size, HostLoop.ElementGrain, new Rows(Plan, source, target));
            }
            else
            {
                var tiles = new Tiles(Plan, source, target, inner, sourceInner);
                device.Team.For(tiles.Count, HostLoop.RowGrain(tiles.Size), tiles);
            }
        }

        public void OnKernels(KernelDevice device)
        {
            if (Plan.IsDense)
            {
                device.Copy(Source.View.SubView(SourceStart, Plan.Size), Target.View.SubView(TargetStart, Plan.Size));
                return;
            }

            var (atSource, atTarget, size) = Plan.Walk(without: -1, andWithout: -1);
            device.Launch(size, new CopyElements<T>(Source.View, Target.View, SourceStart, TargetStart, atSource, atTarget));
        }
    }

    /// <summary>One element after the other.</summary>
    private readonly unsafe struct Elements : IRangeBody
    {
        private readonly StridedIndex atSource;
        private readonly StridedIndex atTarget;
        private readonly float* source;
        private readonly float* target;

        public Elements(CopyPlan plan, float* source, float* target)
        {
            this.source = source;
            this.target = target;
            (atSource, atTarget, _) = plan.Walk(without: -1, andWithout: -1);
        }

        public void Range(int start, int end)
        {
            for (var i = start; i < end; i++)
            {
                target[atTarget.Offset(i)] = source[atSource.Offset(i)];
            }
        }
    }

    /// <summary>Both sides have neighbours along the innermost axis: rows, or pieces of them, as they are.</summary>
    private readonly unsafe struct Rows : IRangeBody
    {
        private readonly StridedIndex atSource;
        private readonly StridedIndex atTarget;
        private readonly float* source;
        private readonly float* target;

        public Rows(CopyPlan plan, float* source, float* target)
        {
            this.source = source;
            this.target = target;
            (atSource, atTarget, _) = plan.Walk(without: -1, andWithout: -1);
        }

        public void Range(int start, int end)
        {
            var row = atSource.InnerLength;
            for (int i = start, count; i < end; i += count)
            {
                count = Math.Min(row - i % row, end - i);
                Unsafe.CopyBlockUnaligned(target + atTarget.Offset(i), source + atSource.Offset(i), (uint)count * sizeof(float));
            }
        }
    }

    /// <summary>The sides have their neighbours along different axes: matrices to transpose, cut into strips of the source's
    /// rows.</summary>
    private readonly unsafe struct Tiles : IRangeBody
    {
        private const int StripColumns = 64;
        private readonly StridedIndex atSource;
        private readonly StridedIndex atTarget;
        private readonly float* source;
        private readonly float* target;
        private readonly int rows;
        private readonly int columns;
        private readonly int strips;
        private readonly int sourceStep;
        private readonly int targetStep;

        public Tiles(CopyPlan plan, float* source, float* target, int targetInner, int sourceInner)
        {
            this.source = source;
            this.target = target;
            (rows, columns) = (plan.Lengths[targetInner], plan.Lengths[sourceInner]);
            (sourceStep, targetStep) = (plan.SourceStrides[targetInner], plan.TargetStrides[sourceInner]);
            (atSource, atTarget, var matrices) = plan.Walk(targetInner, sourceInner);
            strips = (columns - 1) / StripColumns + 1;
            Count = matrices * strips;
        }

        /// <summary>Number of strips in all matrices.</summary>
        public int Count { get; }

        /// <summary>Elements in a strip.</summary>
        public long Size => (long)rows * Math.Min(columns, StripColumns);

        public void Range(int start, int end)
        {
            for (var i = start; i < end; i++)
            {
                var matrix = i / strips;
                var column = (i - matrix * strips) * StripColumns;
                HostTranspose.Run(
                    source + atSource.Offset(matrix) + column, sourceStep,
                    target + atTarget.Offset(matrix) + (nint)column * targetStep, targetStep,
                    rows, Math.Min(StripColumns, columns - column));
            }
        }
    }
}
