namespace IlgpuVq.Models.Images;

/// <summary>The Huffman and quantization tables of a JPEG file, as far as they must be checked before a decoder uses
/// them.</summary>
/// <remarks>Source: ITU-T T.81, sections B.2.4.1 and B.2.4.2.</remarks>
internal sealed class JpegTables(ImageReader reader)
{
    private const int MostTables = 4, MostCodeLength = 16, BlockLength = 64;

    /// <summary>Whether a Huffman table was defined: class (0 for DC, 1 for AC) · 4 + number.</summary>
    private readonly bool[] huffman = new bool[2 * MostTables];

    private readonly byte[]?[] quantization = new byte[]?[MostTables];

    /// <summary>Whether a scan uses one of the tables that Motion JPEG leaves out.</summary>
    public bool NeedsStandardHuffman { get; private set; }

    /// <summary>
    /// The tables of annex K, section K.3, as one segment: encoders of Motion JPEG take them for known.
    /// </summary>
    public static byte[] StandardHuffman() =>
    [
        0xFF, 0xC4, 0x01, 0xA2,
        .. Dc(0, "0 1 5 1 1 1 1 1 1 0 0 0 0 0 0 0"), .. Dc(1, "0 3 1 1 1 1 1 1 1 1 1 0 0 0 0 0"),
        .. Ac(
            0x10,
            "0 2 1 3 3 2 4 3 5 5 4 4 0 0 1 125",
            "01020300041105122131410613516107227114328191A1082342B1C11552D1F02433627282090A161718191A25262728292A"),
        .. Ac(
            0x11,
            "0 2 1 2 4 4 3 4 7 5 4 4 0 1 2 119",
            "000102031104052131061241510761711322328108144291A1B1C109233352F0156272D10A162434E125F11718191A262728292A"),
    ];

    /// <summary>Notes the tables of a DHT segment.</summary>
    public void DefineHuffman(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 0)
        {
            if (segment.Length <= MostCodeLength || segment[0] >> 4 > 1 || (segment[0] & 15) >= MostTables)
            {
                throw reader.Broken("JPEG Huffman tables of class 0 or 1, number 0 to 3", Convert.ToHexString(segment[..1]));
            }

            // Each code of length n takes 2⁻ⁿ of all codes.
            var (count, taken) = (0, 0);
            for (var length = 1; length <= MostCodeLength; length++)
            {
                count += segment[length];
                taken += segment[length] << (MostCodeLength - length);
            }

            if (taken > 1 << MostCodeLength || count > 256 || segment.Length < 1 + MostCodeLength + count)
            {
                throw reader.Broken("JPEG Huffman codes that fit beside each other", $"{count} codes that do not");
            }

            var values = segment.Slice(1 + MostCodeLength, count);
            var isDc = segment[0] >> 4 == 0;
            if (isDc && values.ContainsAnyExceptInRange((byte)0, (byte)15))
            {
                throw reader.Broken("JPEG differences of at most 15 bits", $"{values.ToArray().Max()}");
            }

            huffman[(segment[0] >> 4 << 2) + (segment[0] & 15)] = true;
            segment = segment[(1 + MostCodeLength + count)..];
        }
    }

    /// <summary>Notes the tables of a DQT segment.</summary>
    /// <param name="segment">The segment's content.</param>
    /// <param name="used">Tables of components that a scan has coded: a decoder that dequantizes at the end needs them as they
    /// were.</param>
    public void DefineQuantization(ReadOnlySpan<byte> segment, IEnumerable<int> used)
    {
        while (segment.Length > 0)
        {
            var (precision, number) = (segment[0] >> 4, segment[0] & 15);
            var length = 1 + (BlockLength << precision);
            if (precision > 1 || number >= MostTables || segment.Length < length)
            {
                throw reader.Broken("JPEG quantization tables 0 to 3 of 8 or 16 bits", Convert.ToHexString(segment[..1]));
            }

            var table = segment[..length].ToArray();
            if (used.Contains(number) && !table.AsSpan().SequenceEqual(quantization[number]))
            {
                throw reader.Unsupported("one quantization for each JPEG component", "one that changes between scans");
            }

            quantization[number] = table;
            segment = segment[length..];
        }
    }

    /// <summary>Refuses a scan whose tables the file does not define.</summary>
    public void RequireHuffman(bool isAc, int number)
    {
        if (number >= MostTables || (!huffman[(isAc ? MostTables : 0) + number] && number > 1))
        {
            throw reader.Broken("the Huffman tables of a JPEG scan before it", $"no table {number}");
        }

        NeedsStandardHuffman |= !huffman[(isAc ? MostTables : 0) + number];
    }

    public void RequireQuantization(int number)
    {
        if (quantization[number] is null)
        {
            throw reader.Broken("the quantization table of a JPEG component before its scan", $"no table {number}");
        }
    }

    private static byte[] Dc(byte number, string counts) =>
        [number, .. Counts(counts), .. Enumerable.Range(0, 12).Select(i => (byte)i)];

    /// <summary>The first values as given; after them, in order, what is left of the runs 0 to 15 with sizes 1 to 10.</summary>
    private static byte[] Ac(byte number, string counts, string first)
    {
        var values = Convert.FromHexString(first);
        var rest =
            from run in Enumerable.Range(0, 16)
            from size in Enumerable.Range(1, 10)
            select (byte)((run << 4) | size);
        return [number, .. Counts(counts), .. values, .. rest.Except(values)];
    }

    private static IEnumerable<byte> Counts(string counts) => counts.Split(' ').Select(byte.Parse);
}
