using System.Diagnostics;
using IlgpuVq.Models.Torch;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Torch;

/// <summary>Checkpoints made to do harm: each is refused by one line, in time, and without much memory.</summary>
public sealed class TorchRefusalTests
{
    private const string NotAmong = ", which is not among what a checkpoint may hold. Nothing of the file was executed.";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("os", "popen")]
    [InlineData("torch", "load")]
    [InlineData("torch.nn.modules.conv", "Conv2d")]
    [InlineData("__main__", "Model")]
    public void A_call_is_refused_by_its_name(string module, string name)
    {
        var called = new PickleBuilder().Global(module, name).Put("(").Text("touch /tmp/x").Put("tR.").ToArray();
        var among = PickleBuilder.Dictionary(pickle => pickle.Text("x").Global(module, name).Put("(").Text("id").Put("tR"));
        byte[] byStack = [0x80, 4, 0x8C, (byte)module.Length, .. module.Select(letter => (byte)letter),
            0x8C, (byte)name.Length, .. name.Select(letter => (byte)letter), 0x93, .. ")R."u8];
        foreach (var pickle in new[] { called, among, byStack })
        {
            Refused($"got '{module}.{name}'{NotAmong}", ZipBuilder.Checkpoint(pickle));
            Refused($"got '{module}.{name}'{NotAmong}", Older(pickle));
        }
    }

    [Fact]
    public void Instructions_that_checkpoints_do_not_need_are_refused()
    {
        Refused("got 'i' before byte", Pickle("(iposix\nsystem\n."));
        Refused("got 'P' before byte", Pickle("P1\n."));
        Refused("got 0x81 before byte",
            new PickleBuilder().Global("collections", "OrderedDict").Put(")").Put([0x81]).Put(".").ToArray());
        Refused("got 0x82 before byte", new PickleBuilder().Put([0x82, 1]).ToArray());
        Refused("expected a dictionary; got a tensor", new PickleBuilder().Tensor("0", 4, [4], [1]).Put("}b.").ToArray());
        Refused("expected a class or function; got the text 'x'", new PickleBuilder().Text("x").Put(")R.").ToArray());
        Refused("expected the class, key, device and length of a storage; got the text 'module'",
            new PickleBuilder().Put("(").Text("module").Put("tQ.").ToArray());
        Refused("expected the arguments of torch._utils._rebuild_tensor_v2; got none",
            new PickleBuilder().Global("torch._utils", "_rebuild_tensor_v2").Put(")R.").ToArray());
        Refused("expected a pickle of protocol 2 to 5; got 9", [0x80, 9, (byte)'N', (byte)'.']);
        Refused("expected a value on the stack; got none", Pickle("a."));
        Refused("expected a mark on the stack; got none", Pickle("t."));
        Refused("expected one value at the end of the pickle; got 2", Pickle("NN."));
        Refused("expected keys and values in pairs; got 1 of them", Pickle("}(Nu."));
        Refused("expected a value that was remembered; got number 7", Pickle("h\a."));
        Refused("expected a pickle with an end; got the end of the file", Pickle("}"));
    }

    [Theory]
    [InlineData(new long[] { 1L << 62, 1L << 62 }, new long[] { 0, 0 }, 0L, "more than 2^63 elements")]
    [InlineData(new long[] { 1L << 40 }, new long[] { 0 }, 0L, "1099511627776 elements, the same ones again and again")]
    [InlineData(new long[] { 1L << 40 }, new long[] { 1 }, 0L, "elements up to 1099511627775")]
    [InlineData(new long[] { 2, 3 }, new long[] { 3, 1 }, 0L, "elements up to 5")]
    [InlineData(new long[] { 4 }, new long[] { 1 }, 1L, "elements up to 4")]
    [InlineData(new long[] { 4 }, new long[] { -1 }, 3L, "a negative dimension or stride")]
    [InlineData(new long[] { -4 }, new long[] { 1 }, 0L, "a negative dimension or stride")]
    [InlineData(new long[] { 2 }, new long[] { long.MaxValue }, 1L, "more than 2^63 elements")]
    [InlineData(new long[] { 2, 2 }, new long[] { 1 }, 0L, "2 dimensions and 1 strides")]
    [InlineData(new long[] { 0 }, new long[] { 1 }, 9L, "elements up to 9")]
    [InlineData(new long[] { 1 }, new long[] { 1 }, -1L, "elements up to -1")]
    public void A_tensor_reaches_no_further_than_its_storage(long[] shape, long[] strides, long offset, string found) =>
        Refused(
            $"expected a tensor within storage '0' of 4 elements; got {found}",
            new PickleBuilder().Put("}(").Text("w").Tensor("0", 4, shape, strides, offset).Put("u.").ToArray());

    [Fact]
    public void Lengths_are_compared_with_what_there_is()
    {
        var huge = BitConverter.GetBytes(ulong.MaxValue);
        Refused("bytes of a value at byte", new PickleBuilder().Put([0x8D]).Put(huge).Put("x.").ToArray());
        Refused("bytes of a value at byte", new PickleBuilder().Put([0x8E]).Put(huge).Put("x.").ToArray());
        Refused("bytes of a value at byte", new PickleBuilder().Put("X").Put(huge[..4]).Put("x.").ToArray());
        Refused("expected whole numbers of at most 64 bytes; got 4294967295",
            new PickleBuilder().Put([0x8B]).Put(huge[..4]).Put("x.").ToArray());
        Refused("expected a name of at most 256 letters", Pickle("c" + new string('a', 1000) + "\nb\n."));
        Refused("expected 16 bytes of storage '0'; got 4",
            new ZipBuilder().Add("a/data.pkl", PickleBuilder.Dictionary()).Add("a/data/0", [1, 2, 3, 4]).Build());
        Refused("expected a file for storage '0'; got none of that name",
            new ZipBuilder().Add("a/data.pkl", PickleBuilder.Dictionary()).Build());
        Refused("expected a storage '0' of fewer than 2^63 bytes; got 9223372036854775807 elements",
            new PickleBuilder().Storage("0", long.MaxValue).Put(".").ToArray());
        Refused("expected storage '0' to be 4 of F32 each time; got 2 of F64",
            PickleBuilder.Dictionary(pickle => pickle.Text("v").Tensor("0", 2, [2], [1], type: "DoubleStorage")));
        Refused("expected whole numbers of 64 bits in a shape; got the text '2'",
            new PickleBuilder().Global("torch._utils", "_rebuild_tensor_v2").Put("(").Storage("0", 4).Number(0).Put("(").Text("2")
                .Put("t)").Put([0x89]).Put("}tR.").ToArray());
        Refused("expected at most 64 dimensions of a tensor; got 65", new PickleBuilder()
            .Tensor("0", 4, new long[65], new long[65]).Put(".").ToArray());
    }

    [Fact]
    public void Bombs_are_stopped()
    {
        // A list that holds itself, one a million deep, lists of a list of a list …, each twice, and instructions without end.
        Refused("expected at most 2097152 values in containers at most 32 deep; got more", Pickle("]q\0h\0a."));
        Refused("expected at most 2097152 values in containers at most 32 deep; got more",
            Pickle(new string(']', 1_000_000) + new string('a', 999_999) + "."));
        var doubled = new PickleBuilder().Put("]");
        for (byte i = 0; i < 31; i++)
        {
            doubled.Put([(byte)'q', i]).Put("0](").Put([(byte)'h', i, (byte)'h', i]).Put("e");
        }

        Refused("expected at most 2097152 values in containers at most 32 deep; got more", doubled.Put(".").ToArray());
        Refused("expected at most 4194304 instructions in a pickle; got more", Pickle(new string('}', 5_000_000)));
        Refused("expected at most 4194304 instructions in a pickle; got more",
            Pickle("]" + string.Concat(Enumerable.Repeat("q\0", 5_000_000))));

        // A list of a million pairs becomes a dictionary, again and again.
        var pairs = new PickleBuilder().Put("](").Put("))").Put([0x86]);
        pairs.Put([(byte)'q', 1]);
        for (var i = 0; i < 1_000_000; i++)
        {
            pairs.Put([(byte)'h', 1]);
        }

        pairs.Put("e").Put([(byte)'q', 0]);
        for (var i = 0; i < 1000; i++)
        {
            pairs.Global("collections", "OrderedDict").Put([(byte)'h', 0, 0x85, (byte)'R']);
        }

        Refused("expected at most 4194304 pairs in dictionaries; got the same ones again and again", pairs.Put(".").ToArray());

        // Names of names of names, each a thousand letters.
        Refused("expected names of fewer than 1024 letters", new PickleBuilder().Put("}(").Text(new string('a', 600)).Put("}(")
            .Text(new string('b', 600)).Tensor("0", 4, [4], [1]).Put("uu.").ToArray());
    }

    [Fact]
    public void What_is_no_dictionary_of_tensors_is_refused()
    {
        Refused("expected tensors under names, as in a state dictionary; got a single tensor. Save model.state_dict().",
            new PickleBuilder().Tensor("0", 4, [4], [1]).Put(".").ToArray());
        Refused("got a dictionary without any. Save model.state_dict().", Pickle("}."));
        Refused("expected each tensor under a name of its own; got 'w' twice",
            PickleBuilder.Dictionary(pickle => pickle.Text("w").Tensor("0", 4, [4], [1])));
        Refused("expected each tensor under a name of its own; got 'a.b' twice", new PickleBuilder().Put("}(")
            .Text("a.b").Tensor("0", 4, [4], [1]).Text("a").Put("}").Text("b").Tensor("0", 4, [4], [1]).Put("su.").ToArray());
        Refused("expected tensors under text or whole numbers; got none as a key",
            PickleBuilder.Dictionary(pickle => pickle.Put("N").Tensor("0", 4, [4], [1])));
    }

    [Fact]
    public void Archives_are_refused_that_PyTorch_would_not_write()
    {
        var pickle = PickleBuilder.Dictionary();
        var numbers = ZipBuilder.Floats(1, 2, 3, 4);
        foreach (var name in new[] { "../evil", "/etc/passwd", "a/../../evil", "C:evil", "a\\b", "a//b", "./a", "a\nb" })
        {
            Refused("expected paths within the archive; got '", ZipBuilder.Checkpoint(pickle, (name, [1])));
        }

        Refused("got 'a/data.pkl' encrypted", new ZipBuilder().Add("a/data.pkl", pickle, flags: 1).Build());
        Refused("got 'a/data.pkl' compressed by method 8", new ZipBuilder().Add("a/data.pkl", pickle, method: 8).Build());
        Refused("expected one data.pkl in the archive's folder; got 2", ZipBuilder.Checkpoint(pickle, ("b/data.pkl", pickle)));
        Refused("expected one data.pkl in the archive's folder; got 0", new ZipBuilder().Add("a/b", [1]).Build());
        Refused("expected each file of the archive once; got 'archive/data/0' twice",
            ZipBuilder.Checkpoint(pickle, ("archive/data/0", numbers)));
        Refused("expected 'a/data/1' at byte", new ZipBuilder().Add("a/data.pkl", pickle)
            .Add("a/data/1", numbers, localName: "a/data/0").Build());
        Refused("expected files one behind the other; got 'a/data/0' within 'a/data.pkl'", new ZipBuilder()
            .Add("a/data.pkl", pickle, length: (uint)pickle.Length + 50).Add("a/data/0", numbers).Build());
        Refused("expected 'a/data/0' of 4294967280 bytes", new ZipBuilder().Add("a/data.pkl", pickle)
            .Add("a/data/0", numbers, length: 0xFFFFFFF0).Build());
        Refused("expected 'a/data/0' before the directory", new ZipBuilder().Add("a/data.pkl", pickle)
            .Add("a/data/0", numbers, offset: 0x7FFFFFFF).Build());
        Refused("expected a checkpoint; got a program of TorchScript",
            ZipBuilder.Checkpoint(pickle, ("archive/constants.pkl", pickle)));
        Refused("expected the order of bytes little or big; got 'middle'",
            ZipBuilder.Checkpoint(pickle, ("archive/byteorder", "middle"u8.ToArray())));
        Refused("expected a PyTorch checkpoint, which begins with PK or a pickle; got an empty file", []);
        Refused("got the bytes 7b22", "{\"a\": 1}"u8.ToArray());
    }

    [Fact]
    public void Every_beginning_of_a_checkpoint_is_refused()
    {
        byte[][] wholes = [ZipBuilder.Checkpoint(PickleBuilder.Dictionary()), TorchGoldens.Checkpoint("zalando", "nested")];
        foreach (var whole in wholes)
        {
            for (var length = 0; length < whole.Length; length += 1 + (length / 100))
            {
                Refused("", whole[..length]);
            }
        }
    }

    [Fact]
    public void The_older_form_is_as_strict()
    {
        Refused("expected a PyTorch checkpoint; got another pickle. Save it with torch.save", Pickle("N."), isWhole: true);
        var whole = Older(PickleBuilder.Dictionary());
        using (var file = TorchReadTests.Open(whole))
        {
            var numbers = new float[4];
            file.ReadFloats("w", numbers);
            Assert.Equal([1f, 2, 3, 4], numbers);
        }

        Refused("expected 4 elements of storage '0'; got 5", Older(PickleBuilder.Dictionary(), count: 5));
        Refused("expected 16 bytes of storage '0' behind byte", whole[..^1]);
        Refused("expected storages of the object, each once; got the text '7'", Older(PickleBuilder.Dictionary(), "7"));
        Refused("expected storages of the object, each once; got the text '0'", Older(PickleBuilder.Dictionary(), "0", "0"));
        Refused("expected the numbers of storage '0'; got none", Older(PickleBuilder.Dictionary(), 4, []));
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("none.pt");
        Assert.Equal(
            $"{path}: expected a PyTorch checkpoint; got no file of that name. Check the path.",
            Assert.Throws<TorchException>(() => TorchFile.Open(path)).Message);
        Assert.StartsWith(
            $"{folder.Path}: expected a PyTorch checkpoint that can be read; got a folder.",
            Assert.Throws<TorchException>(() => TorchFile.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    /// <summary>A file of the older form, with the numbers 1 to 4 for each storage that its list names.</summary>
    internal static byte[] Older(byte[] pickle, params string[] keys) => Older(pickle, 4, keys.Length > 0 ? keys : ["0"]);

    private static byte[] Older(byte[] pickle, long count) => Older(pickle, count, ["0"]);

    private static byte[] Older(byte[] pickle, long count, string[] keys)
    {
        var list = new PickleBuilder().Put("](");
        foreach (var key in keys)
        {
            list.Text(key);
        }

        return
        [
            .. new PickleBuilder().Put([0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]).Put(".").ToArray(),
            .. new PickleBuilder().Put([(byte)'M', 0xE9, 3]).Put(".").ToArray(),
            .. new PickleBuilder().Put("}").Text("little_endian").Put([0x88]).Put("s.").ToArray(),
            .. pickle, .. list.Put("e.").ToArray(),
            .. keys.SelectMany(_ => (byte[])[.. BitConverter.GetBytes(count), .. ZipBuilder.Floats(1, 2, 3, 4)]),
        ];
    }

    private static byte[] Pickle(string instructions) => new PickleBuilder().Put(instructions).ToArray();

    /// <summary>A pickle alone is put into an archive.</summary>
    private static void Refused(string message, byte[] bytes, bool isWhole = false)
    {
        byte[] file = !isWhole && bytes is [0x80, _, not 0x8A, ..] ? ZipBuilder.Checkpoint(bytes) : bytes;
        var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
        var error = Assert.Throws<TorchException>(() =>
        {
            using var opened = TorchReadTests.Open(file);
        });
        Assert.True(clock.Elapsed < Limit, $"{clock.Elapsed}");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1L << 30);
        Assert.StartsWith("test.pt: expected ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
