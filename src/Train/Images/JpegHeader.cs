using System.Buffers.Binary;

namespace IlgpuVq.Train.Images;

/// <summary>
/// The frame header of a JPEG file: its size and how many components (1 grey, 3 colours, 4 inks), known without a decoder.
/// </summary>
/// <remarks>Source: ITU-T T.81, annex B. A marker is FF and a code; between segments FF may be repeated.</remarks>
internal readonly record struct JpegHeader(int Width, int Height, int Components)
{
    private const byte StartOfImage = 0xD8;
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;
    private const string Damaged = "The file is damaged.";

    /// <summary>What every JPEG file starts with: start of image, and the first byte of the next marker.</summary>
    public static ReadOnlySpan<byte> Signature => [0xFF, StartOfImage, 0xFF];

    /// <summary>The marker that ends a file.</summary>
    public static ReadOnlySpan<byte> End => [0xFF, EndOfImage];

    public ImageHeader ToImageHeader() => new(Width, Height, IsColour: Components != 1);

    public static JpegHeader Read(Stream stream, string file)
    {
        Span<byte> start = stackalloc byte[2];
        Span<byte> frame = stackalloc byte[6];
        ReadExactly(stream, start, file);
        if (!start.SequenceEqual(Signature[..2]))
        {
            throw DataException.Expected(file, "a JPEG file", "another start");
        }

        while (true)
        {
            var marker = NextMarker(stream, file);
            if (marker is 0x01 or (>= 0xD0 and <= 0xD7))
            {
                continue; // without data: TEM, RST0 to RST7
            }

            if (marker is StartOfImage or EndOfImage or StartOfScan)
            {
                throw DataException.Expected(file, "a JPEG frame header before the image data", $"marker FF{marker:X2}", Damaged);
            }

            ReadExactly(stream, start, file);
            var length = BinaryPrimitives.ReadUInt16BigEndian(start) - start.Length;
            if (IsFrame(marker) && length >= frame.Length)
            {
                ReadExactly(stream, frame, file);
                var height = BinaryPrimitives.ReadUInt16BigEndian(frame[1..]);
                var width = BinaryPrimitives.ReadUInt16BigEndian(frame[3..]);
                ImageHeader.CheckSize(file, width, height);
                return new JpegHeader(width, height, frame[5]);
            }

            if (length < 0)
            {
                throw DataException.Expected(file, "JPEG segments of at least 2 bytes", $"{length + start.Length}", Damaged);
            }

            Skip(stream, length, file);
        }
    }

    /// <summary>SOF0 to SOF15; C4, C8 and CC are other segments.</summary>
    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    private static byte NextMarker(Stream stream, string file)
    {
        Span<byte> value = stackalloc byte[1];
        do
        {
            ReadExactly(stream, value, file);
        }
        while (value[0] != 0xFF);

        while (value[0] == 0xFF)
        {
            ReadExactly(stream, value, file);
        }

        return value[0];
    }

    private static void Skip(Stream stream, int length, string file)
    {
        Span<byte> scratch = stackalloc byte[512];
        while (length > 0)
        {
            var count = Math.Min(length, scratch.Length);
            ReadExactly(stream, scratch[..count], file);
            length -= count;
        }
    }

    private static void ReadExactly(Stream stream, Span<byte> buffer, string file)
    {
        if (InputFile.Fill(stream, buffer) < buffer.Length)
        {
            throw DataException.Expected(file, "a JPEG file with a frame header", "its end before one", Damaged);
        }
    }
}
