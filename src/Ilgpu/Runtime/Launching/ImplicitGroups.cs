using System.Numerics;

namespace ILGPU.Runtime;

/// <summary>The groups of kernels that do not form their own.</summary>
internal static class ImplicitGroups
{
    /// <summary>Enough to fill the warps of any device, small enough for all of them.</summary>
    private const int PreferredSize = 256;

    /// <summary>The group size of launches that name none: a power of two, so that few sizes have to be compiled for.</summary>
    /// <param name="maxSize">What the registers that the kernel needs leave room for.</param>
    public static int DefaultSize(int maxSize) => 1 << BitOperations.Log2((uint)Math.Min(PreferredSize, maxSize));

    /// <summary>
    /// A group of this many threads that is wide along X, whose neighbours lie side by side in memory, and as high as is left.
    /// </summary>
    public static Index3D Shape(int size, int dimensions, Index3D maxGroupSize)
    {
        const int Width = 32, Height = 4;
        if (dimensions == 1)
        {
            return new(size, 1, 1);
        }

        var x = PowerOfTwoIn(size, Width);
        var y = dimensions == 2 ? size / x : PowerOfTwoIn(size / x, Height);
        var shape = new Index3D(x, y, size / x / y);
        return shape.InBoundsInclusive(maxGroupSize) ? shape : new(size, 1, 1);
    }

    /// <summary>The largest power of two up to a bound that divides a number.</summary>
    private static int PowerOfTwoIn(int number, int bound) => Math.Min(number & -number, bound);
}
