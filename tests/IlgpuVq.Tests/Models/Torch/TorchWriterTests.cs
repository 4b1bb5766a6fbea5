using IlgpuVq.Models.Safetensors;
using IlgpuVq.Models.Torch;
using Xunit;

namespace IlgpuVq.Tests.Models.Torch;

/// <summary>What is written, as an archive: that PyTorch loads it was seen with 1.13, weights_only too.</summary>
public sealed class TorchWriterTests
{
    [Fact]
    public void An_archive_has_PyTorchs_files_each_aligned_and_with_its_checksum()
    {
        using var stream = new MemoryStream();
        TorchWriter.Write(stream, [
            TensorData.OfFloats("a.weight", [2, 3], new float[] { 1, 2, 3, 4, 5, 6 }),
            TensorData.OfLongs("a.count", [], new[] { 7L }),
        ]);
        var bytes = stream.ToArray();
        using (var archive = new System.IO.Compression.ZipArchive(new MemoryStream(bytes)))
        {
            Assert.Equal(
                ["archive/data.pkl", "archive/byteorder", "archive/data/0", "archive/data/1", "archive/version"],
                archive.Entries.Select(entry => entry.FullName));
            Assert.All(archive.Entries, entry => Assert.Equal(entry.Length, entry.CompressedLength));
        }

        byte[] first = [.. ZipBuilder.Floats(1, 2, 3, 4, 5, 6)];
        Assert.Equal(0, bytes.AsSpan().IndexOf(first) % 64);
        using var file = TorchReadTests.Open(bytes);
        var numbers = new float[6];
        file.ReadFloats("a.weight", numbers);
        Assert.Equal([1f, 2, 3, 4, 5, 6], numbers);
        var count = new int[1];
        file.ReadInts("a.count", count);
        Assert.Equal(7, count[0]);
    }

    [Fact]
    public void What_PyTorch_has_not_is_refused()
    {
        Refused("expected each name once; got 'a' again.", [Tensor(SafetensorsType.F32), Tensor(SafetensorsType.F32)]);
        Refused("expected an element type of PyTorch; got U64 of 'a'.", [Tensor(SafetensorsType.U64)]);
        Refused(
            "expected fewer than 4 GiB and 65535 files; got more.",
            [new TensorData("a", SafetensorsType.F32, [1L << 30], _ => Assert.Fail("nothing is written"))]);

        static TensorData Tensor(SafetensorsType type) => TensorData.OfBytes("a", type, [1], new byte[type.ByteSize()]);

        static void Refused(string message, TensorData[] tensors) => Assert.StartsWith(
            $"torch: {message}",
            Assert.Throws<TorchException>(() => TorchWriter.Write(new MemoryStream(), tensors)).Message,
            StringComparison.Ordinal);
    }
}
