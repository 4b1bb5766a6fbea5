using System.Buffers.Binary;

namespace IlgpuVq.Tests.Models.Images;

/// <summary>Builds TIFF files, well-formed or not, and the blocks of EXIF, which have the same form.</summary>
internal static class TiffBuilder
{
    public const ushort Width = 256, Height = 257, Bits = 258, Compression = 259, Photometric = 262, Offsets = 273,
        Orientation = 274,
        Samples = 277, Rows = 278, Lengths = 279, Planar = 284, Predictor = 317, Palette = 320, Extra = 338;

    /// <summary>Strips behind the header, then a directory; their places and lengths are fields unless given.</summary>
    public static byte[] File(bool isBigEndian, byte[][] strips, params (ushort Tag, uint[] Values)[] fields)
    {
        var all = new SortedDictionary<ushort, uint[]>();
        var at = 8u;
        if (strips.Length > 0)
        {
            all[Offsets] = [.. strips.Select(strip => (at += (uint)strip.Length) - (uint)strip.Length)];
            all[Lengths] = [.. strips.Select(strip => (uint)strip.Length)];
        }

        foreach (var (tag, values) in fields)
        {
            all[tag] = values;
        }

        var directory = at + (at & 1);
        var end = directory + 2 + (12 * (uint)all.Count) + 4;
        var entries = new List<byte>();
        var behind = new List<byte>();
        foreach (var (tag, values) in all)
        {
            entries.AddRange([.. Short(tag), .. Short(4), .. Long((uint)values.Length)]);
            entries.AddRange(values.Length == 1 ? Long(values[0]) : Long(end + (uint)behind.Count));
            behind.AddRange(values.Length == 1 ? [] : values.SelectMany(Long));
        }

        return
        [
            .. isBigEndian ? "MM"u8 : "II"u8, .. Short(42), .. Long(directory),
            .. strips.SelectMany(strip => strip), .. new byte[at & 1],
            .. Short((ushort)all.Count), .. entries, .. Long(0), .. behind,
        ];

        byte[] Short(ushort value)
        {
            var bytes = new byte[2];
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, isBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
            return bytes;
        }

        byte[] Long(uint value)
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, isBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
            return bytes;
        }
    }

    /// <summary>An image in one strip.</summary>
    public static byte[] Image(
        int width, int height, uint photometric, uint[] bits, byte[] strip, params (ushort Tag, uint[] Values)[] fields) => File(
        isBigEndian: false,
        [strip],
        [
            (Width, [(uint)width]), (Height, [(uint)height]), (Bits, bits), (Compression, [1]), (Photometric, [photometric]),
            (Samples, [(uint)bits.Length]), (Rows, [(uint)height]), .. fields,
        ]);

    /// <summary>A block of EXIF that holds an orientation.</summary>
    public static byte[] Exif(uint orientation, bool isBigEndian = false) =>
        [.. "Exif\0\0"u8, .. File(isBigEndian, [], (Orientation, [orientation]))];
}
