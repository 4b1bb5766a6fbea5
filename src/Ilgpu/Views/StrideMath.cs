namespace ILGPU;

/// <summary>What all strides have in common.</summary>
internal static class StrideMath
{
    /// <summary>One more than the largest element index below the given extents, or zero where one of them is empty.</summary>
    public static long BufferLength(params ReadOnlySpan<(long Extent, int Stride)> axes)
    {
        var last = 0L;
        var isEmpty = false;
        foreach (var (extent, stride) in axes)
        {
            isEmpty |= NonNegative(extent) == 0;
            last = checked(last + ((extent - 1) * NonNegative(stride)));
        }

        return isEmpty ? 0 : last + 1;
    }

    /// <exception cref="ArgumentOutOfRangeException">The extent or stride is negative.</exception>
    public static long NonNegative(long value) => value >= 0
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), $"view: expected extents and strides of at least 0; got {value}.");

    /// <summary>
    /// A stride that keeps rows of <paramref name="extent"/> elements apart; at least one, so that empty views are valid.
    /// </summary>
    public static int Pitch(long extent) => checked((int)Math.Max(extent, 1));
}
