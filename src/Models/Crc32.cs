namespace IlgpuVq.Models;

/// <summary>The CRC-32 of PNG chunks and zip archives: polynomial 0xEDB88320 (reflected), all bits set at first, inverted at the
/// end.</summary>
/// <remarks>Source: PNG specification (third edition), annex D.</remarks>
internal struct Crc32
{
    private static readonly uint[] Table = MakeTable();

    private uint state;

    public static Crc32 Start() => new() { state = uint.MaxValue };

    /// <summary>The checksum of all bytes appended so far.</summary>
    public readonly uint Value => ~state;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var (crc, table) = (state, Table);
        foreach (var value in bytes)
        {
            crc = table[(byte)(crc ^ value)] ^ (crc >> 8);
        }

        state = crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
