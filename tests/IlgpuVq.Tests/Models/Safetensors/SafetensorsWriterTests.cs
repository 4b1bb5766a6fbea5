using System.Buffers.Binary;
using System.Text.RegularExpressions;
using IlgpuVq.Models.Safetensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Safetensors;

/// <summary>The canonical form byte by byte, and what the writer refuses to write.</summary>
public sealed partial class SafetensorsWriterTests
{
    [Fact]
    public void A_small_file_is_written_byte_for_byte_as_the_format_says()
    {
        var file = HandMade.Written(
            [HandMade.Ints("b", [2], 1, -2), HandMade.Floats("a", [], 1.5f)],
            new Dictionary<string, string> { ["format"] = "pt" });
        const string Header =
            """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b":"""
            + """{"dtype":"I32","shape":[2],"data_offsets":[4,12]}}""";
        Assert.Equal(Header.PadRight((Header.Length + 7) / 8 * 8), HandMade.HeaderOf(file));
        Assert.Equal("0000c03f01000000feffffff", Convert.ToHexStringLower(file.AsSpan(file.Length - 12)));
    }

    [Fact]
    public void Tensors_lie_by_element_size_and_then_by_the_bytes_of_their_names()
    {
        // U+FF5E comes before U+1F600 in UTF-8, but behind its surrogates in UTF-16.
        (string Name, SafetensorsType Type)[] tensors =
        [
            ("b", SafetensorsType.U8), ("\U0001F600", SafetensorsType.F32), ("a", SafetensorsType.U8),
            ("\uFF5E", SafetensorsType.I32), ("c", SafetensorsType.F64), ("d", SafetensorsType.BF16),
            ("B", SafetensorsType.F32), ("", SafetensorsType.F32),
        ];
        var file = HandMade.Written(tensors.Select(
            tensor => TensorData.OfBytes(tensor.Name, tensor.Type, [1], new byte[tensor.Type.ByteSize()])));
        using var read = HandMade.Open(file);
        Assert.Equal(["c", "", "B", "\uFF5E", "\U0001F600", "d", "a", "b"], read.Entries.Select(entry => entry.Name));
        var inHeader = Names().Matches(HandMade.HeaderOf(file)).Select(match => match.Groups[1].Value);
        Assert.Equal(["c", "", "B"], inHeader.Take(3));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void The_header_begins_with_a_brace_and_is_padded_to_a_multiple_of_eight(int nameLength)
    {
        var file = HandMade.Written([TensorData.OfFloats(new string('x', nameLength), [1], new float[1])]);
        Assert.Equal((byte)'{', file[8]);
        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(file) % 8);
        Assert.Equal(file.Length, 8 + BinaryPrimitives.ReadInt64LittleEndian(file) + 4);
    }

