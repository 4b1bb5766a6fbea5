using IlgpuVq.Models.Safetensors;
using IlgpuVq.Models.Torch;
using Xunit;

namespace IlgpuVq.Tests.Models.Torch;

/// <summary>Checkpoints as PyTorch writes them.</summary>
public sealed class TorchReadTests
{
    private static readonly Dictionary<string, SafetensorsType> Types = new()
    {
        ["float32"] = SafetensorsType.F32,
        ["float64"] = SafetensorsType.F64,
        ["float16"] = SafetensorsType.F16,
        ["bfloat16"] = SafetensorsType.BF16,
        ["int64"] = SafetensorsType.I64,
        ["int32"] = SafetensorsType.I32,
        ["int16"] = SafetensorsType.I16,
        ["int8"] = SafetensorsType.I8,
        ["uint8"] = SafetensorsType.U8,
        ["boolean"] = SafetensorsType.BOOL,
        ["scalar"] = SafetensorsType.I64,
        ["half_transposed"] = SafetensorsType.F16,
    };

    [Theory]
    [InlineData("zip")]
    [InlineData("older")]
    public void Every_kind_of_tensor_and_view_has_its_numbers(string form)
    {
        using var file = Open(TorchGoldens.Checkpoint("kinds", form));
        var expected = TorchGoldens.Tensors("kinds");

        Assert.Equal(
            [.. expected.Select(line => line.Name), "list.0", "list.1.0", "5.deep"], file.Tensors.Select(entry => entry.Name));
        foreach (var line in expected)
        {
            var entry = file.Find(line.Name)!;
            Assert.Equal(line.Shape.Select(length => (long)length), entry.Shape);
            Assert.Equal(Types.GetValueOrDefault(line.Name["tensors.".Length..], SafetensorsType.F32), entry.Type);
            if (entry.Type == SafetensorsType.BOOL)
            {
                var flags = new byte[entry.Count];
                file.ReadBytes(line.Name, flags);
                Assert.Equal(line.Numbers, flags.Select(flag => (double)flag));
                continue;
            }

            var numbers = new float[entry.Count];
            file.ReadFloats(line.Name, numbers);
            line.AssertClose(numbers, 1e-7, line.Name);
            if (entry.Type is SafetensorsType.I64 or SafetensorsType.I32 or SafetensorsType.I16 or SafetensorsType.I8
                or SafetensorsType.U8)
            {
                var whole = new int[entry.Count];
                file.ReadInts(line.Name, whole);
                Assert.Equal(line.Numbers, whole.Select(number => (double)number));
            }
        }
    }

    [Fact]
    public void Elements_in_the_other_order_of_bytes_are_turned()
    {
        byte[] big = [.. ZipBuilder.Floats(1, 2, 3, 4).Chunk(4).SelectMany(element => element.Reverse())];
        using var file = Open(new ZipBuilder().Add("x/data.pkl", PickleBuilder.Dictionary()).Add("x/data/0", big)
            .Add("x/byteorder", "big"u8.ToArray()).Build());
        var numbers = new float[4];
        file.ReadFloats("w", numbers);
        Assert.Equal([1f, 2, 3, 4], numbers);
    }

    [Fact]
    public void A_storage_is_compared_with_its_checksum_when_it_is_read()
    {
        var damaged = new ZipBuilder().Add("a/data.pkl", PickleBuilder.Dictionary())
            .Add("a/data/0", ZipBuilder.Floats(1, 2, 3, 4), crc: 7).Build();
        using var file = Open(damaged);
        Assert.StartsWith(
            "test.pt: expected the checksum 00000007 of 'data/0'; got ",
            Assert.Throws<TorchException>(() => file.ReadFloats("w", new float[4])).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "test.pt: expected the checksum 00000007 of 'a/data.pkl'; got ",
            Assert.Throws<TorchException>(() => Open(new ZipBuilder().Add("a/data.pkl", PickleBuilder.Dictionary(), crc: 7)
                .Add("a/data/0", ZipBuilder.Floats(1, 2, 3, 4)).Build())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_asked_of_a_tensor_that_it_does_not_hold_is_refused()
    {
        using var file = Open(TorchGoldens.Checkpoint("kinds", "zip"));
        Refused("expected a tensor 'none'; got 20 others, such as 'tensors.float32'.", () => file.ReadFloats("none", []));
        Refused(
            "expected 3 elements in tensor 'tensors.float32'; got 24, shape (2, 3, 4).",
            () => file.ReadFloats("tensors.float32", new float[3]));
        Refused(
            "expected a tensor of whole numbers; got 'tensors.float32' F32 (2, 3, 4).",
            () => file.ReadInts("tensors.float32", new int[24]));
        Refused(
            "expected a tensor that can be read as float32; got 'tensors.boolean' BOOL (2, 3, 4).",
            () => file.ReadFloats("tensors.boolean", new float[24]));
        Refused("expected a whole number of elements of 4 bytes; got 97 bytes.",
            () => file.ReadBytes("tensors.float32", new byte[97]));

        var number = new PickleBuilder().Put("}(").Text("n").Tensor("0", 1, [], [], type: "LongStorage").Put("u.").ToArray();
        using var large = Open(
            new ZipBuilder().Add("a/data.pkl", number).Add("a/data/0", BitConverter.GetBytes(1L << 40)).Build());
        Refused(
            "expected values of 32 bits in tensor 'n' I64 (); got one outside of them.", () => large.ReadInts("n", new int[1]));

        static void Refused(string message, Action read) =>
            Assert.StartsWith($"test.pt: {message}", Assert.Throws<TorchException>(read).Message, StringComparison.Ordinal);
    }

    internal static TorchFile Open(byte[] bytes) => TorchFile.Open(new MemoryStream(bytes), "test.pt");
}
