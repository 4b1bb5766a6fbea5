using System.Text;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Runs;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Codes;

/// <summary>Files of codes whose indices number a table of used codes, and NumPy's files that such tables are.</summary>
public sealed class RemappedCodesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Codes_of_a_table_decode_as_without_it()
    {
        var (run, plain, remapped) = (folder.At("run"), folder.At("plain"), folder.At("remapped"));
        Succeeds(["train", "--run", run, "--steps", "2", .. Tiny]);
        string[] encode = ["encode", "--run", run, "--input", "shapes", "--output"];
        Succeeds([.. encode, plain]);
        using var before = CodeStore.Open(plain);
        int[] ids = [.. Enumerable.Range(0, before.Header.Images).SelectMany(image => (int[])before.ReadImage(0, image))];
        int[] used = [.. ids.Distinct().OrderDescending()];

        Succeeds([.. encode, remapped, "--used-codes", Table(used)]);
        using var after = CodeStore.Open(remapped);
        Assert.Equal([used.Length], ((IlgpuVq.Models.Quantizers.CodeLayout)after.Header.Layouts[0]).CodebookSizes);
        Assert.Equal(
            ids.Select(id => Array.IndexOf(used, id)),
            Enumerable.Range(0, after.Header.Images).SelectMany(image => (int[])after.ReadImage(0, image)));
        Assert.Equal(Decoded(plain), Decoded(remapped));

        // One code of the table for all: the extra index, and the fixed one.
        Succeeds([.. encode, remapped, "--used-codes", Table([used[0]]), "--unknown-code", "extra"]);
        using (var extra = CodeStore.Open(remapped))
        {
            Assert.Equal([2], ((IlgpuVq.Models.Quantizers.CodeLayout)extra.Header.Layouts[0]).CodebookSizes);
            Assert.Equal(
                ids.Take(64).Select(id => id == used[0] ? 0 : 1), ((int[])extra.ReadImage(0, 0)).Take(64));
        }

        var all = Decoded(remapped);
        Succeeds([.. encode, remapped, "--used-codes", Table([used[0]]), "--unknown-code", "0"]);
        Assert.Equal(all, Decoded(remapped));

        byte[] Decoded(string codes)
        {
            Succeeds("decode", "--run", run, "--input", codes, "--output", folder.At("images.png"));
            return ImageFile.Load(folder.At("images.png")).Pixels;
        }
    }

    [Fact]
    public void What_does_not_fit_is_told_in_one_line()
    {
        var run = folder.At("run");
        Succeeds(["train", "--run", run, "--steps", "1", .. Tiny]);
        string[] encode = ["encode", "--run", run, "--input", "shapes", "--output", folder.At("codes")];
        AssertFails("--used-codes: expected codes from 0 to 15; got 16.", [.. encode, "--used-codes", Table([3, 16])]);
        AssertFails("--used-codes: expected at least one code; got none.", [.. encode, "--used-codes", Table([])]);
        AssertFails("--unknown-code: expected a table of codes beside it; got none.", [.. encode, "--unknown-code", "extra"]);
        AssertFails(
            "--unknown-code: expected random, extra or a whole number of at least 0; got '-1'.",
            [.. encode, "--used-codes", Table([3]), "--unknown-code=-1"]);
        AssertFails(
            "--unknown-code: expected an index of the table, from 0 to 0; got 1.",
            [.. encode, "--used-codes", Table([3]), "--unknown-code", "1"]);
        Assert.False(File.Exists(folder.At("codes")));

        var top = folder.At("top");
        Succeeds("train", "--model", "vqvae2", "--run", top, "--steps", "1", "--hidden", "4", "--residual-hidden", "2",
            "--codes", "8", "--code-dim", "4", "--batch", "4");
        AssertFails(
            "--used-codes: expected a model of one grid with one codebook; got vqvae2 of 1 in top and 1 in bottom.",
            "encode", "--run", top, "--input", "shapes", "--output", folder.At("codes"), "--used-codes", Table([3]));
    }

    [Theory]
    [InlineData("<i8", 8)]
    [InlineData("<i4", 4)]
    [InlineData("<u2", 2)]
    [InlineData("|u1", 1)]
    public void Whole_numbers_of_any_size_are_read(string type, int size)
    {
        byte[] data = [.. new[] { 3, 0, 127 }.SelectMany(number => BitConverter.GetBytes((long)number).Take(size))];
        Assert.Equal([3, 0, 127], NpyFile.ReadWholeNumbers(folder.Write("a.npy", Npy(type, "(3,)", data))));
        Assert.Equal([3, 0, 127], NpyFile.ReadWholeNumbers(folder.Write("a.npy", Npy(type, "(3,)", data, version: 2))));
    }

    [Fact]
    public void Anything_else_is_refused_in_one_line()
    {
        byte[] three = [.. new byte[24]];
        Refused("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", Npy("<f8", "(3,)", three));
        Refused("{'descr': '>i8', 'fortran_order': False, 'shape': (3,), }", Npy(">i8", "(3,)", three));
        Refused("{'descr': '|O', 'fortran_order': False, 'shape': (3,), }", Npy("|O", "(3,)", three));
        Refused("{'descr': '<i8', 'fortran_order': False, 'shape': (1, 3), }", Npy("<i8", "(1, 3)", three));
        Refused("24 bytes for 4 numbers", Npy("<i8", "(4,)", three));
        Refused("24 bytes for 99999999999999999999 numbers", Npy("<i8", "(99999999999999999999,)", three));
        Refused("-1", Npy("<i8", "(3,)", [.. Enumerable.Repeat((byte)0xFF, 24)]));
        Refused("another format", "not a table"u8.ToArray());
        Refused("a cut file", Npy("<i8", "(3,)", three)[..20]);
        Assert.Contains("none of that name", Assert.Throws<RunException>(
            () => NpyFile.ReadWholeNumbers(folder.At("gone.npy"))).Message, StringComparison.Ordinal);

        void Refused(string actual, byte[] content)
        {
            var path = folder.Write("a.npy", content);
            Assert.Equal(
                $"{path}: expected a .npy file of whole numbers of at least 0 in one dimension; got {actual}. "
                    + "Write it with numpy.save of an array of int64.",
                Assert.Throws<RunException>(() => NpyFile.ReadWholeNumbers(path)).Message);
        }
    }

    private string Table(int[] used) => folder.Write(
        "used.npy", Npy("<i8", $"({used.Length},)", [.. used.SelectMany(code => BitConverter.GetBytes((long)code))]));

    /// <summary>A file as numpy.save writes it.</summary>
    private static byte[] Npy(string type, string shape, byte[] data, byte version = 1)
    {
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}";
        var length = version == 1 ? 10 : 12;
        var padded = Encoding.ASCII.GetBytes(header.PadRight((header.Length + length + 64) / 64 * 64 - length - 1) + "\n");
        var size = BitConverter.GetBytes(padded.Length);
        return [0x93, .. "NUMPY"u8, version, 0, .. version == 1 ? size[..2] : size, .. padded, .. data];
    }

    private static void Succeeds(params string[] arguments)
    {
        var (code, _, errors) = Invoke(arguments);
        Assert.Equal((0, ""), (code, errors));
    }
}
