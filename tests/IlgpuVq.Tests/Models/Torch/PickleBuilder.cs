using System.Buffers.Binary;
using System.Text;

namespace IlgpuVq.Tests.Models.Torch;

/// <summary>Pickles instruction by instruction, as a hostile writer would put them together.</summary>
internal sealed class PickleBuilder
{
    private readonly List<byte> bytes = [0x80, 2];

    public PickleBuilder Put(params byte[] values)
    {
        bytes.AddRange(values);
        return this;
    }

    public PickleBuilder Put(string instructions) => Put(Encoding.Latin1.GetBytes(instructions));

    public PickleBuilder Global(string module, string name) => Put($"c{module}\n{name}\n");

    public PickleBuilder Text(string text) =>
        Put("X").Put(BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text))).Put(Encoding.UTF8.GetBytes(text));

    public PickleBuilder Number(long number)
    {
        var value = new byte[10];
        (value[0], value[1]) = (0x8A, 8);
        BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan(2), number);
        return Put(value);
    }

    public PickleBuilder Tuple(params long[] numbers)
    {
        Put("(");
        foreach (var number in numbers)
        {
            Number(number);
        }

        return Put("t");
    }

    public PickleBuilder Storage(string key, long count, string type = "FloatStorage") =>
        Put("(").Text("storage").Global("torch", type).Text(key).Text("cpu").Number(count).Put("tQ");

    /// <summary>A tensor of a storage of so many elements.</summary>
    public PickleBuilder Tensor(
        string key, long count, long[] shape, long[] strides, long offset = 0, string type = "FloatStorage") =>
        Global("torch._utils", "_rebuild_tensor_v2").Put("(").Storage(key, count, type).Number(offset).Tuple(shape)
            .Tuple(strides).Put([0x89]).Put("}tR");

    /// <summary>A dictionary of one tensor of four numbers under the name w, and what else is put into it.</summary>
    public static byte[] Dictionary(Action<PickleBuilder>? rest = null)
    {
        var pickle = new PickleBuilder().Put("}(").Text("w").Tensor("0", 4, [2, 2], [2, 1]);
        rest?.Invoke(pickle);
        return pickle.Put("u.").ToArray();
    }

    public byte[] ToArray() => [.. bytes];
}
