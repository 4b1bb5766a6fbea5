using IlgpuVq.Models.Autoencoders;

namespace IlgpuVq.Train.Codes;

/// <summary>Images of any size in a model whose strides divide some: the last row and column are repeated at the bottom and the
/// right up to the next size, and cut off again from what comes back.</summary>
internal static class StridePadding
{
    /// <summary>The least sides that the strides divide, of at least these.</summary>
    public static (int Height, int Width) SizeOf(AutoencoderOptions model, int height, int width) =>
        (RoundUp(height, model.Downsampling), RoundUp(width, model.Downsampling));

    /// <summary>Planes (N, h, w) as (N, H, W): the same array where the sizes are equal.</summary>
    public static float[] Pad(float[] planes, (int Height, int Width) from, (int Height, int Width) to)
    {
        if (from == to)
        {
            return planes;
        }

        var count = planes.Length / (from.Height * from.Width);
        var padded = new float[(long)count * to.Height * to.Width];
        for (var (row, target) = (0, 0); row < count * to.Height; row++, target += to.Width)
        {
            var (plane, y) = Math.DivRem(row, to.Height);
            var source = planes.AsSpan((plane * from.Height + Math.Min(y, from.Height - 1)) * from.Width, from.Width);
            source.CopyTo(padded.AsSpan(target));
            padded.AsSpan(target + from.Width, to.Width - from.Width).Fill(source[^1]);
        }

        return padded;
    }

    /// <summary>Planes (N, H, W) as (N, h, w), without what <see cref="Pad"/> added.</summary>
    public static float[] Cut(float[] planes, (int Height, int Width) from, (int Height, int Width) to)
    {
        if (from == to)
        {
            return planes;
        }

        var count = planes.Length / (from.Height * from.Width);
        var cut = new float[(long)count * to.Height * to.Width];
        for (var (row, target) = (0, 0); row < count * to.Height; row++, target += to.Width)
        {
            var (plane, y) = Math.DivRem(row, to.Height);
            planes.AsSpan((plane * from.Height + y) * from.Width, to.Width).CopyTo(cut.AsSpan(target));
        }

        return cut;
    }

    /// <summary>A side that no tensor has stays one.</summary>
    private static int RoundUp(int side, int step) =>
        (int)Math.Min(((long)side + step - 1) / step * step, int.MaxValue / step * step);
}
