using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Xunit;

namespace IlgpuVq.Tests.Train.TensorBoard;

/// <summary>Reads event files by their format alone: records and their checksums bit by bit, messages field by field, without the
/// code and the definitions of the program.</summary>
internal sealed class WireReader
{
    private readonly ILookup<int, object> fields;

    private WireReader(ReadOnlySpan<byte> message)
    {
        var read = new List<(int Number, object Value)>();
        while (message.Length > 0)
        {
            var tag = Varint(ref message);
            object value;
            switch (tag & 7)
            {
                case 0:
                    value = Varint(ref message);
                    break;
                case 1:
                    value = BinaryPrimitives.ReadDoubleLittleEndian(message);
                    message = message[8..];
                    break;
                case 5:
                    value = BinaryPrimitives.ReadSingleLittleEndian(message);
                    message = message[4..];
                    break;
                default:
                    Assert.Equal(2u, tag & 7);
                    var length = (int)Varint(ref message);
                    value = message[..length].ToArray();
                    message = message[length..];
                    break;
            }

            read.Add(((int)(tag >> 3), value));
        }

        fields = read.ToLookup(field => field.Number, field => field.Value);
    }

    /// <summary>The events of a file, every record of which must be whole.</summary>
    public static IReadOnlyList<WireReader> Events(string path)
    {
        var (bytes, events) = (File.ReadAllBytes(path), new List<WireReader>());
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(Masked(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            var content = bytes.AsSpan(at + 12, length);
            Assert.Equal(Masked(content), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            events.Add(new WireReader(content));
            at += 16 + length;
        }

        return events;
    }

    public long Whole(int field) => fields[field].LastOrDefault() is ulong value ? (long)value : 0;

    public double Number(int field) => fields[field].LastOrDefault() switch
    {
        double value => value,
        float value => value,
        _ => 0,
    };

    public byte[] Bytes(int field) => (byte[])fields[field].Last();

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

    public bool Has(int field) => fields.Contains(field);

    public IEnumerable<WireReader> Messages(int field) => fields[field].Select(value => new WireReader((byte[])value));

    public WireReader Message(int field) => Messages(field).Last();

    public double[] Packed(int field)
    {
        var bytes = Bytes(field);
        return [.. bytes.Chunk(sizeof(double)).Select(number => BinaryPrimitives.ReadDoubleLittleEndian(number))];
    }

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        var (value, shift) = (0ul, 0);
        byte part;
        do
        {
            part = message[0];
            message = message[1..];
            value |= (ulong)(part & 0x7F) << shift;
            shift += 7;
        }
        while (part >= 0x80);

        return value;
    }

    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }
}
