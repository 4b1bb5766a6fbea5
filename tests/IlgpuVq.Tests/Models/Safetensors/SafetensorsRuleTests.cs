using IlgpuVq.Models.Safetensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Safetensors;

/// <summary>One hand-built file for each rule of the format: what must be refused, and what must not.</summary>
public sealed class SafetensorsRuleTests
{
    [Theory]
    [InlineData("", "expected a header in JSON; got an error at header byte 0")]
    [InlineData("   ", "expected a header in JSON; got an error at header byte")]
    [InlineData("[]", "expected a JSON object as header; got an array")]
    [InlineData("null", "expected a JSON object as header; got null")]
    [InlineData("{", "expected a header in JSON; got an error at header byte 1")]
    [InlineData("{} x", "expected a header in JSON; got an error at header byte 3")]
    [InlineData("{}\0", "expected a header in JSON; got an error at header byte 2")]
    [InlineData("{} // remark", "expected a header in JSON; got an error")]
    [InlineData("""{"a":1}""", "expected an object for tensor 'a'; got 1")]
    [InlineData("""{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},}""",
        "expected a header in JSON; got an error at header byte")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}""",
        "expected names of whole Unicode characters; got half a surrogate pair")]
    public void A_header_that_is_no_json_object_is_refused(string json, string message) => Refused(HandMade.Of(json, 1), message);

    [Theory]
    [InlineData("""{"a":{"shape":[],"data_offsets":[0,1]}}""", "expected a dtype for tensor 'a'; got none")]
    [InlineData("""{"a":{"dtype":"U8","data_offsets":[0,1]}}""", "expected a shape for tensor 'a'; got none")]
    [InlineData("""{"a":{"dtype":"U8","shape":[]}}""", "expected data_offsets for tensor 'a'; got none")]
    [InlineData("""{"a":{"dtype":"F31","shape":[],"data_offsets":[0,1]}}""", "got 'F31'")]
    [InlineData("""{"a":{"dtype":"u8","shape":[],"data_offsets":[0,1]}}""", "expected a known dtype for tensor 'a' (BOOL U8 I8 ")]
    [InlineData("""{"a":{"dtype":"1","shape":[],"data_offsets":[0,1]}}""", "got '1'")]
    [InlineData("""{"a":{"dtype":7,"shape":[],"data_offsets":[0,1]}}""", "expected a string as dtype of tensor 'a'; got 7")]
    [InlineData("""{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}""",
        "expected an array of whole numbers as the shape of tensor 'a'; got 1")]
    [InlineData("""{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}""", "in the shape of tensor 'a'; got the string '1'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", "in the shape of tensor 'a'; got -1")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}""", "in the shape of tensor 'a'; got -0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}""", "in the shape of tensor 'a'; got 1.0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}""", "in the shape of tensor 'a'; got 1e0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}}""", "in the shape of tensor 'a'; got an array")]
    [InlineData("""{"a":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,1]}}""",
        "in the shape of tensor 'a'; got 18446744073709551616")]
    [InlineData("""{"a":{"dtype":"U8","shape":[],"data_offsets":[0]}}""", "expected two data_offsets for tensor 'a'; got 1")]
    [InlineData("""{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1,1]}}""", "expected two data_offsets for tensor 'a'; got 3")]
    [InlineData("""{"a":{"dtype":"U8","shape":[],"data_offsets":[0,null]}}""", "in the data_offsets of tensor 'a'; got null")]
    public void A_tensor_whose_fields_are_not_what_they_must_be_is_refused(string json, string message) =>
        Refused(HandMade.Of(json, 1), message);

    [Theory]
    [InlineData("""{"__metadata__":[]}""", "expected an object of strings as __metadata__; got an array")]
    [InlineData("""{"__metadata__":null}""", "expected an object of strings as __metadata__; got null")]
    [InlineData("""{"__metadata__":{"a":1}}""", "expected a string as __metadata__ value 'a'; got 1")]
    [InlineData("""{"__metadata__":{"a":{}}}""", "expected a string as __metadata__ value 'a'; got an object")]
    [InlineData("""{"__metadata__":{"a":null}}""", "expected a string as __metadata__ value 'a'; got null")]
    public void Metadata_other_than_strings_is_refused(string json, string message) => Refused(HandMade.Of(json, 0), message);

    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}""",
        "each key of the header once; got 'a' twice")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}""",
        "each key of the header once; got 'a' twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", "each key of the header once; got '__metadata__' twice")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"}}""", "each key of __metadata__ once; got 'k' twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"dtype":"I8"}}""",
        "each key of tensor 'a' once; got 'dtype' twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"x":1,"x":2}}""",
        "each key of tensor 'a' once; got 'x' twice")]
    public void A_key_that_stands_twice_is_refused(string json, string message) => Refused(HandMade.Of(json, 1), message);

    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2,
        "tensor 'a' U8 (1) to begin at byte 0 of the data")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""",
        3, "tensor 'b' U8 (1) to begin at byte 1")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""",
        3, "tensor 'b' U8 (2) to begin at byte 2")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""",
        2, "to begin at byte 2")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}""",
        1, "and end behind it; got data_offsets [1, 0]")]
    public void Tensors_with_holes_or_overlaps_are_refused(string json, int dataLength, string message) =>
        Refused(HandMade.Of(json, dataLength), message);

    [Theory]
    [InlineData("[2,3]", "F32", 23, "expected 24 bytes for tensor 'a' F32 (2, 3); got 23 bytes in data_offsets [0, 23]")]
    [InlineData("[2,3]", "F32", 25, "expected 24 bytes for tensor 'a' F32 (2, 3); got 25 bytes")]
    [InlineData("[]", "F64", 4, "expected 8 bytes for tensor 'a' F64 (); got 4 bytes")]
    [InlineData("[0]", "U8", 1, "expected 0 bytes for tensor 'a' U8 (0); got 1 bytes")]
    [InlineData("[9223372036854775807,3]", "U8", 1,
        "fewer than 2^64 bits in tensor 'a' U8 (9223372036854775807, 3); got a product of dimensions that overflows")]
    [InlineData("[4294967296,4294967296]", "U8", 0, "got a product of dimensions that overflows")]
    [InlineData("[4294967296,4294967296,0]", "U8", 0, "got a product of dimensions that overflows")]
    [InlineData("[2305843009213693952]", "U8", 0, "got a product of dimensions that overflows")]
    [InlineData("[288230376151711744]", "F64", 0, "got a product of dimensions that overflows")]
    [InlineData("[288230376151711743]", "F64", 0, "expected 2305843009213693944 bytes for tensor 'a'")]
    public void A_length_other_than_the_shapes_product_is_refused(string shape, string type, int end, string message) =>
        Refused(
            HandMade.Of($$$"""{"a":{"dtype":"{{{type}}}","shape":{{{shape}}},"data_offsets":[0,{{{end}}}]}}""", end), message);

    [Theory]
    [InlineData(3, "expected 4 bytes of tensors behind the header; got 3 bytes")]
    [InlineData(5, "expected 4 bytes of tensors behind the header; got 5 bytes")]
    public void Data_that_is_cut_short_or_too_long_is_refused(int dataLength, string message) =>
        Refused(HandMade.Of("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", dataLength), message);

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_file_of_fewer_than_eight_bytes_is_refused(int length) =>
        Refused(new byte[length], $"expected at least 8 bytes; got {length}");

    [Theory]
    [InlineData(100_000_001)]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    public void A_header_of_more_than_a_hundred_million_bytes_is_refused(ulong length) => Refused(
        HandMade.OfPrefix(length, "{}"u8.ToArray()),
        $"expected a safetensors file, with a header of at most 100000000 bytes; got {length}");

    [Fact]
    public void A_header_longer_than_the_file_is_refused_before_it_is_read()
    {
        var file = HandMade.OfPrefix(100_000_000, "{}"u8.ToArray());
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused(file, "expected a file of at least 8 + 100000000 bytes, as its header says; got 10");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void A_header_that_is_not_utf8_is_refused()
    {
        byte[] json = [.. """{"__metadata__":{"a":"?"}}"""u8];
        json[Array.IndexOf(json, (byte)'?')] = 0xff;
        Refused(HandMade.Of(json, 0), "expected a header in UTF-8; got bytes that are not UTF-8");
    }

    [Fact]
    public void White_space_around_the_header_is_accepted()
    {
        using var file = HandMade.Open(
            HandMade.Of("\r\n\t {\"a\": {\"dtype\": \"U8\",\n \"shape\": [ 1 ], \"data_offsets\": [0, 1]} }  \n", 1));
        Assert.Equal("a", Assert.Single(file.Entries).Name);
    }

    [Fact]
    public void A_file_without_tensors_is_accepted()
    {
        using var file = HandMade.Open(HandMade.Of("{}", 0));
        Assert.Empty(file.Entries);
        Assert.Empty(file.Metadata);
    }

    [Fact]
    public void Scalars_and_tensors_without_elements_are_accepted_in_any_order_of_the_header()
    {
        using var file = HandMade.Open(HandMade.Of(
            """
            {"tail":{"dtype":"I8","shape":[3,0],"data_offsets":[4,4]},"scalar":{"data_offsets":[0,4],"shape":[],"dtype":"F32"},
            "head":{"dtype":"F64","shape":[0,9223372036854775807],"data_offsets":[0,0]}}
            """,
            4));
        Assert.Equal(["head", "scalar", "tail"], file.Entries.Select(entry => entry.Name));
        Assert.Equal([0L, 1, 0], file.Entries.Select(entry => entry.Count));
        Assert.Equal([3L, 0], file.Find("tail")!.Shape);
        Assert.Empty(file.Find("scalar")!.Shape);
    }

    [Fact]
    public void Unknown_fields_of_a_tensor_are_passed_over()
    {
        using var file = HandMade.Open(
            HandMade.Of("""{"a":{"later":{"x":[1,{}]},"dtype":"U8","shape":[1],"data_offsets":[0,1],"too":null}}""", 1));
        Assert.Equal(1, Assert.Single(file.Entries).ByteLength);
    }

    [Fact]
    public void Deep_nesting_is_refused() =>
        Refused(
            HandMade.Of("{\"a\":{\"x\":" + new string('[', 10_000) + new string(']', 10_000) + "}}", 0),
            "expected a header in JSON");

    [Fact]
    public void A_name_with_line_breaks_or_of_great_length_leaves_the_message_one_short_line()
    {
        var message = Refused(
            HandMade.Of("{\"a\\nb" + new string('x', 10_000) + "\":1}", 0), "expected an object for tensor 'a\\u000abxxx");
        Assert.InRange(message.Length, 0, 300);
    }

    [Theory]
    [InlineData("BOOL", 1)]
    [InlineData("U8", 1)]
    [InlineData("I8", 1)]
    [InlineData("F8_E4M3", 1)]
    [InlineData("F8_E5M2", 1)]
    [InlineData("F8_E8M0", 1)]
    [InlineData("F8_E4M3FNUZ", 1)]
    [InlineData("F8_E5M2FNUZ", 1)]
    [InlineData("F16", 2)]
    [InlineData("BF16", 2)]
    [InlineData("I16", 2)]
    [InlineData("U16", 2)]
    [InlineData("F32", 4)]
    [InlineData("I32", 4)]
    [InlineData("U32", 4)]
    [InlineData("F64", 8)]
    [InlineData("I64", 8)]
    [InlineData("U64", 8)]
    public void Every_type_of_the_format_has_its_size(string type, int size)
    {
        using var file = HandMade.Open(
            HandMade.Of($$$"""{"a":{"dtype":"{{{type}}}","shape":[3],"data_offsets":[0,{{{3 * size}}}]}}""", 3 * size));
        Assert.Equal(type, Assert.Single(file.Entries).Type.ToString());
        Assert.Equal(3, file.Entries[0].Count);
    }

    private static string Refused(byte[] file, string message)
    {
        var exception = Assert.Throws<SafetensorsException>(() => HandMade.Open(file));
        Assert.StartsWith("test.safetensors: expected ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        return exception.Message;
    }
}
