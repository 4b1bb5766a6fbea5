using System.Buffers;
using System.Buffers.Binary;

namespace IlgpuVq.Models.Images;

/// <summary>A JPEG file of which all segments were checked, reduced to those that make samples.</summary>
/// <remarks>
/// <para>A decoder that fills what is missing with grey would hide a file that was cut. So every scan must have its restart
/// markers, and as many bits as its blocks need at least; then the memory that the blocks take is in proportion to the file,
/// too.</para>
/// <para>Source: ITU-T T.81, annexes B, F and G.</para>
/// </remarks>
internal sealed class JpegPlainFile
{
    /// <summary>
    /// Encoders write 1 to 20 scans. Each is a walk over all blocks that a few bytes can ask for, so there is a limit: a file of
    /// 400 scans took 17 seconds.
    /// </summary>
    private const int MostScans = 100;

    private const byte HuffmanTable = 0xC4, EndOfImage = 0xD9, StartOfScan = 0xDA, Quantization = 0xDB, RestartInterval = 0xDD;

    /// <summary>Where in a frame segment its components begin, and its content: behind marker and length.</summary>
    private const int ComponentsAt = 10, HeadLength = 4;

    private readonly JpegFrame frame;
    private readonly ImageReader reader;
    private readonly JpegTables tables;
    private readonly ArrayBufferWriter<byte> segments = new();

    /// <summary>How often each component was coded.</summary>
    private readonly int[] coded;

    private int frameAt = -1;
    private int interval;
    private int scans;
    private long codedBits;

    private JpegPlainFile(JpegFrame frame, ImageReader reader)
    {
        (this.frame, this.reader, tables) = (frame, reader, new JpegTables(reader));
        coded = new int[frame.Components.Length];
    }

    /// <summary>The file for a decoder of JPEG; three components are told to be red, green and blue, so that they stay as they
    /// are.</summary>
    public byte[] Whole => frame.Components.Length == 3
        ? Join([0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0])
        : Join([]);

    /// <param name="data">The whole file.</param>
    /// <param name="frame">Its frame header.</param>
    /// <param name="reader">Words the errors.</param>
    public static JpegPlainFile Make(byte[] data, JpegFrame frame, ImageReader reader)
    {
        var file = new JpegPlainFile(frame, reader);
        file.ReadSegments(data);
        return file;
    }

    /// <summary>Two neighbouring components as the blue and the red of an image, for a decoder of TIFF.</summary>
    /// <remarks>
    /// A decoder of JPEG multiplies four components into three. One of TIFF takes the first three of JPEG inside, as they are,
    /// for YCbCr, and the file says by which equations they become colours: with 1/2 for the weights of red and blue and a scale
    /// of 0 for luma, the second component becomes blue and the third red, unchanged.
    /// </remarks>
    public byte[] TwoOfFour(int first)
    {
        const int headerLength = 8, componentLength = 3;
        byte[] file = [.. new byte[headerLength], .. Join([])];
        var components = file.AsSpan(file.Length - 2 - segments.WrittenCount + frameAt + ComponentsAt, 4 * componentLength);
        ReadOnlySpan<byte> before = [.. components];
        ReadOnlySpan<int> order = [(first + 3) % 4, first, first + 1, (first + 2) % 4];
        for (var i = 0; i < order.Length; i++)
        {
            before.Slice(order[i] * componentLength, componentLength).CopyTo(components[(i * componentLength)..]);
        }

        return TiffDirectory.Append(
            file,
            isBigEndian: false,
            [
                (256, TiffDirectory.Longs, [(uint)frame.Width]),
                (257, TiffDirectory.Longs, [(uint)frame.Height]),
                (258, TiffDirectory.Shorts, [8, 8, 8]),
                (259, TiffDirectory.Shorts, [7]), // JPEG
                (262, TiffDirectory.Shorts, [6]), // YCbCr
                (273, TiffDirectory.Longs, [headerLength]),
                (277, TiffDirectory.Shorts, [3]),
                (278, TiffDirectory.Longs, [(uint)frame.Height]),
                (279, TiffDirectory.Longs, [(uint)(file.Length - headerLength)]),
                (347, TiffDirectory.Opaque, [0xFF, 0xD8, 0xFF, EndOfImage]), // tables of JPEG: none
                (529, TiffDirectory.Rationals, [1, 2, 1, 1, 1, 2]), // weights of red, green, blue

                // Black and white of Y, Cb, Cr.
                (532, TiffDirectory.Rationals, [0, 1, uint.MaxValue, 1, 0, 1, 127, 1, 0, 1, 127, 1]),
            ]);
    }

