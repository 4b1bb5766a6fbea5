using System.Buffers.Binary;

namespace IlgpuVq.Models.Images;

/// <summary>The fields of a TIFF directory, the form in which TIFF and EXIF say what an image is.</summary>
/// <remarks>Source: TIFF, revision 6.0 (Adobe, 1992), section 2. Values stay in the file until they are asked for.</remarks>
internal sealed class TiffDirectory
{
    public const ushort Bytes = 1, Shorts = 3, Longs = 4, Rationals = 5, Opaque = 7;

    private const int EntryLength = 12;

    private readonly ImageReader reader;
    private readonly Dictionary<ushort, Entry> entries = [];

    private TiffDirectory(ImageReader reader)
    {
        this.reader = reader;
    }

    private readonly record struct Entry(ushort Type, uint Count, long Place);

    /// <summary>Reads the header and the first directory; sets the order of bytes of <paramref name="reader"/>.</summary>
    public static TiffDirectory ReadFirst(ImageReader reader)
    {
        var order = reader.ReadUInt16();
        reader.IsBigEndian = order == 0x4D4D;
        if (order is not (0x4D4D or 0x4949))
        {
            throw reader.Broken("II or MM at the start of TIFF", $"{order:X4}");
        }

        var version = reader.ReadUInt16();
        if (version == 43)
        {
            throw reader.Unsupported("a TIFF file", "a BigTIFF file");
        }

        if (version != 42)
        {
            throw reader.Broken("version 42 of TIFF", $"{version}");
        }

        reader.Position = reader.ReadUInt32();
        var directory = new TiffDirectory(reader);
        directory.ReadEntries();
        return directory;
    }

    public bool Has(ushort tag) => entries.ContainsKey(tag);

    /// <summary>The whole numbers of a field; none where the field is missing or holds something else.</summary>
    public uint[] Numbers(ushort tag)
    {
        if (!entries.TryGetValue(tag, out var entry) || entry.Type is not (Bytes or Shorts or Longs))
        {
            return [];
        }

        // A value that fits lies in the entry itself, else the entry tells where.
        reader.Position = entry.Place;
        var bytes = entry.Count * (long)SizeOf(entry.Type);
        reader.Position = bytes <= 4 ? entry.Place : reader.ReadUInt32();
        if (bytes > reader.Length - reader.Position)
        {
            throw reader.Truncated();
        }

        var numbers = new uint[entry.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = entry.Type switch
            {
                Bytes => reader.ReadByte(),
                Shorts => reader.ReadUInt16(),
                _ => reader.ReadUInt32(),
            };
        }

        return numbers;
    }

    /// <summary>The only number of a field, or a default where the field is missing.</summary>
    public uint Number(ushort tag, uint missing)
    {
        if (!Has(tag))
        {
            return missing;
        }

        return Numbers(tag) is [var number]
            ? number
            : throw reader.Broken($"one number in the TIFF field {tag}", "another content");
    }

    /// <summary>A file with a directory behind its end, and a header that names this one.</summary>
    /// <param name="file">The file, or just room for the eight bytes of a header and what follows them.</param>
    /// <param name="isBigEndian">The order of bytes in numbers.</param>
    /// <param name="fields">Tags in ascending order, types and values; two values make a rational number.</param>
    public static byte[] Append(
        ReadOnlySpan<byte> file, bool isBigEndian, IReadOnlyList<(ushort Tag, ushort Type, uint[] Values)> fields)
    {
        var start = (file.Length + 1) & ~1; // directories lie at even places
        var end = start + 2 + (fields.Count * EntryLength) + 4;
        var result = new byte[end + fields.Sum(field => 4 + (field.Values.Length * SizeOf(field.Type)))];
        file.CopyTo(result);
        result[0] = result[1] = isBigEndian ? (byte)'M' : (byte)'I';
        Write(2, 2, 42);
        Write(4, 4, (uint)start);
        Write(start, 2, (uint)fields.Count);
        for (var i = 0; i < fields.Count; i++)
        {
            var (tag, type, values) = fields[i];
            var at = start + 2 + (i * EntryLength);
            Write(at, 2, tag);
            Write(at + 2, 2, type);
            Write(at + 4, 4, (uint)(type == Rationals ? values.Length / 2 : values.Length));
            var (size, place) = (SizeOf(type), at + 8);
            if (values.Length * size > 4)
            {
                Write(place, 4, (uint)end);
                place = end;
                end += ((values.Length * size) + 1) & ~1;
            }

            foreach (var value in values)
            {
                Write(place, size, value);
                place += size;
            }
        }

        return result;

        void Write(int at, int size, uint value)
        {
            var target = result.AsSpan(at, size);
            switch (size)
            {
                case 1:
                    target[0] = (byte)value;
                    break;
                case 2 when isBigEndian:
                    BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)value);
                    break;
                case 2:
                    BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)value);
                    break;
                case 4 when isBigEndian:
                    BinaryPrimitives.WriteUInt32BigEndian(target, value);
                    break;
                default:
                    BinaryPrimitives.WriteUInt32LittleEndian(target, value);
                    break;
            }
        }
    }

    private static int SizeOf(ushort type) => type switch
    {
        Shorts => 2,
        Longs or Rationals => 4,
        _ => 1,
    };

    private void ReadEntries()
    {
        var count = reader.ReadUInt16();
        var first = reader.Position;
        for (var i = 0; i < count; i++)
        {
            reader.Position = first + (i * EntryLength);
            var tag = reader.ReadUInt16();
            var type = reader.ReadUInt16();
            entries.TryAdd(tag, new Entry(type, reader.ReadUInt32(), reader.Position));
        }
    }
}
