using System.Buffers.Binary;
using System.Numerics;

namespace IlgpuVq.Models.Images;

/// <summary>A BMP file: palette of up to 8 bits, with run lengths or without, or 16, 24 or 32 bits.</summary>
/// <remarks>
/// <para>A palette of greys gives a grey image. The fourth byte of 32 bits is alpha only where the header names it so. Rows go
/// up, or down where the height is negative. Pixels that run lengths skip have index 0.</para>
/// <para>The decoder is given a file with the header of Windows 3 and a palette in which index i is the grey i.</para>
/// <para>Source: "Bitmap Storage" of the Windows documentation (BITMAPFILEHEADER, BITMAPV5HEADER).</para>
/// </remarks>
internal sealed class BmpFile : PackedImage
{
    private const int FileHeaderLength = 14, CoreHeaderLength = 12, PlainHeaderLength = 40;
    private const uint NotCompressed = 0, RunLengths8 = 1, RunLengths4 = 2, Masks = 3, MasksWithAlpha = 6;

    private static readonly uint[] Masks555 = [0x7C00, 0x03E0, 0x001F, 0];
    private static readonly uint[] Masks565 = [0xF800, 0x07E0, 0x001F, 0];

    private readonly ImageReader reader;
    private readonly ImagePalette? palette;
    private readonly bool isTopDown;
    private readonly int bits;
    private readonly uint compression;
    private readonly uint[] masks = [0, 0, 0, 0];
    private readonly uint dataPlace;

    private BmpFile(ImageReader reader)
    {
        this.reader = reader;
        reader.Skip(10);
        dataPlace = reader.ReadUInt32();
        var headerLength = reader.ReadUInt32();
        var isCore = headerLength == CoreHeaderLength;
        if (headerLength is not (CoreHeaderLength or PlainHeaderLength or 52 or 56 or 64 or 108 or 124))
        {
            throw reader.Unsupported("a BMP header of 12, 40, 52, 56, 64, 108 or 124 bytes", $"{headerLength}");
        }

        long height;
        (Width, height) = isCore
            ? (reader.ReadUInt16(), reader.ReadUInt16())
            : ((int)reader.ReadUInt32(), (int)reader.ReadUInt32());
        isTopDown = height < 0;
        ImageHeader.CheckSize(reader.File, (uint)Width, (uint)Math.Abs(height));
        Height = (int)Math.Abs(height);
        reader.Skip(2); // planes
        bits = reader.ReadUInt16();
        var colours = 0u;
        if (!isCore)
        {
            compression = reader.ReadUInt32();
            reader.Skip(12); // length of the data, resolution
            colours = reader.ReadUInt32();
            reader.Skip(4);
        }

        CheckKind();
        if (compression is Masks or MasksWithAlpha)
        {
            // They are part of the longer headers, and follow the plain one.
            var count = compression == MasksWithAlpha || headerLength >= 56 ? 4 : 3;
            for (var i = 0; i < count; i++)
            {
                masks[i] = reader.ReadUInt32();
            }

            CheckMasks();
        }

        if (bits <= 8)
        {
            reader.Position = Math.Max(reader.Position, FileHeaderLength + headerLength);
            palette = ReadPalette(colours == 0 ? 1u << bits : colours, isCore ? 3 : 4);
        }

        IsColour = palette?.IsColour ?? true;
    }

    private bool HasRunLengths => compression is RunLengths8 or RunLengths4;

    /// <summary>Bytes of a row, padded to a multiple of four.</summary>
    private long RowBytes => (((long)Width * bits) + 31) / 32 * 4;

    public static BmpFile Read(ImageReader reader) => new(reader);

    protected override DecodedImage DecodeStored(byte[] data, string file)
    {
        if (dataPlace > data.LongLength || (!HasRunLengths && data.LongLength - dataPlace < RowBytes * Height))
        {
            throw reader.Truncated();
        }

        if (HasRunLengths)
        {
            return palette!.Expand(UndoRunLengths(data.AsSpan((int)dataPlace)), (Width, Height), file);
        }

        var channels = palette is not null ? 1 : masks[3] == 0 ? 3 : 4;
        var limit = PackageImages.TimeLimit(PixelCount);
        var image = PackageImages.Decode(ImageFormat.Bmp, MakePlain(data), (Width, Height), channels, file, limit);
        return palette?.Expand(image.Pixels, (Width, Height), file) ?? image;
    }

    private void CheckKind()
    {
        var isRead = compression switch
        {
            NotCompressed => bits is 1 or 4 or 8 or 16 or 24 or 32,
            RunLengths8 => bits == 8,
            RunLengths4 => bits == 4,
            Masks or MasksWithAlpha => bits is 16 or 32,
            _ => false,
        };
        if (!isRead)
        {
            throw reader.Unsupported(
                "BMP pixels of 1, 4, 8, 16, 24 or 32 bits, or run lengths of 4 or 8",
                $"compression {compression} of {bits} bits");
        }

        if (isTopDown && HasRunLengths)
        {
            throw reader.Broken("a positive height of a BMP file with run lengths", $"{-Height}");
        }
    }

