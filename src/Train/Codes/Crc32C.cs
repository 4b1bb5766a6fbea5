using System.Buffers.Binary;
using System.Numerics;

namespace IlgpuVq.Train.Codes;

/// <summary>
/// The checksum CRC-32C (Castagnoli: reflected polynomial 0x82F63B78, initial value and final inversion 0xFFFFFFFF).
/// </summary>
internal struct Crc32C
{
    private uint inverted;

    /// <summary>The checksum of all bytes so far.</summary>
    public readonly uint Value => inverted;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        // Kept inverted twice over, so that default(Crc32C) is the checksum of no bytes.
        var crc = ~inverted;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        inverted = ~crc;
    }
}
