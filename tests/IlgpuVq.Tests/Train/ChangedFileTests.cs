using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Models.Data;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Support;
using IlgpuVq.Tests.Train.Commands;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train;

/// <summary>A run's files and data files, damaged at random, with their checksums made right again: each is read, or refused by
/// one line, in time.</summary>
public sealed class ChangedFileTests : IClassFixture<ChangedFileTests.TinyRun>, IDisposable
{
    private const string Config = RunFolder.ConfigName;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly TinyRun run;
    private readonly TemporaryFolder folder = new();

    public ChangedFileTests(TinyRun run)
    {
        this.run = run;
        Directory.CreateDirectory(folder.At("checkpoints"));
        File.Copy(run.Checkpoint, CheckpointPath);
        File.WriteAllBytes(folder.At(Config), run.Config);
    }

    private string CheckpointPath => folder[("checkpoints/" + Path.GetFileName(run.Checkpoint)).Split('/')];

    public void Dispose() => folder.Dispose();

    [Property(AtLeast = 200)]
    public Property Changed_configs() => Hold(random =>
    {
        folder.Write(Config, random.Next(2) == 0 ? ChangedBytes.Of(run.Config, random) : ChangedValue(run.Config, random));
        return () => Load().Dispose();
    });

    [Property(AtLeast = 100)]
    public Property Changed_checkpoints() => Hold(random =>
    {
        File.Copy(run.Checkpoint, CheckpointPath, overwrite: true);
        Change(CheckpointPath, random);
        return random.Next(2) == 0 ? () => Load().Dispose() : Resume;
    });

    [Property(AtLeast = 40)]
    public Property Changed_codes() => Hold(random =>
    {
        var path = folder.Write("codes", run.Codes);
        Change(path, random);
        return () =>
        {
            Decode(path);
            DecodeFiles(path);
        };
    });

    [Property(AtLeast = 40)]
    public Property Changed_codes_of_the_earlier_format() => Hold(random =>
    {
        var bytes = ChangedBytes.Of(run.EarlierCodes, random);
        if (bytes.Length > sizeof(uint))
        {
            var crc = default(Crc32C);
            crc.Append(bytes.AsSpan(0, bytes.Length - sizeof(uint)));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - sizeof(uint)), crc.Value);
        }