    private byte[] Join(byte[] application) =>
    [
        0xFF, 0xD8,
        .. application,
        .. tables.NeedsStandardHuffman ? JpegTables.StandardHuffman() : [],
        .. segments.WrittenSpan,
        0xFF, EndOfImage,
    ];

    private void ReadSegments(ReadOnlySpan<byte> data)
    {
        var at = 2;
        for (var marker = NextMarker(data, ref at); marker != EndOfImage; marker = NextMarker(data, ref at))
        {
            if (marker is 0x01 or (>= 0xD0 and <= 0xD7))
            {
                continue; // without data: TEM, and restarts that belong to no scan
            }

            var length = at + 2 <= data.Length ? BinaryPrimitives.ReadUInt16BigEndian(data[at..]) : throw reader.Truncated();
            if (length < 2 || marker == 0xD8)
            {
                throw reader.Broken("JPEG segments of at least 2 bytes", $"marker FF{marker:X2} and {length}");
            }

            if (at + length > data.Length)
            {
                throw reader.Truncated();
            }

            var content = data.Slice(at + 2, length - 2);
            at += length;
            if (marker == StartOfScan)
            {
                var codes = CodesOf(data[at..], out var restarts);
                ReadScan(content, codes, restarts);
                at += codes.Length;
            }
            else
            {
                ReadSegment(marker, content);
            }
        }

        CheckWhole();
    }

    private void ReadSegment(byte marker, ReadOnlySpan<byte> content)
    {
        switch (marker)
        {
            case HuffmanTable:
                tables.DefineHuffman(content);
                break;
            case Quantization:
                tables.DefineQuantization(
                    content, frame.Components.Where((_, i) => coded[i] > 0).Select(component => component.Table));
                break;
            case RestartInterval:
                interval = content.Length == 2
                    ? BinaryPrimitives.ReadUInt16BigEndian(content)
                    : throw reader.Broken("a JPEG restart interval of 2 bytes", $"{content.Length}");
                return; // written before each scan
            default:
                if (!JpegFrame.IsFrameMarker(marker))
                {
                    return; // comments, applications' data and what else makes no samples
                }

                if (frameAt >= 0 || scans > 0)
                {
                    throw reader.Broken("one JPEG frame", "another");
                }

                frameAt = segments.WrittenCount;
                break;
        }

        if (JpegFrame.IsFrameMarker(marker) && frame.Components.Length == 1)
        {
            // How densely the only component is sampled means nothing (section A.2.2), but the decoder stumbles over it.
            byte[] single = [.. content];
            single[ComponentsAt - HeadLength + 1] = 0x11;
            content = single;
        }

        WriteSegment(marker, content);
    }

    private void ReadScan(ReadOnlySpan<byte> header, ReadOnlySpan<byte> codes, int restarts)
    {
        var units = CheckScan(header, codes.Length, restarts);

        // The decoder forgets what it counted in a scan only where an interval is set, and what it predicts where one ends.
        var restart = interval > 0 ? interval : units <= ushort.MaxValue ? (int)units : 0;
        WriteSegment(RestartInterval, [(byte)(restart >> 8), (byte)restart]);
        WriteSegment(StartOfScan, header);
        segments.Write(codes.TrimEnd((byte)0xFF)); // fill bytes before the next marker
    }

