using System.Text;
using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Models.Safetensors;

/// <summary>
/// Random files come back as they were written; random damage ends in a <see cref="SafetensorsException"/> or in a valid file.
/// </summary>
public sealed class SafetensorsFuzzTests
{
    private static readonly string[] HostileTexts =
    [
        "0", "-1", "1e9", "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616",
        "[4294967296,4294967296]", "null", "{}", "[]", "\"\"", "\"\\ud800\"", "\"__metadata__\":{},", "\"F64\"", "\"U8\"",
        "{", "}", "]", ",", "\\", "\0", "\uFEFF",
    ];

    [Property(AtLeast = 200)]
    public Property Every_file_comes_back_as_it_was_written() => Drawn.ForAll(Contents, content =>
    {
        var bytes = HandMade.Written(content.Tensors, content.Metadata, digest: true);
        using var file = HandMade.Open(bytes);
        file.VerifyDigest();
        Assert.Equal(content.Tensors.Length, file.Entries.Length);
        Assert.Equal(
            content.Metadata.Append(new("sha256", file.Metadata["sha256"])).OrderBy(pair => pair.Key),
            file.Metadata.OrderBy(pair => pair.Key));
        foreach (var tensor in content.Tensors)
        {
            var entry = file.Find(tensor.Name)!;
            Assert.Equal((tensor.Type, tensor.ByteLength), (entry.Type, entry.ByteLength));
            Assert.Equal(tensor.Shape, entry.Shape);
            using var expected = new MemoryStream();
            tensor.Write(expected);
            var actual = new byte[entry.ByteLength];
            file.ReadBytes(tensor.Name, 0, actual);
            Assert.Equal(expected.ToArray(), actual);
        }

        Assert.Equal(bytes, HandMade.Written(Reread(file), content.Metadata, digest: true));
    });

