namespace ILGPU;

/// <summary>What all strides have in common.</summary>
internal static class StrideMath
{
    /// <summary>One more than the largest element index below the given extents, or zero where one of them is empty.</summary>
    public static long BufferLength(params ReadOnlySpan<(long Extent, int Stride)> axes)
    {
        var last = 0L;
        foreach (var (extent, stride) in axes)
        {
            if (extent < 1)
            {
                return 0;
            }

            last = checked(last + ((extent - 1) * Math.Max(stride, 0)));
        }

        return last + 1;
    }

    /// <summary>A stride that keeps rows of <paramref name="extent"/> elements apart; at least one, so that empty views are valid.</summary>
    public static int Pitch(long extent) => checked((int)Math.Max(extent, 1));
}
