using System.Buffers.Binary;
using System.Text;
using IlgpuVq.Models;

namespace IlgpuVq.Tests.Models.Torch;

/// <summary>Zip archives of stored files, with right checksums unless something else is asked for.</summary>
internal sealed class ZipBuilder
{
    private readonly List<byte> body = [], directory = [];
    private ushort count;

    /// <summary>A checkpoint of a pickle and of the storage 0 of four numbers.</summary>
    public static byte[] Checkpoint(byte[] pickle, params (string Name, byte[] Bytes)[] others)
    {
        var archive = new ZipBuilder().Add("archive/data.pkl", pickle).Add("archive/data/0", Floats(1, 2, 3, 4));
        foreach (var (name, bytes) in others)
        {
            archive.Add(name, bytes);
        }

        return archive.Build();
    }

    public static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    /// <param name="name">The path.</param>
    /// <param name="bytes">What is stored.</param>
    /// <param name="method">0 for stored.</param>
    /// <param name="flags">1 for encrypted.</param>
    /// <param name="crc">Instead of the right one.</param>
    /// <param name="localName">What the header before the bytes calls it.</param>
    /// <param name="offset">Where the directory says that the header is.</param>
    /// <param name="length">Bytes that the directory claims.</param>
    public ZipBuilder Add(
        string name, byte[] bytes, int method = 0, int flags = 0, uint? crc = null, string? localName = null,
        uint? offset = null, uint? length = null)
    {
        var right = Crc32.Start();
        right.Append(bytes);
        var header = offset ?? (uint)body.Count;
        var size = length ?? (uint)bytes.Length;
        byte[] common = [.. Words(20, flags, method, 0, 0x21), .. Longs(crc ?? right.Value, size, size)];
        var (path, local) = (Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(localName ?? name));
        body.AddRange([.. Longs(0x04034b50), .. common, .. Words(local.Length, 0), .. local, .. bytes]);
        directory.AddRange(
            [.. Longs(0x02014b50), .. Words(20), .. common, .. Words(path.Length, 0, 0, 0, 0), .. Longs(0, header), .. path]);
        count++;
        return this;
    }

    public byte[] Build() =>
    [
        .. body, .. directory, .. Longs(0x06054b50), .. Words(0, 0, count, count),
        .. Longs((uint)directory.Count, (uint)body.Count), .. Words(0),
    ];

    private static byte[] Words(params int[] values) => [.. values.SelectMany(value => BitConverter.GetBytes((ushort)value))];

    private static byte[] Longs(params uint[] values)
    {
        var bytes = new byte[4 * values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), values[i]);
        }

        return bytes;
    }
}