    [Fact]
    public void The_same_content_in_any_order_gives_the_same_bytes()
    {
        var a = HandMade.Floats("a", [1], 1f);
        var b = HandMade.Floats("b", [1], 2f);
        Assert.Equal(
            HandMade.Written([a, b], new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" }, digest: true),
            HandMade.Written([b, a], new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" }, digest: true));
    }

    [Fact]
    public void Writing_starts_where_the_stream_stands()
    {
        var tensor = HandMade.Floats("a", [1], 1f);
        using var stream = new MemoryStream();
        stream.Write("before"u8);
        SafetensorsWriter.Write(stream, [tensor], digest: true);
        Assert.Equal(HandMade.Written([tensor], digest: true), stream.ToArray()[6..]);
        Assert.Equal(stream.Length, stream.Position);
    }

    [Fact]
    public void A_tensor_may_be_written_in_pieces_by_a_callback()
    {
        var pieces = new TensorData("a", SafetensorsType.U8, [3, 2], stream =>
        {
            for (var i = 0; i < 6; i++)
            {
                stream.WriteByte((byte)i);
            }
        });
        var whole = TensorData.OfBytes("a", SafetensorsType.U8, [3, 2], new byte[] { 0, 1, 2, 3, 4, 5 });
        Assert.Equal(HandMade.Written([whole], digest: true), HandMade.Written([pieces], digest: true));
    }

    [Fact]
    public void A_tensor_that_writes_too_little_or_too_much_is_refused()
    {
        Refused("expected 4 bytes written for tensor 'a'; got 3", () => HandMade.Written([Writes(3)]));
        Refused("expected 4 bytes written for tensor 'a'; got 5 or more", () => HandMade.Written([Writes(5)]));

        static TensorData Writes(int count) => new("a", SafetensorsType.F32, [1], stream => stream.Write(new byte[count]));
    }

    [Fact]
    public void Values_that_do_not_fit_the_shape_are_refused()
    {
        Refused("expected 24 bytes for tensor 'a' of shape (2, 3); got 20", () => TensorData.OfFloats("a", [2, 3], new float[5]));
        Refused("fewer than 2^63 bytes for tensor 'a'; got (-1)", () => TensorData.OfFloats("a", [-1], new float[1]));
        Refused("fewer than 2^63 bytes for tensor 'a'", () => TensorData.OfFloats("a", [1L << 40, 1L << 40], new float[1]));
    }

    [Fact]
    public void A_name_that_stands_twice_or_is_reserved_is_refused()
    {
        var a = TensorData.OfFloats("a", [0], ReadOnlyMemory<float>.Empty);
        Refused("expected each name once, and none of them __metadata__; got 'a' again", () => HandMade.Written([a, a]));
        var reserved = TensorData.OfFloats("__metadata__", [0], ReadOnlyMemory<float>.Empty);
        Refused("none of them __metadata__; got '__metadata__' again", () => HandMade.Written([reserved]));
        Refused(
            "expected metadata without 'sha256'",
            () => HandMade.Written([a], new Dictionary<string, string> { ["sha256"] = "x" }, digest: true));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused_in_names_and_metadata()
    {
        Refused(
            "half a surrogate pair in 'x\\ud800'",
            () => HandMade.Written([TensorData.OfFloats("x\ud800", [0], ReadOnlyMemory<float>.Empty)]));
        Refused(
            "half a surrogate pair in '\\udc00'",
            () => HandMade.Written([], new Dictionary<string, string> { ["k"] = "\udc00" }));
        Refused(
            "half a surrogate pair in '\\udc00'",
            () => HandMade.Written([], new Dictionary<string, string> { ["\udc00"] = "v" }));
    }

    [Fact]
    public void A_header_of_more_than_a_hundred_million_bytes_is_refused_before_anything_is_written()
    {
        using var stream = new MemoryStream();
        var metadata = new Dictionary<string, string> { ["k"] = new('x', 100_000_000) };
        Refused("expected a header of at most 100000000 bytes; got 1000000", () => SafetensorsWriter.Write(stream, [], metadata));
        Assert.Equal(0, stream.Length);
    }

    [Fact]
    public void A_digest_is_accepted_as_written_and_refused_after_any_single_changed_byte()
    {
        var file = HandMade.Written(
            [HandMade.Floats("a", [3], 1f, 2f, 3f)], new Dictionary<string, string> { ["step"] = "17" }, digest: true);
        using (var whole = HandMade.Open(file))
        {
            whole.VerifyDigest();
            Assert.Equal("17", whole.Metadata["step"]);
        }

        for (var i = 0; i < file.Length; i++)
        {
            file[i] ^= 1;
            Assert.Throws<SafetensorsException>(() => HandMade.Open(file).VerifyDigest());
            file[i] ^= 1;
        }
    }

    [Fact]
    public void A_file_without_a_digest_does_not_verify() => Assert.Contains(
        "expected a checksum of 64 digits as metadata 'sha256'; got none",
        Assert.Throws<SafetensorsException>(() => HandMade.Open(HandMade.Written([])).VerifyDigest()).Message,
        StringComparison.Ordinal);

    [Fact]
    public void The_hash_of_tensors_depends_on_them_alone()
    {
        var a = HandMade.Floats("a", [2], 1f, 2f);
        var b = HandMade.Ints("b", [1], 3);
        var hash = Hash([a, b]);
        Assert.Equal(hash, HandMade.Open(
            HandMade.Written([b, a], new Dictionary<string, string> { ["k"] = "v" }, digest: true)).HashTensors());
        Assert.Equal(Hash([a]), HandMade.Open(HandMade.Written([a, b])).HashTensors(entry => entry.Name == "a"));
        Assert.NotEqual(hash, Hash([a]));
        Assert.NotEqual(hash, Hash([HandMade.Floats("c", [2], 1f, 2f), b]));
        Assert.NotEqual(hash, Hash([HandMade.Floats("a", [2, 1], 1f, 2f), b]));
        Assert.NotEqual(hash, Hash([HandMade.Floats("a", [2], 1f, 4f), b]));

        static byte[] Hash(TensorData[] tensors) => HandMade.Open(HandMade.Written(tensors)).HashTensors();
    }

    [GeneratedRegex("\"([^\"]*)\":\\{\"dtype\"")]
    private static partial Regex Names();

    private static void Refused(string message, Action action)
    {
        var exception = Assert.Throws<SafetensorsException>(action);
        Assert.StartsWith("safetensors: expected ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }
}