    private void WriteSegment(byte marker, ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<byte> head = [0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2)];
        segments.Write(head);
        segments.Write(content);
    }

    /// <summary>Returns how many blocks, or groups of them, the scan codes one after another.</summary>
    private long CheckScan(ReadOnlySpan<byte> header, int length, int restarts)
    {
        if (++scans > MostScans)
        {
            throw reader.Unsupported($"at most {MostScans} JPEG scans", "more");
        }

        if (header.Length < 6 || header.Length != 4 + (2 * header[0]) || header[0] > frame.Components.Length)
        {
            throw reader.Broken(
                $"a JPEG scan of 1 to {frame.Components.Length} components", $"a header of {header.Length} bytes");
        }

        var indices = new int[header[0]];
        for (var i = 0; i < indices.Length; i++)
        {
            var id = header[1 + (2 * i)];
            indices[i] = Array.FindIndex(frame.Components, component => component.Id == id);
        }

        if (indices.Contains(-1) || indices.Distinct().Count() < indices.Length)
        {
            throw reader.Broken("JPEG scans of components in the frame, each once", "others");
        }

        var (first, last, high, low) = (header[^3], header[^2], header[^1] >> 4, header[^1] & 15);
        for (var i = 0; i < indices.Length; i++)
        {
            var choice = header[2 + (2 * i)];
            tables.RequireQuantization(frame.Components[indices[i]].Table);
            if (!frame.IsProgressive || (first == 0 && high == 0))
            {
                tables.RequireHuffman(isAc: false, choice >> 4);
            }

            if (!frame.IsProgressive || first > 0)
            {
                tables.RequireHuffman(isAc: true, choice & 15);
            }
        }

        if (frame.IsProgressive)
        {
            CheckProgression(indices.Length, first, last, high, low);
        }
        else
        {
            CheckSequence(indices);
        }

        foreach (var index in indices)
        {
            coded[index]++;
        }

        return CheckLength(indices, isRunLength: frame.IsProgressive && first > 0, length, restarts);
    }

    /// <summary>Each component is coded once, alone or with all others.</summary>
    private void CheckSequence(int[] indices)
    {
        if (indices.Any(index => coded[index] > 0))
        {
            throw reader.Broken("each component of a sequential JPEG image once", "one that is coded again");
        }

        if (indices.Length != 1 && indices.Length != frame.Components.Length)
        {
            throw reader.Unsupported("sequential JPEG scans of one component or of all", $"{indices.Length}");
        }
    }

    /// <summary>Either DC of any components or a range of AC of one, in whole or one more bit.</summary>
    private void CheckProgression(int components, byte first, byte last, int high, int low)
    {
        var isBand = first == 0 ? last == 0 : components == 1 && last >= first && last <= 63;
        if (!isBand || low > 13 || (high != 0 && high != low + 1))
        {
            throw reader.Broken(
                "a progressive JPEG scan of DC, or of AC of one component, bit after bit",
                $"{first} to {last}, bits {high} to {low}");
        }
    }

    private long CheckLength(int[] indices, bool isRunLength, int length, int restarts)
    {
        var isAlone = indices.Length == 1;
        var units = isAlone ? frame.BlocksAlone(frame.Components[indices[0]]) : frame.Groups;
        var expectedRestarts = interval == 0 ? 0 : (units - 1) / interval;
        if (restarts != expectedRestarts)
        {
            throw reader.Broken($"{expectedRestarts} restart markers in a JPEG scan, in order", $"{restarts}");
        }

        // A block is at least a code for DC and one for the end of AC, each of a bit; of progressive scans one of the two; and a
        // code of 15 bits ends up to 32 767 blocks in AC (section G.1.2.2).
        var blocks = isAlone ? units : units * indices.Sum(i => frame.Components[i].Across * frame.Components[i].Down);
        var bits = isRunLength ? 1 + (blocks / 32767 * 15) : frame.IsProgressive ? blocks : 2 * blocks;
        codedBits += 8L * length;
        if (8L * length < bits)
        {
            throw reader.Broken($"at least {(bits + 7) / 8} bytes for {blocks} blocks in a JPEG scan", $"{length}");
        }

        return units;
    }

    private void CheckWhole()
    {
        if (coded.Contains(0))
        {
            throw reader.Broken("image data for all components of JPEG", $"none for component {1 + Array.IndexOf(coded, 0)}");
        }

        // Components without DC are odd, but decoders read them; the file must still account for their blocks.
        var blocks = frame.Components.Sum(frame.BlocksAlone);
        if (codedBits < blocks)
        {
            throw reader.Broken($"at least {blocks / 8} bytes for {blocks} blocks of JPEG", $"{codedBits / 8}");
        }
    }

    /// <summary>The codes of a scan: up to a marker that is no restart. FF 00 stands for FF.</summary>
    private ReadOnlySpan<byte> CodesOf(ReadOnlySpan<byte> data, out int restarts)
    {
        restarts = 0;
        for (var at = 0; ; at += 2)
        {
            var next = data[at..].IndexOf((byte)0xFF);
            if (next < 0 || at + next + 1 >= data.Length)
            {
                throw reader.Truncated();
            }

            at += next;
            var marker = data[at + 1];
            if (marker is >= 0xD0 and <= 0xD7)
            {
                if ((marker & 7) != restarts % 8)
                {
                    throw reader.Broken($"restart marker {restarts % 8} of JPEG", $"{marker & 7}");
                }

                restarts++;
            }
            else if (marker == 0xFF)
            {
                at--; // a fill byte: the next one may begin a marker
            }
            else if (marker != 0)
            {
                return data[..at];
            }
        }
    }

    private byte NextMarker(ReadOnlySpan<byte> data, ref int at)
    {
        byte marker = 0;
        while (marker == 0)
        {
            // Bytes between segments are skipped, FF 00 among them.
            var start = data[at..].IndexOf((byte)0xFF);
            var end = start < 0 ? -1 : data[(at + start)..].IndexOfAnyExcept((byte)0xFF);
            at = end < 0 ? throw reader.Truncated() : at + start + end + 1;
            marker = data[at - 1];
        }

        return marker;
    }
}