    [Property(AtLeast = 5000)]
    public Property Damage_ends_in_an_error_or_in_a_file_that_reads_and_costs_no_more_memory_than_its_size_allows() =>
        Drawn.ForAll(Damaged, bytes =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            SafetensorsFile? file = null;
            try
            {
                file = HandMade.Open(bytes);
            }
            catch (SafetensorsException exception)
            {
                Assert.DoesNotContain('\n', exception.Message);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (20 * bytes.Length) + 65536);
            foreach (var entry in file?.Entries ?? [])
            {
                Assert.InRange(entry.ByteLength, 0, bytes.Length);
                file!.ReadBytes(entry.Name, 0, new byte[entry.ByteLength]);
            }
        });

    [Fact]
    public void A_header_of_many_small_parts_costs_a_small_multiple_of_its_length()
    {
        Bounded("{" + string.Join(',', Enumerable.Range(0, 20_000).Select(i => $$"""
            "{{i}}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}
            """)) + "}");
        var ones = string.Concat(Enumerable.Repeat(",1", 500_000));
        Bounded("""{"a":{"dtype":"U8","data_offsets":[0,0],"shape":[0""" + ones + "]}}");
        Bounded("""{"__metadata__":{""" + string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"\"{i}\":\"\"")) + "}}");

        static void Bounded(string json)
        {
            var bytes = HandMade.Of(json, 0);
            var before = GC.GetAllocatedBytesForCurrentThread();
            HandMade.Open(bytes).Dispose();
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, bytes.Length, 20L * bytes.Length);
        }
    }

    private static Gen<string> Texts(Choices draw) =>
        from length in draw.Between(0, 30)
        from points in draw.Between(0, 0x17ff).ArrayOf(length)
        select string.Concat(
            points.Select(point => char.ConvertFromUtf32(point < 0x1700 ? point : 0x1f600 + point - 0x1700)));

    private static Gen<TensorData> Tensors(Choices draw) =>
        from name in Texts(draw)
        from type in Gen.Elements(Enum.GetValues<SafetensorsType>())
        from rank in draw.Between(0, 5)
        from shape in draw.Between(0, 4).Select(length => (long)length).ArrayOf(rank)
        let length = (int)shape.Aggregate(1L, (product, axis) => product * axis) * type.ByteSize()
        from bytes in Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(length)
        select TensorData.OfBytes(name, type, shape, bytes);

    private static Gen<Content> Contents(Choices draw) =>
        from count in draw.Between(0, 12)
        from tensors in Tensors(draw).ArrayOf(count)
        from keyCount in draw.Between(0, 12)
        from keys in Texts(draw).ArrayOf(keyCount)
        from values in Texts(draw).ArrayOf(keyCount)
        select new Content(
            [.. tensors.DistinctBy(tensor => tensor.Name)],
            keys.Zip(values).Where(pair => pair.First != "sha256").DistinctBy(pair => pair.First).ToDictionary());

    private static Gen<byte[]> Damaged(Choices draw)
    {
        var places = Gen.Choose(0, int.MaxValue);
        var flip =
            from at in places
            from value in Gen.Choose(0, 255)
            select Damage(bytes => Replace(bytes, at, 1, [(byte)value]));
        var cut =
            from at in places
            select Damage(bytes => bytes[..(at % (bytes.Length + 1))]);
        var remove =
            from at in places
            from length in draw.Between(1, 20)
            select Damage(bytes => Replace(bytes, at, length, []));
        var insert =
            from at in places
            from text in Gen.Elements(HostileTexts)
            from length in draw.Between(0, 6)
            select Damage(bytes => Replace(bytes, at, length, Encoding.UTF8.GetBytes(text)));
        var number =
            from which in places
            from text in Gen.Elements(HostileTexts)
            select Damage(bytes => ReplaceNumber(bytes, which, text));
        var prefix =
            from value in Gen.Elements<ulong>(0, 1, 7, 100_000_000, 100_000_001, 1UL << 63, ulong.MaxValue)
            select Damage(bytes => bytes.Length < 8 ? bytes : [.. BitConverter.GetBytes(value), .. bytes[8..]]);
        return from content in Contents(draw)
               from count in draw.Between(1, 4)
               from damages in Gen.OneOf(flip, cut, remove, insert, number, number, prefix).ArrayOf(count)
               from mendPrefix in draw.Flag()
               let whole = HandMade.Written(content.Tensors, content.Metadata, digest: true)
               let bytes = damages.Aggregate(whole, (file, damage) => damage(file))
               select mendPrefix ? MendPrefix(bytes) : bytes;

        static Func<byte[], byte[]> Damage(Func<byte[], byte[]> damage) => damage;
    }

    private static byte[] Replace(byte[] bytes, int at, int length, byte[] by)
    {
        var start = at % (bytes.Length + 1);
        return [.. bytes[..start], .. by, .. bytes[Math.Min(bytes.Length, start + length)..]];
    }

    /// <summary>Puts text in the place of one of the numbers of the header.</summary>
    private static byte[] ReplaceNumber(byte[] bytes, int which, string text)
    {
        var starts = Enumerable.Range(1, Math.Max(0, bytes.Length - 1))
            .Where(i => char.IsAsciiDigit((char)bytes[i]) && bytes[i - 1] is (byte)'[' or (byte)',').ToList();
        if (starts.Count == 0)
        {
            return bytes;
        }

        var start = starts[which % starts.Count];
        var length = bytes.Skip(start).TakeWhile(value => char.IsAsciiDigit((char)value)).Count();
        return Replace(bytes, start, length, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Lets the length prefix reach to the last brace, so that damage behind it is looked at too.</summary>
    private static byte[] MendPrefix(byte[] bytes)
    {
        var end = Array.LastIndexOf(bytes, (byte)'}') + 1;
        return end <= 8 ? bytes : [.. BitConverter.GetBytes((ulong)(end - 8)), .. bytes[8..]];
    }

    private static IEnumerable<TensorData> Reread(SafetensorsFile file) => file.Entries.Select(entry =>
    {
        var bytes = new byte[entry.ByteLength];
        file.ReadBytes(entry.Name, 0, bytes);
        return TensorData.OfBytes(entry.Name, entry.Type, entry.Shape, bytes);
    });

    private sealed record Content(TensorData[] Tensors, Dictionary<string, string> Metadata)
    {
        public override string ToString() =>
            $"{string.Join(", ", Tensors.Select(tensor => $"'{tensor.Name}' {tensor.Type} ({Lengths(tensor)})"))}; "
            + $"metadata {string.Join(", ", Metadata.Select(pair => $"'{pair.Key}' '{pair.Value}'"))}";

        private static string Lengths(TensorData tensor) => string.Join(", ", tensor.Shape);
    }
}
