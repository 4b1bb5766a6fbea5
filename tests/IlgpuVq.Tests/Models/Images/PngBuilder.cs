using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace IlgpuVq.Tests.Models.Images;

/// <summary>Builds PNG files of any kind, well-formed or not, from raw samples and chunks.</summary>
internal static class PngBuilder
{
    private static readonly byte[] Signature = [137, 80, 78, 71, 13, 10, 26, 10];

    /// <summary>Signature and chunks, one after another.</summary>
    public static byte[] File(params byte[][] chunks) => [.. Signature, .. chunks.SelectMany(chunk => chunk)];

    public static byte[] Chunk(string name, params byte[] data)
    {
        byte[] named = [.. Encoding.ASCII.GetBytes(name), .. data];
        return [.. BigEndian(data.Length), .. named, .. BigEndian((int)Crc(named))];
    }

    public static byte[] Header(int width, int height, int depth, int colour, int interlace = 0)
    {
        return Chunk("IHDR", [.. BigEndian(width), .. BigEndian(height), (byte)depth, (byte)colour, 0, 0, (byte)interlace]);
    }

    /// <summary>One IDAT chunk that holds <paramref name="scanLines"/>, compressed.</summary>
    public static byte[] ImageData(params byte[] scanLines) => Chunk("IDAT", Deflate(scanLines));

    public static byte[] End() => Chunk("IEND");

    public static byte[] Deflate(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var deflater = new ZLibStream(target, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflater.Write(bytes);
        }

        return target.ToArray();
    }

    /// <summary>
    /// Scan lines of samples (height · width · samples values), each row with a filter taken from <paramref name="filters"/>.
    /// </summary>
    public static byte[] ScanLines(
        int width, int height, int depth, int samples, bool interlaced, Func<int, int, int, int> sample, Func<int> filters)
    {
        (int X, int Y, int StepX, int StepY)[] passes = interlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)];
        var lines = new List<byte>();
        foreach (var pass in passes.Where(pass => pass.X < width && pass.Y < height))
        {
            var above = Array.Empty<byte>();
            for (var y = pass.Y; y < height; y += pass.StepY)
            {
                var bits = new StringBuilder();
                for (var x = pass.X; x < width; x += pass.StepX)
                {
                    for (var c = 0; c < samples; c++)
                    {
                        bits.Append(Convert.ToString(sample(x, y, c), toBase: 2).PadLeft(depth, '0'));
                    }
                }

                bits.Append('0', (8 - (bits.Length % 8)) % 8);
                var row = bits.ToString().Chunk(8).Select(eight => Convert.ToByte(new string(eight), fromBase: 2)).ToArray();
                var filter = filters();
                lines.Add((byte)filter);
                lines.AddRange(Filter(filter, row, above, distance: Math.Max(1, samples * depth / 8)));
                above = row;
            }
        }

        return [.. lines];
    }

    /// <summary>Corrects every chunk's checksum, so that a changed file is judged by its content.</summary>
    public static void FixChecksums(byte[] file)
    {
        for (var at = Signature.Length; at + 12 <= file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            if (length < 0 || length > file.Length - at - 12)
            {
                return;
            }

            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at + 8 + length), Crc(file.AsSpan(at + 4, 4 + length)));
            at += 12 + length;
        }
    }

    private static IEnumerable<byte> Filter(int filter, byte[] row, byte[] above, int distance) => row.Select((value, i) =>
    {
        var left = i < distance ? 0 : row[i - distance];
        var up = above.Length == 0 ? 0 : above[i];
        var corner = i < distance || above.Length == 0 ? 0 : above[i - distance];
        var estimate = left + up - corner;
        var nearest = new[] { left, up, corner }.MinBy(candidate => Math.Abs(estimate - candidate));
        return (byte)(value - (filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, 4 => nearest, _ => 0 }));
    });

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>Bit by bit, unlike the table of the code under test.</summary>
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0xEDB88320 & (uint)-(int)(crc & 1));
            }
        }

        return ~crc;
    }
}
