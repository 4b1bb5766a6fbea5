namespace IlgpuVq.Models.Images;

/// <summary>A JPEG file: baseline, extended or progressive, 8 bits, in Huffman codes.</summary>
/// <remarks>
/// <para>Grey stays grey; YCbCr and RGB become RGB; CMYK and YCCK become RGB by the product of ink and black, without a colour
/// profile.</para>
/// <para>ImageSharp reads the codes and transforms the blocks. It repeats chroma samples that libjpeg interpolates, and lets the
/// sums of YCCK overflow: differences of up to 58 and 13 levels were seen. So it is asked for the samples alone, and the rest is
/// done by <see cref="JpegColours"/>.</para>
/// <para>Source: ITU-T T.81, annex B. A marker is FF and a code; between segments FF may be repeated.</para>
/// </remarks>
internal sealed class JpegFile : PackedImage
{
    private const byte StartOfImage = 0xD8, EndOfImage = 0xD9, StartOfScan = 0xDA;

    private readonly ImageReader reader;
    private readonly JpegFrame frame;
    private readonly bool isJfif;
    private readonly byte? adobeTransform;

    private JpegFile(ImageReader reader)
    {
        this.reader = reader;
        reader.Position = 2;
        JpegFrame? found = null;
        for (var marker = NextMarker(); marker != StartOfScan; marker = NextMarker())
        {
            if (marker is 0x01 or (>= 0xD0 and <= 0xD7))
            {
                continue; // without data: TEM, RST0 to RST7
            }

            if (marker is StartOfImage or EndOfImage)
            {
                break;
            }

            var start = reader.Position;
            var length = reader.ReadUInt16();
            if (length < 2)
            {
                throw reader.Broken("JPEG segments of at least 2 bytes", $"{length}");
            }

            if (JpegFrame.IsFrameMarker(marker))
            {
                reader.Position = start;
                found = found is null ? JpegFrame.Read(reader, marker) : throw reader.Broken("one JPEG frame", "another");
            }
            else if (marker is 0xE0 or 0xE1 or 0xEE)
            {
                var content = reader.ReadBytes(length - 2);
                isJfif |= marker == 0xE0 && content.Length >= 14 && content.AsSpan().StartsWith("JFIF\0"u8);
                if (marker == 0xEE && content.Length >= 12 && content.AsSpan().StartsWith("Adobe"u8))
                {
                    adobeTransform = content[11];
                }

                if (marker == 0xE1 && content.AsSpan().StartsWith("Exif\0\0"u8))
                {
                    Orientation = ExifOrientation.OfExif(content, reader.File);
                }
            }

            reader.Position = start + length;
        }

        frame = found ?? throw MissingFrame();
        (Width, Height, IsColour) = (frame.Width, frame.Height, frame.Components.Length > 1);
    }

    public static JpegFile Read(ImageReader reader) => new(reader);

    protected override DecodedImage DecodeStored(byte[] data, string file)
    {
        var size = (Width, Height);
        var plain = JpegPlainFile.Make(data, frame, reader);
        var limit = PackageImages.TimeLimit(PixelCount);
        switch (frame.Components.Length)
        {
            case 1:
                return PackageImages.Decode(ImageFormat.Jpeg, plain.Whole, size, channels: 1, file, limit);
            case 3:
                var samples = PackageImages.Decode(ImageFormat.Jpeg, plain.Whole, size, channels: 3, file, limit);
                JpegColours.ToRgb(samples.Pixels, frame, IsYcc);
                return samples;
            default:
                var pairs = new byte[2][];
                for (var i = 0; i < pairs.Length; i++)
                {
                    var pair = plain.TwoOfFour(2 * i);
                    pairs[i] = PackageImages.Decode(ImageFormat.Tiff, pair, size, channels: 3, file, limit).Pixels;
                }

                return new DecodedImage(Width, Height, channels: 3, JpegColours.ToRgb(pairs, frame, IsYcc));
        }
    }

    /// <summary>Whether the first three components are luma and chroma: the rules of libjpeg.</summary>
    private bool IsYcc
    {
        get
        {
            if (frame.Components.Length == 4)
            {
                return adobeTransform is not (null or 0);
            }

            if (isJfif || adobeTransform is not null)
            {
                return isJfif || adobeTransform != 0;
            }

            return !frame.Components.Select(component => component.Id).SequenceEqual("RGB"u8.ToArray());
        }
    }

    private byte NextMarker()
    {
        byte marker = 0;
        while (marker == 0)
        {
            // Bytes between segments are skipped, FF 00 among them.
            while (reader.ReadByte() != 0xFF)
            {
            }

            do
            {
                marker = reader.ReadByte();
            }
            while (marker == 0xFF);
        }

        return marker;
    }

    private DataException MissingFrame()
    {
        reader.Position -= 1;
        return reader.Broken("a JPEG frame header before the image data", $"marker FF{reader.ReadByte():X2}");
    }
}
