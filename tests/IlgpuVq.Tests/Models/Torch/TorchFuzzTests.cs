using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Models.Torch;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Torch;

/// <summary>Checkpoints come back as they were written; changed at random, with their checksums made right again, they are read
/// or refused by one line.</summary>
public sealed class TorchFuzzTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static readonly SafetensorsType[] Types =
    [
        SafetensorsType.F32, SafetensorsType.F64, SafetensorsType.F16, SafetensorsType.BF16, SafetensorsType.I64,
        SafetensorsType.I32, SafetensorsType.I16, SafetensorsType.I8, SafetensorsType.U8, SafetensorsType.BOOL,
    ];

    [Property(AtLeast = 200)]
    public Property What_is_written_is_read() => Hold(random =>
    {
        TensorData[] tensors =
        [
            .. Enumerable.Range(0, random.Next(1, 6)).Select(i =>
            {
                var type = Types[random.Next(Types.Length)];
                long[] shape = [.. Enumerable.Range(0, random.Next(4)).Select(_ => (long)random.Next(5))];
                var bytes = new byte[shape.Aggregate(1L, (product, length) => product * length) * type.ByteSize()];
                random.NextBytes(bytes);
                return TensorData.OfBytes($"{(char)random.Next(1, 0x3000)}.{i}", type, shape, bytes);
            }),
        ];
        var bytes = Written(tensors);
        Assert.Equal(bytes, Written(tensors));
        using var file = TorchReadTests.Open(bytes);
        Assert.Equal(tensors.Select(tensor => tensor.Name), file.Tensors.Select(entry => entry.Name));
        foreach (var tensor in tensors)
        {
            var entry = file.Find(tensor.Name)!;
            Assert.Equal(tensor.Type, entry.Type);
            Assert.Equal(tensor.Shape, entry.Shape);
            using var expected = new MemoryStream();
            tensor.Write(expected);
            var actual = new byte[tensor.ByteLength];
            file.ReadBytes(tensor.Name, actual);
            Assert.Equal(expected.ToArray(), actual);
        }
    });

    [Property(AtLeast = 400)]
    public Property Changed_pickles()
    {
        var whole = PickleBuilder.Dictionary(pickle => pickle.Text("v").Tensor("0", 4, [4], [1]));
        return Changed(random => ZipBuilder.Checkpoint(ChangedBytes.Of(whole, random)));
    }

    [Property(AtLeast = 200)]
    [InlineData("zalando", "zip")]
    [InlineData("zalando", "nested")]
    [InlineData("kinds", "zip")]
    [InlineData("kinds", "older")]
    public Property Changed_files(string example, string form)
    {
        var whole = TorchGoldens.Checkpoint(example, form);
        return Changed(random => random.Next(3) switch
        {
            0 => ChangedBytes.Of(whole, random),
            1 => ChangedEnd(whole, random),
            _ => ChangedPickle(whole, random),
        });
    }

    private static byte[] Written(IEnumerable<TensorData> tensors)
    {
        using var stream = new MemoryStream();
        TorchWriter.Write(stream, tensors);
        return stream.ToArray();
    }

    /// <summary>The directory of an archive lies at its end.</summary>
    private static byte[] ChangedEnd(byte[] whole, Random random)
    {
        var changed = whole.ToArray();
        for (var i = random.Next(3); i >= 0; i--)
        {
            changed[^random.Next(1, Math.Min(4000, changed.Length))] = (byte)random.Next(256);
        }

        return changed;
    }

    /// <summary>Another pickle in the archive, under its right checksum.</summary>
    private static byte[] ChangedPickle(byte[] whole, Random random)
    {
        if (whole[0] != 'P')
        {
            return ChangedBytes.Of(whole, random);
        }

        using var archive = new System.IO.Compression.ZipArchive(new MemoryStream(whole));
        var built = new ZipBuilder();
        foreach (var entry in archive.Entries)
        {
            using var content = new MemoryStream();
            using (var stream = entry.Open())
            {
                stream.CopyTo(content);
            }

            var bytes = content.ToArray();
            built.Add(entry.FullName, entry.Name == "data.pkl" ? ChangedBytes.Of(bytes, random) : bytes);
        }

        return built.Build();
    }

    private static Property Changed(Func<Random, byte[]> change) => Hold(random =>
    {
        var bytes = change(random);
        var clock = Stopwatch.StartNew();
        var error = Record.Exception(() =>
        {
            using var file = TorchReadTests.Open(bytes);
            foreach (var entry in file.Tensors)
            {
                file.ReadBytes(entry.Name, new byte[entry.Count * entry.Type.ByteSize()]);
            }
        });
        Assert.True(clock.Elapsed < Limit, $"{clock.Elapsed}");
        Assert.True(error is null or TorchException, $"{error}");
        Assert.DoesNotContain('\n', error?.Message ?? "");
    });

    private static Property Hold(Action<Random> check) =>
        Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed => check(new Random(seed)));
}
