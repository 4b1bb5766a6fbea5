using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Tensors.Host;

/// <summary>Sizes and steps that host forms share.</summary>
/// <remarks>The rest of a row that fills no whole vector goes through the same vector code as the others, so that an element's
/// value does not depend on where in the array it lies.</remarks>
internal static unsafe class HostLoop
{
    /// <summary>Floats in a vector of host code; narrower processors do it in two or four.</summary>
    public static int Width => Vector512<float>.Count;

    /// <summary>Elements per chunk of an element-wise loop: 64 KiB of float, a few microseconds, a multiple of the vector
    /// width.</summary>
    public const int ElementGrain = 16 * 1024;

    /// <summary>Rows per chunk when every row costs about as much as <paramref name="elementsPerRow"/> elements.</summary>
    public static int RowGrain(long elementsPerRow) => (int)Math.Max(1, ElementGrain / Math.Max(1, elementsPerRow));

    /// <summary>The first <paramref name="count"/> numbers from <paramref name="from"/>, the other lanes set to
    /// <paramref name="fill"/>.</summary>
    /// <remarks>Reads a whole vector: the memory behind a tensor's last element is readable.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadPart(float* from, int count, float fill) =>
        IsWhole(count) ? Vector512.Load(from) : Part(Vector512.Load(from), count, fill);

    /// <summary>The first <paramref name="count"/> lanes, the others set to <paramref name="fill"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Part(Vector512<float> value, int count, float fill) =>
        Vector512.ConditionalSelect(FirstLanes(count), value, Vector512.Create(fill));

    /// <summary>Stores the first <paramref name="count"/> lanes and leaves the memory behind them alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePart(Vector512<float> value, float* to, int count)
    {
        if (Avx512F.IsSupported)
        {
            Avx512F.MaskStore(to, FirstLanes(count), value);
        }
        else if (IsWhole(count))
        {
            value.Store(to);
        }
        else
        {
            var lanes = stackalloc float[Vector512<float>.Count];
            value.Store(lanes);
            Unsafe.CopyBlockUnaligned(to, lanes, (uint)count * sizeof(float));
        }
    }

    /// <summary>One number from all lanes, halves onto halves: the same order whatever the processor's vector width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fold<TOp>(Vector512<float> value, TOp op)
        where TOp : unmanaged, IBinaryFunction
    {
        if (!Vector512.IsHardwareAccelerated)
        {
            return FoldLanes(value, op);
        }

        value = op.Apply(value, Vector512.Shuffle(value, Vector512.Create(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)));
        value = op.Apply(value, Vector512.Shuffle(value, Vector512.Create(4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3)));
        value = op.Apply(value, Vector512.Shuffle(value, Vector512.Create(2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1)));
        value = op.Apply(value, Vector512.Shuffle(value, Vector512.Create(1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0)));
        return value.ToScalar();
    }

    /// <summary>The same, number by number: vectors of several of the processor's have no fast shuffle.</summary>
    private static float FoldLanes<TOp>(Vector512<float> value, TOp op)
        where TOp : unmanaged, IBinaryFunction
    {
        var lanes = stackalloc float[Vector512<float>.Count];
        value.Store(lanes);
        for (var half = Vector512<float>.Count / 2; half > 0; half /= 2)
        {
            for (var i = 0; i < half; i++)
            {
                lanes[i] = op.Apply(lanes[i], lanes[i + half]);
            }
        }

        return lanes[0];
    }

    /// <summary>Whether so many numbers fill a vector, where that is worth a branch: AVX-512 masks cost nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsWhole(int count) => !Vector512.IsHardwareAccelerated && count >= Vector512<float>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FirstLanes(int count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();
}
