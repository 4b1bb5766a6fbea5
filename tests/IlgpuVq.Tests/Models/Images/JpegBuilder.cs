using System.Buffers.Binary;

namespace IlgpuVq.Tests.Models.Images;

/// <summary>Builds JPEG files of flat blocks, well-formed or not, whose decoded levels are known exactly.</summary>
/// <remarks>
/// DC is quantized by 8, so the coded value is the level less 128. A difference of n bits has the four-bit code n; the end of AC
/// is one bit, 0.
/// </remarks>
internal static class JpegBuilder
{
    public static byte[] Compose(params byte[][] segments) =>
        [0xFF, 0xD8, .. segments.SelectMany(segment => segment), 0xFF, 0xD9];

    public static byte[] Segment(byte marker, params byte[] content) =>
        [0xFF, marker, .. BigEndian(content.Length + 2), .. content];

    public static byte[] Quantization(byte table = 0) => Segment(0xDB, [table, .. Enumerable.Repeat((byte)8, 64)]);

    /// <summary>Tables 0 of DC and AC.</summary>
    public static byte[] Huffman() => Segment(
        0xC4,
        [0x00, 0, 0, 0, 12, .. new byte[12], .. Enumerable.Range(0, 12).Select(i => (byte)i), 0x10, 1, .. new byte[15], 0]);

    /// <param name="marker">C0 baseline, C2 progressive.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="components">Name, and samples across and down, as hexadecimal digits.</param>
    public static byte[] Frame(byte marker, int width, int height, params (byte Id, byte Sampling)[] components) => Segment(
        marker,
        [
            8, .. BigEndian(height), .. BigEndian(width),
            (byte)components.Length, .. components.SelectMany(component => new[] { component.Id, component.Sampling, (byte)0 }),
        ]);

    public static byte[] Scan(byte[] codes, byte[] components, byte first = 0, byte last = 63, byte bits = 0) =>
    [
        .. Segment(0xDA, [(byte)components.Length, .. components.SelectMany(id => new byte[] { id, 0 }), first, last, bits]),
        .. codes,
    ];

    /// <summary>The codes of blocks, in the order of the file.</summary>
    /// <param name="blocks">Which component, and its level.</param>
    /// <param name="isProgressive">DC alone.</param>
    public static byte[] Codes(IEnumerable<(int Component, int Level)> blocks, bool isProgressive = false)
    {
        var bits = new BitWriter();
        var previous = new int[4];
        foreach (var (component, level) in blocks)
        {
            var difference = level - 128 - previous[component];
            previous[component] = level - 128;
            var length = difference == 0 ? 0 : int.Log2(Math.Abs(difference)) + 1;
            bits.Write(length, 4);
            bits.Write(difference < 0 ? difference + (1 << length) - 1 : difference, length);
            if (!isProgressive)
            {
                bits.Write(0, 1);
            }
        }

        return bits.Finish();
    }

    /// <summary>A grey image of one block for each level, in one row.</summary>
    public static byte[] Grey(params int[] levels) => Compose(
        Quantization(),
        Huffman(),
        Frame(0xC0, 8 * levels.Length, 8, (1, 0x11)),
        Scan(Codes(levels.Select(level => (0, level))), [1]));

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }

    private sealed class BitWriter
    {
        private readonly List<byte> bytes = [];
        private int held;
        private int count;

        public void Write(int value, int length)
        {
            for (var bit = length - 1; bit >= 0; bit--)
            {
                held = (held << 1) | ((value >> bit) & 1);
                if (++count == 8)
                {
                    bytes.Add((byte)held);
                    if (held == 0xFF)
                    {
                        bytes.Add(0);
                    }

                    (held, count) = (0, 0);
                }
            }
        }

        /// <summary>Fills the last byte with ones.</summary>
        public byte[] Finish()
        {
            while (count > 0)
            {
                Write(1, 1);
            }

            return [.. bytes];
        }
    }
}
