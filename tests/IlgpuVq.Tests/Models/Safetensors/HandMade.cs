using System.Buffers.Binary;
using System.Text;
using IlgpuVq.Models.Safetensors;

namespace IlgpuVq.Tests.Models.Safetensors;

/// <summary>Files put together byte by byte, without the writer under test.</summary>
internal static class HandMade
{
    /// <summary>A file of that header, with the right length prefix, and that much data: bytes 0, 1, 2, …</summary>
    public static byte[] Of(string json, int dataLength) => Of(Encoding.UTF8.GetBytes(json), dataLength);

    public static byte[] Of(byte[] json, int dataLength) =>
        OfPrefix((ulong)json.Length, [.. json, .. Enumerable.Range(0, dataLength).Select(i => (byte)i)]);

    /// <summary>A file of any length prefix.</summary>
    public static byte[] OfPrefix(ulong prefix, byte[] rest)
    {
        var bytes = new byte[sizeof(ulong) + rest.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, prefix);
        rest.CopyTo(bytes, sizeof(ulong));
        return bytes;
    }

    /// <summary>The file, open; it lies in memory and needs no disposal.</summary>
    public static SafetensorsFile Open(byte[] bytes) => SafetensorsFile.Open(new MemoryStream(bytes), "test.safetensors");

    public static byte[] Written(
        IEnumerable<TensorData> tensors, IReadOnlyDictionary<string, string>? metadata = null, bool digest = false)
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, tensors, metadata, digest);
        return stream.ToArray();
    }

    public static TensorData Floats(string name, long[] shape, params float[] values) => TensorData.OfFloats(name, shape, values);

    public static TensorData Ints(string name, long[] shape, params int[] values) => TensorData.OfInts(name, shape, values);

    /// <summary>The JSON of a written file, padding included.</summary>
    public static string HeaderOf(byte[] file) =>
        Encoding.UTF8.GetString(file, sizeof(ulong), (int)BinaryPrimitives.ReadUInt64LittleEndian(file));
}
