using System.Runtime.InteropServices;
using IlgpuVq.Models.Safetensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Safetensors;

/// <summary>Values as float32 and int32, and what a reader is told when that cannot be.</summary>
public sealed class SafetensorsReadTests
{
    [Fact]
    public void Half_precision_is_read_exactly()
    {
        Half[] values = [(Half)0f, (Half)(-1.5f), Half.Epsilon, Half.MaxValue, Half.PositiveInfinity];
        Assert.Equal(values.Select(value => (float)value), Floats(SafetensorsType.F16, values));
        Assert.True(float.IsNaN(Floats(SafetensorsType.F16, [Half.NaN])[0]));
    }

    [Fact]
    public void Bfloat16_is_the_upper_half_of_a_float()
    {
        ushort[] values = [0x0000, 0x8000, 0x3f80, 0xc040, 0x7f80, 0x0001];
        Assert.Equal([0f, -0f, 1f, -3f, float.PositiveInfinity, 9.183549615799121e-41f], Floats(SafetensorsType.BF16, values));
        Assert.True(float.IsNaN(Floats<ushort>(SafetensorsType.BF16, [0x7fc0])[0]));
    }

    [Fact]
    public void Doubles_are_rounded_to_the_nearest_float()
    {
        double[] values = [1.0 / 3, -1e-300, 1e300, double.NegativeInfinity, 1 + 1.1920928955078125e-7 / 2];
        Assert.Equal([1f / 3, -0f, float.PositiveInfinity, float.NegativeInfinity, 1f], Floats(SafetensorsType.F64, values));
    }

    [Fact]
    public void Whole_numbers_of_every_width_are_read_as_floats()
    {
        Assert.Equal([0f, 255f], Floats<byte>(SafetensorsType.U8, [0, 255]));
        Assert.Equal([-128f, 127f], Floats<sbyte>(SafetensorsType.I8, [-128, 127]));
        Assert.Equal([0f, 65535f], Floats<ushort>(SafetensorsType.U16, [0, 65535]));
        Assert.Equal([-32768f, 5f], Floats<short>(SafetensorsType.I16, [-32768, 5]));
        Assert.Equal([4294967296f, 7f], Floats<uint>(SafetensorsType.U32, [uint.MaxValue, 7]));
        Assert.Equal([-2147483648f, 16777216f], Floats<int>(SafetensorsType.I32, [int.MinValue, 16777217]));
        Assert.Equal([18446744073709551616f], Floats<ulong>(SafetensorsType.U64, [ulong.MaxValue]));
        Assert.Equal([-9223372036854775808f, 3f], Floats<long>(SafetensorsType.I64, [long.MinValue, 3]));
    }

    [Fact]
    public void Whole_numbers_of_every_width_are_read_as_ints()
    {
        Assert.Equal([0, 255], Ints<byte>(SafetensorsType.U8, [0, 255]));
        Assert.Equal([-128, 127], Ints<sbyte>(SafetensorsType.I8, [-128, 127]));
        Assert.Equal([0, 65535], Ints<ushort>(SafetensorsType.U16, [0, 65535]));
        Assert.Equal([-32768, 5], Ints<short>(SafetensorsType.I16, [-32768, 5]));
        Assert.Equal([int.MaxValue, 7], Ints<uint>(SafetensorsType.U32, [int.MaxValue, 7]));
        Assert.Equal([int.MinValue, int.MaxValue], Ints<int>(SafetensorsType.I32, [int.MinValue, int.MaxValue]));
        Assert.Equal([int.MaxValue], Ints<ulong>(SafetensorsType.U64, [int.MaxValue]));
        Assert.Equal([int.MinValue, 3], Ints<long>(SafetensorsType.I64, [int.MinValue, 3]));
    }

    [Fact]
    public void A_whole_number_outside_of_int32_is_refused()
    {
        ThrowsOneLine("expected values of 32 bits in tensor 'x' I64 (2)", () => Ints<long>(SafetensorsType.I64, [1, 1L << 31]));
        ThrowsOneLine("expected values of 32 bits in tensor 'x' U32 (1)", () => Ints<uint>(SafetensorsType.U32, [1u << 31]));
        ThrowsOneLine(
            "expected values of 32 bits in tensor 'x' U64 (1)", () => Ints<ulong>(SafetensorsType.U64, [ulong.MaxValue]));
    }

