using ILGPU.Frontend;
using ILGPU.Runtime.CPU;

namespace ILGPU;

/// <summary>The groups of a launch; in explicitly grouped kernels only.</summary>
[KernelFeature(KernelFeatures.GroupIndex)]
public static class Grid
{
    /// <summary>The position of this group in the grid.</summary>
    public static Index3D Index => KernelThread.InGroup().Group.GridIndex;

    public static int IdxX => Index.X;

    public static int IdxY => Index.Y;

    public static int IdxZ => Index.Z;

    /// <summary>The number of groups along each axis.</summary>
    public static Index3D Dimension => KernelThread.InGroup().Launch.GridDimension;

    public static int DimX => Dimension.X;

    public static int DimY => Dimension.Y;

    public static int DimZ => Dimension.Z;

    /// <summary>The number of this group in the grid, X fastest.</summary>
    public static int LinearIndex
    {
        get
        {
            var (index, dimension) = (Index, Dimension);
            return ((((index.Z * dimension.Y) + index.Y) * dimension.X) + index.X);
        }
    }

    /// <summary>The position of this thread among all threads of the launch.</summary>
    public static Index3D GlobalIndex => ComputeGlobalIndex(Index, Group.Index);

    /// <inheritdoc cref="GlobalIndex"/>
    public static LongIndex3D LongGlobalIndex => ComputeLongGlobalIndex(Index, Group.Index);

    /// <summary>The number of this thread in the launch: groups in their order, threads of one group side by side.</summary>
    public static int GlobalLinearIndex => (LinearIndex * KernelThread.InGroup().Launch.GroupSize) + Group.LinearIndex;

    /// <inheritdoc cref="GlobalLinearIndex"/>
    public static long LongGlobalLinearIndex => ((long)LinearIndex * KernelThread.InGroup().Launch.GroupSize) + Group.LinearIndex;

    /// <summary>The number of threads along X: the step of a loop over more elements than there are threads.</summary>
    public static int GridStrideLoopStride => DimX * Group.DimX;

    /// <summary>The position among all threads of a thread of a group.</summary>
    public static Index3D ComputeGlobalIndex(Index3D gridIdx, Index3D groupIdx) => (gridIdx * Group.Dimension) + groupIdx;

    /// <inheritdoc cref="ComputeGlobalIndex(Index3D, Index3D)"/>
    public static LongIndex3D ComputeLongGlobalIndex(Index3D gridIdx, Index3D groupIdx) =>
        (gridIdx.ToLongIndex() * Group.Dimension.ToLongIndex()) + groupIdx.ToLongIndex();
}
