using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Codes;

/// <summary>NumPy's <c>.npy</c> files of whole numbers in one dimension: six bytes that name the format, its version, the length
/// of a header (two bytes, from version 2 on four), the header as a Python dictionary, and the numbers.</summary>
/// <remarks>Source: NEP 1. The header is matched as text, and nothing of it executed.</remarks>
internal static partial class NpyFile
{
    private const int Longest = 1 << 26;

    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8];

    /// <summary>The numbers.</summary>
    /// <exception cref="RunException">The file cannot be read, or holds anything else.</exception>
    public static ImmutableArray<int> ReadWholeNumbers(string path)
    {
        var bytes = Read(path);
        if (bytes.Length < 12 || !bytes.AsSpan(0, Magic.Length).SequenceEqual(Magic) || bytes[6] is < 1 or > 3)
        {
            throw Wrong("another format");
        }

        var (start, length) = bytes[6] == 1
            ? (10, BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8)))
            : (12, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8)));
        if (start + (long)length > bytes.Length)
        {
            throw Wrong("a cut file");
        }

        var text = Encoding.ASCII.GetString(bytes, start, (int)length);
        if (Header().Match(text) is not { Success: true } header)
        {
            throw Wrong(text.Trim() is { Length: <= 80 } shown ? shown : "another type or more dimensions");
        }

        var size = int.Parse(header.Groups["size"].Value, CultureInfo.InvariantCulture);
        var data = bytes.AsSpan(start + (int)length);
        if (!int.TryParse(header.Groups["count"].Value, CultureInfo.InvariantCulture, out var count) ||
            (long)count * size != data.Length)
        {
            throw Wrong($"{data.Length} bytes for {header.Groups["count"].Value} numbers");
        }

        var isSigned = header.Groups["kind"].Value == "i";
        var numbers = ImmutableArray.CreateBuilder<int>(count);
        for (var i = 0; i < count; i++)
        {
            var number = Number(data.Slice(i * size, size), isSigned);
            numbers.Add(number >= 0 && number <= int.MaxValue ? (int)number : throw Wrong($"{number}"));
        }

        return numbers.MoveToImmutable();

        RunException Wrong(string actual) => new(
            path, "a .npy file of whole numbers of at least 0 in one dimension", actual,
            "Write it with numpy.save of an array of int64.");
    }

    private static Int128 Number(ReadOnlySpan<byte> bytes, bool isSigned)
    {
        Int128 number = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            number |= (Int128)bytes[i] << (8 * i);
        }

        return isSigned && bytes[^1] >= 0x80 ? number - ((Int128)1 << (8 * bytes.Length)) : number;
    }

    private static byte[] Read(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            return length <= Longest
                ? File.ReadAllBytes(path)
                : throw new RunException(path, $"at most {Longest} bytes", $"{length}", "Name the table of used codes.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Reading(path, exception);
        }
    }

    [GeneratedRegex(
        @"^\{\s*'descr':\s*'[<|](?<kind>[iu])(?<size>[1248])',\s*'fortran_order':\s*(True|False),\s*"
            + @"'shape':\s*\((?<count>[0-9]+),\),?\s*\}\s*$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Header();
}