    /// <summary>Allows 5, 5, 5 and 5, 6, 5 bits in 16, and whole bytes in 32.</summary>
    private void CheckMasks()
    {
        if (bits == 16)
        {
            if (!masks.AsSpan().SequenceEqual(Masks555) && !masks.AsSpan().SequenceEqual(Masks565))
            {
                throw reader.Unsupported("BMP masks of 5, 5, 5 or 5, 6, 5 bits", Hexadecimal());
            }

            return;
        }

        var all = 0u;
        for (var i = 0; i < masks.Length; i++)
        {
            var shift = BitOperations.TrailingZeroCount(masks[i]);
            var isByte = masks[i] != 0 && shift % 8 == 0 && masks[i] >> shift == byte.MaxValue;
            if ((!isByte && (i < 3 || masks[i] != 0)) || (all & masks[i]) != 0)
            {
                throw reader.Unsupported("BMP masks of one byte each", Hexadecimal());
            }

            all |= masks[i];
        }

        string Hexadecimal() => string.Join(", ", masks.Select(mask => $"{mask:X8}"));
    }

    private ImagePalette ReadPalette(uint count, int entryLength)
    {
        if (count > 1u << bits || reader.Position + (count * entryLength) > dataPlace)
        {
            throw reader.Broken(
                $"a BMP palette of at most {1 << bits} colours between header and pixels", $"{count} before byte {dataPlace}");
        }

        var colours = new byte[3 * count];
        for (var i = 0; i < colours.Length; i += 3)
        {
            var entry = reader.ReadBytes(entryLength);
            (colours[i], colours[i + 1], colours[i + 2]) = (entry[2], entry[1], entry[0]);
        }

        return new ImagePalette(colours);
    }

    private byte[] MakePlain(byte[] data)
    {
        var hasMasks = compression is Masks or MasksWithAlpha;
        var entries = bits <= 8 ? 1 << bits : 0;
        var start = FileHeaderLength + PlainHeaderLength + (hasMasks ? 16 : 0) + (4 * entries);
        var plain = new byte[start + (RowBytes * Height)];
        "BM"u8.CopyTo(plain);
        Write(2, plain.Length);
        Write(10, start);
        Write(14, PlainHeaderLength);
        Write(18, Width);
        Write(22, isTopDown ? -Height : Height);
        Write(26, 1 | (bits << 16)); // planes, bits
        Write(30, (int)(hasMasks ? MasksWithAlpha : NotCompressed));
        for (var i = 0; hasMasks && i < masks.Length; i++)
        {
            Write(54 + (4 * i), (int)masks[i]);
        }

        for (var i = 0; i < entries; i++)
        {
            Write(54 + (4 * i), 0x010101 * i);
        }

        data.AsSpan((int)dataPlace, plain.Length - start).CopyTo(plain.AsSpan(start));
        return plain;

        void Write(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(at), value);
    }

    /// <summary>The indices that run lengths stand for, from the top.</summary>
    /// <remarks>Done here because ImageSharp loses the rows that the runs leave empty.</remarks>
    private byte[] UndoRunLengths(ReadOnlySpan<byte> codes)
    {
        const byte endOfRow = 0, endOfImage = 1, move = 2;
        var indices = new byte[PixelCount];
        var (at, x, y) = (0, 0, 0);
        while (y < Height - 1 || (y < Height && x < Width))
        {
            int count = Next(codes), value = Next(codes);
            switch (count, value)
            {
                case (0, endOfRow):
                    (x, y) = (0, y + 1);
                    break;
                case (0, endOfImage):
                    return indices;
                case (0, move):
                    (x, y) = (x + Next(codes), y + Next(codes));
                    CheckPlace();
                    break;
                case (0, _):
                    ReadRun(codes, value);
                    break;
                default:
                    WriteRun(count, value);
                    break;
            }
        }

        return indices;

        byte Next(ReadOnlySpan<byte> bytes) => at < bytes.Length ? bytes[at++] : throw reader.Truncated();

        void CheckPlace()
        {
            if (x > Width || y >= Height)
            {
                throw reader.Broken($"BMP run lengths inside {Width}×{Height} pixels", $"a run up to column {x} of row {y}");
            }
        }

        // 4 bits hold two indices, the left one higher.
        void WriteRun(int count, int value)
        {
            var row = ((Height - 1 - y) * Width) + x;
            x += count;
            CheckPlace();
            for (var i = 0; i < count; i++)
            {
                indices[row + i] = (byte)(bits == 8 ? value : i % 2 == 0 ? value >> 4 : value & 15);
            }
        }

        // Indices as they are, padded to two bytes.
        void ReadRun(ReadOnlySpan<byte> bytes, int count)
        {
            var length = bits == 8 ? count : (count + 1) / 2;
            for (var i = 0; i < length; i++)
            {
                WriteRun(bits == 8 ? 1 : Math.Min(2, count - (2 * i)), Next(bytes));
            }

            at += length & 1;
        }
    }
}
