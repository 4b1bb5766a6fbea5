using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Train.Codes;

/// <summary>What codes that are being made depend on, to the bit: the head of <see cref="PartialCodes"/>.</summary>
/// <param name="ModelHash">SHA-256 of the model.</param>
/// <param name="Content">Which images they are (<see cref="DataSetCodes.ContentOf"/>).</param>
/// <param name="Split">The part of their set.</param>
/// <param name="Images">How many.</param>
/// <param name="Size">Their channels, rows and columns, as they are read.</param>
/// <param name="Device">What the model runs on and how that multiplies: sums may be rounded in another way elsewhere.</param>
/// <param name="Tile">Side of the parts that larger images are encoded in; null for what memory allows.</param>
/// <param name="Batch">Images at once.</param>
/// <param name="Layouts">The grids.</param>
internal sealed record PartialCodesHead(
    string ModelHash, string Content, string Split, int Images, (int C, int H, int W) Size, string Device, int? Tile, int Batch,
    IReadOnlyList<GridLayout> Layouts)
{
    /// <summary>Length and checksum of the lines, behind the first bytes of a file.</summary>
    private const int LengthAt = 8, ChecksumAt = 12, TextAt = 16;

    /// <summary>Lines of a damaged file may claim any length.</summary>
    private const int LongestText = 1 << 16;

    /// <summary>How indices are numbered (<see cref="CodeRemap.Description"/>); null for as the model does.</summary>
    public string? Remap { get; init; }

    /// <summary>Bytes of one image in a piece: of all grids.</summary>
    public long BytesPerImage => Layouts.Sum(GridNumbers.BytesPerImage);

    // A byte that is no text, the name, and line ends of both kinds, which a transfer as text would change.
    private static ReadOnlySpan<byte> Magic => [0x89, (byte)'I', (byte)'V', (byte)'P', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    /// <summary>What the lines are called, and how a message names a difference.</summary>
    private (string Key, string Value, string Other)[] Lines =>
    [
        ("model", ModelHash, "another model"),
        ("split", Split, "another split"),
        ("size", string.Create(CultureInfo.InvariantCulture, $"{Images},{Size.C},{Size.H},{Size.W}"),
            "another number or size of images"),
        ("content", Content, "other images"),
        ("device", Device, "another accelerator"),
        ("tile", Tile?.ToString(CultureInfo.InvariantCulture) ?? "", "parts of another size"),
        ("batch", Batch.ToString(CultureInfo.InvariantCulture), "another number of images at once"),
        ("grids", string.Join(' ', Layouts.Select(Describe)), "other grids"),
        ("remap", Remap ?? "", "another table of codes"),
    ];

    /// <summary>The bytes that a file begins with.</summary>
    public byte[] ToBytes()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Lines.Select(line => $"{line.Key} {line.Value}\n")));
        var bytes = new byte[TextAt + text.Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(LengthAt), text.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ChecksumAt), Checksum(text));
        text.CopyTo(bytes, TextAt);
        return bytes;
    }

    /// <summary>Whether a file of that beginning was made by this program, whole or not.</summary>
    /// <param name="start">Its first 16 bytes, or all of a shorter one.</param>
    public static bool IsOwn(ReadOnlySpan<byte> start) => Magic.StartsWith(start[..Math.Min(start.Length, Magic.Length)]);

    /// <summary>How many bytes the head of a file has; null for a damaged one.</summary>
    /// <param name="start">Its first 16 bytes, or all of a shorter one.</param>
    public static int? LengthOf(ReadOnlySpan<byte> start) =>
        start.Length >= TextAt
            && BinaryPrimitives.ReadInt32LittleEndian(start[LengthAt..]) is >= 0 and <= LongestText and var text
                ? TextAt + text
                : null;

    /// <summary>In what the head of a file differs, in words; null where it is this one.</summary>
    /// <param name="head">As many bytes as <see cref="LengthOf"/> says.</param>
    public string? Difference(ReadOnlySpan<byte> head)
    {
        var text = head[TextAt..];
        if (Checksum(text) != BinaryPrimitives.ReadUInt32LittleEndian(head[ChecksumAt..]))
        {
            return "damaged";
        }

        if (head.SequenceEqual(ToBytes()))
        {
            return null;
        }

        var theirs = Encoding.UTF8.GetString(text).Split('\n');
        var other = Lines.FirstOrDefault(line => !theirs.Contains($"{line.Key} {line.Value}")).Other;
        return $"of {other ?? "another program"}";
    }

    private static string Describe(GridLayout layout) =>
        $"{layout.Name}:{layout.Planes}×{layout.Height}×{layout.Width}"
            + (layout is CodeLayout codes ? $":{string.Join('+', codes.CodebookSizes)}" : "");

    private static uint Checksum(ReadOnlySpan<byte> text)
    {
        var crc = default(Crc32C);
        crc.Append(text);
        return crc.Value;
    }
}
