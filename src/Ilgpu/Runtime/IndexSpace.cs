using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace ILGPU.Runtime;

/// <summary>An extent of any type.</summary>
/// <param name="X">The indices along X, 1 or more.</param>
/// <param name="Y">Those along Y.</param>
/// <param name="Z">Those along Z.</param>
/// <param name="Dimensions">1 to 3; axes that the extent does not have are 1.</param>
internal readonly record struct IndexRange(long X, long Y, long Z, int Dimensions);

/// <summary>The indices below an extent in their linear order, X fastest.</summary>
internal static class IndexSpace
{
    /// <summary>The extent of a launch as numbers.</summary>
    /// <exception cref="NotSupportedException">The index is of a type that launches do not know.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The extent has no indices.</exception>
    public static IndexRange CheckExtent<TIndex>(string kernel, TIndex extent)
        where TIndex : struct, IIndex
    {
        var range = RangeOf(extent);
        if (range.Dimensions == 0)
        {
            throw new NotSupportedException(
                $"kernel {kernel}: expected an index of 1 to 3 dimensions as first parameter; got {typeof(TIndex).Name}.");
        }

        if (range.X < 1 || range.Y < 1 || range.Z < 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(extent),
                $"kernel {kernel}: expected an extent of at least 1 in every dimension; got {extent}. " +
                "Skip launches without work.");
        }

        return range;
    }

    /// <summary>The index at a linear position. The comparisons of types are decided when this is compiled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TIndex At<TIndex>(TIndex extent, long position)
        where TIndex : struct, IIndex
    {
        if (typeof(TIndex) == typeof(Index1D))
        {
            return Unsafe.BitCast<Index1D, TIndex>(new((int)position));
        }

        if (typeof(TIndex) == typeof(LongIndex1D))
        {
            return Unsafe.BitCast<LongIndex1D, TIndex>(new(position));
        }

        if (typeof(TIndex) == typeof(Index2D))
        {
            var (x, _) = Unsafe.BitCast<TIndex, Index2D>(extent);
            return Unsafe.BitCast<Index2D, TIndex>(new((int)(position % x), (int)(position / x)));
        }

        if (typeof(TIndex) == typeof(LongIndex2D))
        {
            var (x, _) = Unsafe.BitCast<TIndex, LongIndex2D>(extent);
            return Unsafe.BitCast<LongIndex2D, TIndex>(new(position % x, position / x));
        }

        if (typeof(TIndex) == typeof(Index3D))
        {
            var (x, y, _) = Unsafe.BitCast<TIndex, Index3D>(extent);
            var row = position / x;
            return Unsafe.BitCast<Index3D, TIndex>(new((int)(position % x), (int)(row % y), (int)(row / y)));
        }

        if (typeof(TIndex) == typeof(LongIndex3D))
        {
            var (x, y, _) = Unsafe.BitCast<TIndex, LongIndex3D>(extent);
            var row = position / x;
            return Unsafe.BitCast<LongIndex3D, TIndex>(new(position % x, row % y, row / y));
        }

        throw new UnreachableException();
    }

    /// <summary>The extent as numbers; without dimensions for an index that is none of ours.</summary>
    private static IndexRange RangeOf<TIndex>(TIndex extent)
        where TIndex : struct, IIndex
    {
        if (typeof(TIndex) == typeof(Index1D))
        {
            return new(Unsafe.BitCast<TIndex, Index1D>(extent).X, 1, 1, 1);
        }

        if (typeof(TIndex) == typeof(LongIndex1D))
        {
            return new(Unsafe.BitCast<TIndex, LongIndex1D>(extent).X, 1, 1, 1);
        }

        if (typeof(TIndex) == typeof(Index2D))
        {
            var (x, y) = Unsafe.BitCast<TIndex, Index2D>(extent);
            return new(x, y, 1, 2);
        }

        if (typeof(TIndex) == typeof(LongIndex2D))
        {
            var (x, y) = Unsafe.BitCast<TIndex, LongIndex2D>(extent);
            return new(x, y, 1, 2);
        }

        if (typeof(TIndex) == typeof(Index3D))
        {
            var (x, y, z) = Unsafe.BitCast<TIndex, Index3D>(extent);
            return new(x, y, z, 3);
        }

        if (typeof(TIndex) == typeof(LongIndex3D))
        {
            var (x, y, z) = Unsafe.BitCast<TIndex, LongIndex3D>(extent);
            return new(x, y, z, 3);
        }

        return default;
    }
}