        var path = folder.Write("codes.ivq", bytes);
        return () => Decode(path);
    });

    [Property(AtLeast = 100)]
    [InlineData("mnist", "train-images-idx3-ubyte")]
    [InlineData("mnist", "train-labels-idx1-ubyte")]
    [InlineData("cifar10", "data_batch_1.bin")]
    public Property Changed_data_files(string set, string file)
    {
        Dictionary<string, byte[]> wholes = new()
        {
            ["train-images-idx3-ubyte"] = DataFiles.IdxImages(5),
            ["train-labels-idx1-ubyte"] = DataFiles.IdxLabels(1, 2, 3, 4, 5),
            ["data_batch_1.bin"] = DataFiles.Cifar(1, 2, 3),
        };
        return Hold(random =>
        {
            foreach (var (name, whole) in wholes)
            {
                File.Delete(folder.At(name + ".gz"));
                folder.Write(name, whole);
            }

            var changed = ChangedBytes.Of(wholes[file], random);
            switch (random.Next(3))
            {
                case 0:
                    folder.Write(file, changed);
                    break;
                case 1:
                    File.Delete(folder.At(file));
                    folder.Write(file + ".gz", DataFiles.Gzip(changed));
                    break;
                default:
                    File.Delete(folder.At(file));
                    folder.Write(file + ".gz", ChangedBytes.Of(DataFiles.Gzip(wholes[file]), random));
                    break;
            }

            return () =>
            {
                var data = DataSets.Open(set, new DataSetOptions { Root = folder.Path });
                int[] all = [.. Enumerable.Range(0, data.Count)];
                data.ReadBatch(all, new float[all.Length * data.ImageLength], new int[all.Length]);
            };
        });
    }

    private static Property Hold(Func<Random, Action> change) => Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
    {
        var read = change(new Random(seed));
        var clock = Stopwatch.StartNew();
        var error = Record.Exception(read);
        Assert.True(clock.Elapsed < Limit, $"{clock.Elapsed}");
        Assert.True(error is null or UserException, $"{error}");
        Assert.DoesNotContain('\n', error?.Message ?? "");
    });

    /// <summary>Other bytes, or tensors and metadata of other content with a right digest.</summary>
    private static void Change(string path, Random random)
    {
        if (random.Next(2) == 0)
        {
            File.WriteAllBytes(path, ChangedBytes.Of(File.ReadAllBytes(path), random));
            return;
        }

        CheckpointFiles.Rewrite(
            path,
            (_, bytes) =>
            {
                if (random.Next(4) == 0 && bytes.Length > 0)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }
            },
            metadata =>
            {
                foreach (var key in metadata.Keys.ToArray().Where(_ => random.Next(4) == 0))
                {
                    metadata[key] = Encoding.UTF8.GetString(ChangedBytes.Of(Encoding.UTF8.GetBytes(metadata[key]), random));
                }
            });
    }

    /// <summary>JSON that is still right, with a value replaced anywhere.</summary>
    private static byte[] ChangedValue(byte[] json, Random random)
    {
        var root = JsonNode.Parse(json)!;
        List<(JsonObject Parent, string Name)> places = [];
        Collect(root, places);
        var (parent, name) = places[random.Next(places.Count)];
        parent[name] = random.Next(9) switch
        {
            0 => -1,
            1 => int.MaxValue,
            2 => 1e300,
            3 => "",
            4 => "vector",
            5 => new JsonArray(1, 2),
            6 => new JsonObject(),
            7 => random.Next(1, 100_000),
            _ => null,
        };
        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    private static void Collect(JsonNode node, List<(JsonObject Parent, string Name)> places)
    {
        foreach (var (name, value) in (node as JsonObject)?.ToArray() ?? [])
        {
            places.Add(((JsonObject)node, name));
            if (value is not null)
            {
                Collect(value, places);
            }
        }
    }

    private TrainedModel Load() => TrainedModel.Load(run.Device, folder.Path, CheckpointStore.LatestName, _ => { });

    private void Resume()
    {
        using var reading = RunFolder.OpenForReading(folder.Path);
        var config = reading.ReadConfig(_ => { });
        var checkpoint = reading.OpenCheckpoints().Find(CheckpointStore.LatestName, _ => { });
        using var state = new TrainingState(run.Device, config);
        state.Load(checkpoint);
    }

    /// <summary>Through the whole program, as hostile files come.</summary>
    private void Decode(string codes)
    {
        var output = folder.At("x.png");
        File.Delete(output);
        var (code, _, errors) = ProgramRun.Invoke("decode", "--run", run.Path, "--input", codes, "--output", output);
        Assert.DoesNotContain("unexpected", errors, StringComparison.Ordinal);
        Assert.Equal(code == 0, File.Exists(output));
        Assert.Equal(code == 0 ? 0 : 1, errors.Count(character => character == '\n'));
    }

    /// <summary>Names of a hostile file lead nowhere else.</summary>
    private void DecodeFiles(string codes)
    {
        var output = folder.At("decoded");
        var (code, _, errors) = ProgramRun.Invoke("decode", "--run", run.Path, "--input", codes, "--folder", output);
        Assert.DoesNotContain("unexpected", errors, StringComparison.Ordinal);
        Assert.Equal(code == 0 ? 0 : 1, errors.Count(character => character == '\n'));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName)
            .Except(["checkpoints", "codes", Config, "decoded", "x.png"]));
        if (Directory.Exists(output))
        {
            Directory.Delete(output, recursive: true);
        }
    }

    /// <summary>A run of one step, and files of codes by its model.</summary>
    public sealed class TinyRun : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public TinyRun()
        {
            Assert.Equal(0, ProgramRun.Invoke(["train", "--steps", "1", "--run", Path, .. ProgramRun.Tiny]).Code);
            var images = Directory.CreateDirectory(folder.At("images")).FullName;
            for (var i = 0; i < 3; i++)
            {
                byte[] pixels = [.. Enumerable.Range(0, 3 * 32 * 32).Select(at => (byte)(at * (i + 3)))];
                var kind = Directory.CreateDirectory(System.IO.Path.Combine(images, i == 0 ? "cat" : "dog")).FullName;
                ImageFile.Save(System.IO.Path.Combine(kind, $"{i}.png"), new DecodedImage(32, 32, 3, pixels));
            }

            var codes = folder.At("codes");
            Assert.Equal(0, ProgramRun.Invoke("encode", "--run", Path, "--input", images, "--output", codes).Code);
            Codes = File.ReadAllBytes(codes);
            Config = File.ReadAllBytes(System.IO.Path.Combine(Path, RunFolder.ConfigName));
            using var trained = TrainedModel.Load(Device, Path, CheckpointStore.LatestName, _ => { });
            Checkpoint = trained.Checkpoint.Path;
            EarlierCodes = Written(new CodeFileHeader(
                Images: 2, LatentHeight: 8, LatentWidth: 8, CodebookSize: 16, Channels: 3, ImageHeight: 32, ImageWidth: 32,
                trained.Hash));
        }

        internal Device Device { get; } = Device.Open("cpu");

        internal string Path => folder.At("run");

        internal string Checkpoint { get; }

        internal byte[] Config { get; }

        internal byte[] Codes { get; }

        internal byte[] EarlierCodes { get; }

        public void Dispose()
        {
            Device.Dispose();
            folder.Dispose();
        }

        private static byte[] Written(CodeFileHeader header)
        {
            using var stream = new MemoryStream();
            var writer = new CodeFileWriter(stream, header, "codes");
            writer.Write([.. Enumerable.Range(0, (int)header.IndexCount).Select(i => i % header.CodebookSize)]);
            writer.Finish();
            return stream.ToArray();
        }
    }
}
