namespace IlgpuVq.Tests.Models.Images;

/// <summary>Builds GIF files whose codes stand for one pixel each.</summary>
internal static class GifBuilder
{
    /// <summary>Header and screen; a palette of 2, 4, … 256 colours.</summary>
    public static byte[] Screen(int width, int height, params byte[] palette) =>
    [
        .. "GIF89a"u8, .. Short(width), .. Short(height),
        palette.Length == 0 ? (byte)0 : (byte)(0x80 | (int.Log2(palette.Length / 3) - 1)), 0, 0, .. palette,
    ];

    public static byte[] Transparent(byte index) => [0x21, 0xF9, 4, 1, 0, 0, index, 0];

    public static byte[] Frame(
        int left, int top, int width, int height, byte[] indices, bool isInterlaced = false, byte[]? palette = null)
    {
        var flags = (isInterlaced ? 0x40 : 0) | (palette is null ? 0 : 0x80 | (int.Log2(palette.Length / 3) - 1));
        return
        [
            0x2C, .. Short(left), .. Short(top), .. Short(width), .. Short(height), (byte)flags, .. palette ?? [],
            8, .. Blocks(Codes(indices)), 0,
        ];
    }

    /// <summary>Codes of nine bits, cleared before they would need ten.</summary>
    public static byte[] Codes(byte[] indices)
    {
        const int clear = 256, end = 257, width = 9;
        var codes = new List<int>();
        for (var i = 0; i < indices.Length; i++)
        {
            if (i % 200 == 0)
            {
                codes.Add(clear);
            }

            codes.Add(indices[i]);
        }

        codes.Add(end);
        var bytes = new byte[((codes.Count * width) + 7) / 8];
        for (var bit = 0; bit < codes.Count * width; bit++)
        {
            bytes[bit / 8] |= (byte)(((codes[bit / width] >> (bit % width)) & 1) << (bit % 8));
        }

        return bytes;
    }

    private static IEnumerable<byte> Blocks(byte[] codes) =>
        codes.Chunk(255).SelectMany(block => block.Prepend((byte)block.Length));

    private static byte[] Short(int value) => [(byte)value, (byte)(value >> 8)];
}
