using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace IlgpuVq.Models.Images;

/// <summary>Writes PNG: 8 bits per sample, not interlaced, one IDAT chunk.</summary>
/// <remarks>
/// Each row takes the filter whose bytes, read as signed, have the least sum of absolute values: the heuristic that the PNG
/// specification (third edition, section 12.7) proposes. The same image gives the same bytes.
/// </remarks>
internal static class PngEncoder
{
    public static void Encode(Stream stream, DecodedImage image)
    {
        stream.Write(PngChunkReader.Signature);
        WriteChunk(stream, "IHDR", MakeHeader(image));
        WriteChunk(stream, "IDAT", Compress(image));
        WriteChunk(stream, "IEND", []);
    }

    private static byte[] MakeHeader(DecodedImage image)
    {
        var colour = image.Channels switch
        {
            1 => PngColour.Grey,
            2 => PngColour.GreyAlpha,
            3 => PngColour.Rgb,
            _ => PngColour.RgbAlpha,
        };
        var header = new byte[PngHeader.Length]; // compression, filter method and interlace stay 0
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        header[8] = 8;
        header[9] = (byte)colour;
        return header;
    }

    private static byte[] Compress(DecodedImage image)
    {
        var rowBytes = image.Width * image.Channels;
        ReadOnlySpan<byte> above = new byte[rowBytes];
        var (best, trial) = (new byte[1 + rowBytes], new byte[1 + rowBytes]);
        using var compressed = new MemoryStream();
        using (var deflater = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (var y = 0; y < image.Height; y++)
            {
                var row = image.Pixels.AsSpan(y * rowBytes, rowBytes);
                var least = long.MaxValue;
                for (var filter = 0; filter < PngFilter.Count; filter++)
                {
                    trial[0] = (byte)filter;
                    PngFilter.Apply(filter, row, above, image.Channels, trial.AsSpan(1));
                    var cost = Cost(trial.AsSpan(1));
                    if (cost < least)
                    {
                        least = cost;
                        (best, trial) = (trial, best);
                    }
                }

                deflater.Write(best);
                above = row;
            }
        }

        return compressed.ToArray();
    }

    private static long Cost(ReadOnlySpan<byte> row)
    {
        var sum = 0L;
        foreach (var value in row)
        {
            sum += value < 128 ? value : 256 - value;
        }

        return sum;
    }

    private static void WriteChunk(Stream stream, string name, ReadOnlySpan<byte> data)
    {
        Span<byte> head = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(head, data.Length);
        Encoding.ASCII.GetBytes(name, head[4..]);
        stream.Write(head);
        stream.Write(data);
        var crc = Crc32.Start();
        crc.Append(head[4..]);
        crc.Append(data);
        Span<byte> checksum = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(checksum, crc.Value);
        stream.Write(checksum);
    }
}
