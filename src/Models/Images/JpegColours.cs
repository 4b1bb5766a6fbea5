namespace IlgpuVq.Models.Images;

/// <summary>Makes red, green and blue of the components of JPEG, as libjpeg does: chroma is interpolated.</summary>
/// <remarks>
/// <para>Between samples that are twice as far apart as pixels, values are 3/4 of the nearer and 1/4 of the farther sample, in
/// each such direction, rounded up and down in turns (triangle filter). Other ratios, and rows of one or two samples, repeat
/// them.</para>
/// <para>YCbCr to RGB: R = Y + 1.402 Cr, G = Y − 0.34414 Cb − 0.71414 Cr, B = Y + 1.772 Cb, chroma around 128.
/// Source: JFIF 1.02.</para>
/// </remarks>
internal static class JpegColours
{
    /// <summary>The colour equations in units of 2⁻¹⁶.</summary>
    private const int RedOfCr = 91_881, GreenOfCb = 22_554, GreenOfCr = 46_802, BlueOfCb = 116_130, Half = 1 << 15;

    /// <summary>Turns samples, three together, into pixels, in their place.</summary>
    public static void ToRgb(byte[] samples, JpegFrame frame, bool isYcc)
    {
        var components = Rows(frame, i => (samples, Offset: i, Step: 3));
        for (var y = 0; y < frame.Height; y++)
        {
            ReadOnlySpan<byte> first = components[0].Row(y), second = components[1].Row(y), third = components[2].Row(y);
            var row = samples.AsSpan(y * frame.Width * 3, frame.Width * 3);
            for (int x = 0, target = 0; x < first.Length; x++, target += 3)
            {
                (row[target], row[target + 1], row[target + 2]) =
                    isYcc ? ToRgb(first[x], second[x], third[x]) : (first[x], second[x], third[x]);
            }
        }
    }

    /// <summary>Turns inks, or YCbCr and black, into pixels.</summary>
    /// <param name="pairs">Pixels whose blue and red are the first and second component; then the same of the third and
    /// fourth.</param>
    /// <param name="frame">The components.</param>
    /// <param name="isYcc">Whether the first three are luma and chroma.</param>
    /// <remarks>Files store 255 − ink, as Adobe's programs write it: what is stored is light, and light multiplies.</remarks>
    public static byte[] ToRgb(byte[][] pairs, JpegFrame frame, bool isYcc)
    {
        var components = Rows(frame, i => (pairs[i / 2], Offset: i % 2 == 0 ? 2 : 0, Step: 3));
        var pixels = new byte[frame.Width * frame.Height * 3];
        var target = 0;
        for (var y = 0; y < frame.Height; y++)
        {
            ReadOnlySpan<byte> first = components[0].Row(y), second = components[1].Row(y), third = components[2].Row(y);
            var black = components[3].Row(y);
            for (var x = 0; x < first.Length; x++)
            {
                int cyan = first[x], magenta = second[x], yellow = third[x], light = black[x];
                if (isYcc)
                {
                    var (red, green, blue) = ToRgb(first[x], second[x], third[x]);
                    (cyan, magenta, yellow) = (255 - red, 255 - green, 255 - blue);
                }

                pixels[target++] = (byte)(((cyan * light) + 127) / 255);
                pixels[target++] = (byte)(((magenta * light) + 127) / 255);
                pixels[target++] = (byte)(((yellow * light) + 127) / 255);
            }
        }

        return pixels;
    }

    private static ComponentRows[] Rows(JpegFrame frame, Func<int, (byte[] Samples, int Offset, int Step)> source) =>
    [
        .. frame.Components.Select((component, i) => new ComponentRows(
            source(i), (frame.Width, frame.Height), frame.MostAcross / component.Across, frame.MostDown / component.Down)),
    ];

    private static (byte Red, byte Green, byte Blue) ToRgb(int y, int cb, int cr)
    {
        (cb, cr) = (cb - 128, cr - 128);
        return (
            ToByte(y + (((RedOfCr * cr) + Half) >> 16)),
            ToByte(y + (((-GreenOfCb * cb) - (GreenOfCr * cr) + Half) >> 16)),
            ToByte(y + (((BlueOfCb * cb) + Half) >> 16)));
    }

    private static byte ToByte(int value) => (byte)Math.Clamp(value, 0, 255);

    /// <summary>The rows of one component at the size of the image.</summary>
    /// <param name="source">Its samples, repeated to the size of the image.</param>
    /// <param name="size">The size of the image.</param>
    /// <param name="across">How many columns share a sample.</param>
    /// <param name="down">How many rows share a sample.</param>
    private sealed class ComponentRows(
        (byte[] Samples, int Offset, int Step) source, (int Width, int Height) size, int across, int down)
    {
        private readonly byte[] row = new byte[size.Width];
        private readonly int count = (size.Width + across - 1) / across;

        /// <summary>The rows of samples above, at and below the current one, which the pixels of earlier rows may
        /// overwrite.</summary>
        private readonly int[][] samples = [new int[size.Width], new int[size.Width], new int[size.Width]];

        private int loaded;

        /// <summary>Row y, valid until the next call; rows are asked for in order.</summary>
        public ReadOnlySpan<byte> Row(int y)
        {
            var interpolatesColumns = across == 2 && down <= 2 && count > 2;
            var interpolatesRows = down == 2 && (across == 1 || interpolatesColumns);
            if (!interpolatesColumns && !interpolatesRows)
            {
                CopyRow(y);
                return row;
            }

            var (at, last) = (y / down, (size.Height - 1) / down);
            for (; loaded <= Math.Min(at + 1, last); loaded++)
            {
                Load(loaded);
            }

            var near = samples[at % 3];
            var far = near;
            if (interpolatesRows)
            {
                far = samples[(y % 2 == 0 ? Math.Max(0, at - 1) : Math.Min(last, at + 1)) % 3];
            }

            if (!interpolatesColumns)
            {
                MixRows(near, far, bias: 1 + (y % 2));
            }
            else if (interpolatesRows)
            {
                MixColumns(near, far, shift: 4, evenBias: 8, oddBias: 7);
            }
            else
            {
                MixColumns(near, far, shift: 2, evenBias: 1, oddBias: 2);
            }

            return row;
        }

        private void CopyRow(int y)
        {
            var at = (y * size.Width * source.Step) + source.Offset;
            for (var x = 0; x < row.Length; x++, at += source.Step)
            {
                row[x] = source.Samples[at];
            }
        }

        private void Load(int index)
        {
            var at = (index * down * size.Width * source.Step) + source.Offset;
            var target = samples[index % 3];
            for (var i = 0; i < count; i++, at += across * source.Step)
            {
                target[i] = source.Samples[at];
            }
        }

        private void MixRows(int[] near, int[] far, int bias)
        {
            for (var x = 0; x < row.Length; x++)
            {
                row[x] = (byte)(((3 * near[x]) + far[x] + bias) >> 2);
            }
        }

        /// <summary>Mixes columns, and rows first where there are two; the outermost pixels have no farther column.</summary>
        private void MixColumns(int[] near, int[] far, int shift, int evenBias, int oddBias)
        {
            var isTwoRows = shift == 4;
            for (var x = 0; x < row.Length; x++)
            {
                var i = x / 2;
                var farther = x % 2 == 0 ? Math.Max(0, i - 1) : Math.Min(count - 1, i + 1);
                row[x] = (byte)(((3 * Sum(i)) + Sum(farther) + (x % 2 == 0 ? evenBias : oddBias)) >> shift);
            }

            int Sum(int i) => isTwoRows ? (3 * near[i]) + far[i] : near[i];
        }
    }
}
