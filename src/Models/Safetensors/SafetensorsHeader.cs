using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using static IlgpuVq.Models.Safetensors.SafetensorsException;

namespace IlgpuVq.Models.Safetensors;

/// <summary>The parsed and fully checked header of a file: nothing it says about the data remains to be doubted.</summary>
/// <remarks>
/// Parsing allocates a small multiple of the header's own length, whatever sizes the header claims: no tensor is allocated here.
/// </remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The longest header that readers of the format accept and writers may write, in bytes.</summary>
    public const int LongestHeader = 100_000_000;

    public const string MetadataKey = "__metadata__";

    private const string DamageAdvice = "The file is damaged or no safetensors file; fetch or write it again.";

    private readonly string file;

    /// <summary>Holds one array of the header at a time.</summary>
    private readonly List<long> numbers = [];

    private SafetensorsHeader(string file) => this.file = file;

    /// <summary>The tensors in the order of their bytes.</summary>
    public ImmutableArray<SafetensorsEntry> Entries { get; private set; } = [];

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Where the hexadecimal digits of the digest stand in the header, or −1 without one.</summary>
    public int DigestPosition { get; private set; } = -1;

    /// <summary>Parses and checks a header that <paramref name="dataLength"/> bytes of tensors follow.</summary>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength, string file)
    {
        var header = new SafetensorsHeader(file);
        if (!Utf8.IsValid(json))
        {
            throw header.Broken("a header in UTF-8", "bytes that are not UTF-8");
        }

        var reader = new Utf8JsonReader(json);
        var entries = new List<SafetensorsEntry>();
        try
        {
            header.ReadTopLevel(ref reader, entries);
        }
        catch (JsonException exception)
        {
            throw header.Broken("a header in JSON", $"an error at header byte {reader.BytesConsumed}", exception);
        }
        catch (InvalidOperationException exception)
        {
            // GetString: an escape such as \ud800 alone, which names no character.
            throw header.Broken(
                "names of whole Unicode characters", $"half a surrogate pair at header byte {reader.TokenStartIndex}", exception);
        }

        header.Entries = header.CheckLayout(entries, dataLength);
        return header;
    }

    private void ReadTopLevel(ref Utf8JsonReader reader, List<SafetensorsEntry> entries)
    {
        Expect(ref reader, JsonTokenType.StartObject, "a JSON object as header");
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (NextProperty(ref reader, names, "the header") is { } name)
        {
            if (name == MetadataKey)
            {
                ReadMetadata(ref reader);
            }
            else
            {
                entries.Add(ReadEntry(ref reader, name));
            }
        }

        // The reader itself refuses anything but white space behind the object.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, $"an object of strings as {MetadataKey}");
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (NextProperty(ref reader, names, MetadataKey) is { } name)
        {
            Expect(ref reader, JsonTokenType.String, $"a string as {MetadataKey} value", name);
            Metadata[name] = reader.GetString()!;
            if (name == SafetensorsDigest.Key && !reader.ValueIsEscaped && reader.ValueSpan.Length == SafetensorsDigest.Digits)
            {
                DigestPosition = checked((int)reader.TokenStartIndex + 1);
            }
        }
    }

    // A header may describe very many tensors, so nothing here makes a string that only a message would need.
    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.StartObject, "an object for tensor", name);
        SafetensorsType? type = null;
        ImmutableArray<long>? shape = null;
        ImmutableArray<long>? offsets = null;
        HashSet<string>? others = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("dtype"u8))
            {
                CheckOnce(type is null, name, "dtype");
                type = ReadType(ref reader, name);
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                CheckOnce(shape is null, name, "shape");
                shape = ReadNumbers(ref reader, "the shape of tensor", name);
            }
            else if (reader.ValueTextEquals("data_offsets"u8))
            {
                CheckOnce(offsets is null, name, "data_offsets");
                offsets = ReadNumbers(ref reader, "the data_offsets of tensor", name);
            }
            else
            {
                // Other readers of the format let unknown fields pass, so that later versions of it may use them.
                var field = reader.GetString()!;
                CheckOnce((others ??= new(StringComparer.Ordinal)).Add(field), name, field);
                reader.Read();
                reader.Skip();
            }
        }

        return (type, shape, offsets) switch
        {
            (null, _, _) => throw Broken($"a dtype for tensor {Quote(name)}", "none"),
            (_, null, _) => throw Broken($"a shape for tensor {Quote(name)}", "none"),
            (_, _, null) => throw Broken($"data_offsets for tensor {Quote(name)}", "none"),
            (_, _, [var begin, var end]) => new SafetensorsEntry(name, type.Value, shape.Value, begin, end),
            _ => throw Broken($"two data_offsets for tensor {Quote(name)}", $"{offsets.Value.Length}"),
        };
    }

    private SafetensorsType ReadType(ref Utf8JsonReader reader, string tensor)
    {
        Expect(ref reader, JsonTokenType.String, "a string as dtype of tensor", tensor);
        var name = reader.GetString()!;
        return SafetensorsTypes.TryParse(name, out var type)
            ? type
            : throw Broken(
                $"a known dtype for tensor {Quote(tensor)} ({string.Join(' ', Enum.GetNames<SafetensorsType>())})", Quote(name));
    }

    private ImmutableArray<long> ReadNumbers(ref Utf8JsonReader reader, string what, string tensor)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            throw Broken($"an array of whole numbers as {what} {Quote(tensor)}", Describe(ref reader));
        }

        numbers.Clear();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            // Offsets beyond 2⁶³ lie outside every file; a dimension of that size can only stand beside a 0.
            var isWhole = reader.TokenType == JsonTokenType.Number && reader.ValueSpan[0] != '-';
            numbers.Add(isWhole && reader.TryGetInt64(out var number)
                ? number
                : throw Broken($"whole numbers from 0 to 2^63 - 1 in {what} {Quote(tensor)}", Describe(ref reader)));
        }

        return [.. numbers];
    }

    /// <summary>
    /// The name of the next property, which must be new to <paramref name="names"/>; null at the end of the object.
    /// </summary>
    private string? NextProperty(ref Utf8JsonReader reader, HashSet<string> names, string owner)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            return null;
        }

        var name = reader.GetString()!;
        return names.Add(name) ? name : throw Broken($"each key of {owner} once", $"{Quote(name)} twice");
    }

    private void CheckOnce(bool isFirst, string tensor, string field)
    {
        if (!isFirst)
        {
            throw Broken($"each key of tensor {Quote(tensor)} once", $"{Quote(field)} twice");
        }
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw Broken(what, Describe(ref reader));
        }
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what, string name)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw Broken($"{what} {Quote(name)}", Describe(ref reader));
        }
    }

    private static string Describe(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.None => "nothing",
        JsonTokenType.Number => Encoding.ASCII.GetString(reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, 40)]),
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"the string {Quote(reader.GetString())}",
        JsonTokenType.Null => "null",
        var type => type.ToString().ToLowerInvariant(),
    };

    /// <summary>Each tensor as long as its shape says, one directly behind the other, and together all of the data.</summary>
    private ImmutableArray<SafetensorsEntry> CheckLayout(List<SafetensorsEntry> entries, long dataLength)
    {
        entries.Sort((left, right) => (left.Begin, left.End).CompareTo((right.Begin, right.End)));
        var previousEnd = 0L;
        foreach (var entry in entries)
        {
            if (entry.Begin != previousEnd || entry.End < entry.Begin)
            {
                throw Broken(
                    $"tensor {entry} to begin at byte {previousEnd} of the data, where the one before it ends, and end behind it",

                    $"data_offsets [{entry.Begin}, {entry.End}]");
            }

            if (!entry.Type.TryByteLength(entry.Shape.AsSpan(), out var bytes))
            {
                throw Broken($"fewer than 2^64 bits in tensor {entry}", "a product of dimensions that overflows");
            }

            if (bytes != (ulong)entry.ByteLength)
            {
                throw Broken(
                    $"{bytes} bytes for tensor {entry}",
                    $"{entry.ByteLength} bytes in data_offsets [{entry.Begin}, {entry.End}]");
            }

            previousEnd = entry.End;
        }

        return previousEnd == dataLength
            ? [.. entries]
            : throw Broken($"{previousEnd} bytes of tensors behind the header", $"{dataLength} bytes");
    }

    private SafetensorsException Broken(string expected, string actual, Exception? inner = null) =>
        new(file, expected, actual, DamageAdvice, inner);
}