    [Fact]
    public void A_type_without_a_form_of_the_kind_asked_for_is_refused()
    {
        ThrowsOneLine(
            "expected a tensor that can be read as float32; got 'x' BOOL (1)", () => Floats<byte>(SafetensorsType.BOOL, [1]));
        ThrowsOneLine(
            "expected a tensor that can be read as float32; got 'x' F8_E5M2 (1)",
            () => Floats<byte>(SafetensorsType.F8_E5M2, [1]));
        ThrowsOneLine("expected a tensor of whole numbers; got 'x' F32 (1)", () => Ints<float>(SafetensorsType.F32, [1]));
        ThrowsOneLine("expected a tensor of whole numbers; got 'x' BOOL (1)", () => Ints<byte>(SafetensorsType.BOOL, [1]));
    }

    [Fact]
    public void Chunks_of_a_long_tensor_fit_together()
    {
        var values = Enumerable.Range(0, 100_003).Select(i => (double)i).ToArray();
        Assert.Equal(values.Select(value => (float)value), Floats(SafetensorsType.F64, values));
        var longs = values.Select(value => (long)value).ToArray();
        Assert.Equal(longs.Select(value => (int)value), Ints(SafetensorsType.I64, longs));
    }

    [Fact]
    public void Part_of_a_tensors_bytes_can_be_read_but_none_beyond()
    {
        using var file = HandMade.Open(HandMade.Of(
            """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", 8));
        var bytes = new byte[2];
        file.ReadBytes("b", 2, bytes);
        Assert.Equal<byte>([6, 7], bytes);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadBytes("a", 3, bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadBytes("a", -1, bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadBytes("a", long.MaxValue, bytes));
    }

    [Fact]
    public void A_tensor_that_is_absent_or_of_another_size_is_named()
    {
        using var file = HandMade.Open(HandMade.Written([TensorData.OfFloats("w", [2, 1], new float[2])]));
        ThrowsOneLine("expected a tensor 'v'; got 1 others, such as 'w'", () => file.ReadFloats("v", new float[2]));
        ThrowsOneLine("expected 3 elements in tensor 'w'; got 2, shape (2, 1)", () => file.ReadFloats("w", new float[3]));
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_named()
    {
        using var folder = new Support.TemporaryFolder();
        Assert.StartsWith(
            $"{folder.At("none")}: expected a safetensors file; got no file of that name.",
            Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder.At("none"))).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"{folder.At("no/where")}: expected a safetensors file; got no file of that name.",
            Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder.At("no/where"))).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"{folder.Path}: expected a safetensors file that can be read; got a folder.",
            Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_short_after_it_was_opened_is_an_error_and_not_a_tensor_of_zeros()
    {
        using var folder = new Support.TemporaryFolder();
        var path = folder.At("a.safetensors");
        File.WriteAllBytes(path, HandMade.Written([TensorData.OfFloats("w", [1000], new float[1000])]));
        using var file = SafetensorsFile.Open(path);
        using (var cut = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            cut.SetLength(200);
        }

        Assert.Contains(
            "as when it was opened; got an end at byte 200",
            Assert.Throws<SafetensorsException>(() => file.ReadFloats("w", new float[1000])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_that_cannot_seek_is_refused()
    {
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream();
        ThrowsOneLine("expected a stream that can be read and can seek", () => SafetensorsFile.Open(pipe, "test.safetensors"));
    }

    private static float[] Floats<T>(SafetensorsType type, T[] values)
        where T : unmanaged
    {
        var result = new float[values.Length];
        using var file = FileOf(type, values);
        file.ReadFloats("x", result);
        return result;
    }

    private static int[] Ints<T>(SafetensorsType type, T[] values)
        where T : unmanaged
    {
        var result = new int[values.Length];
        using var file = FileOf(type, values);
        file.ReadInts("x", result);
        return result;
    }

    private static SafetensorsFile FileOf<T>(SafetensorsType type, T[] values)
        where T : unmanaged =>
        HandMade.Open(
            HandMade.Written([TensorData.OfBytes("x", type, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray())]));

    private static void ThrowsOneLine(string message, Action action)
    {
        var exception = Assert.Throws<SafetensorsException>(action);
        Assert.StartsWith("test.safetensors: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }
}
