using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Tests.Train.Commands;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train;

/// <summary>Whole data sets in one file: with what is known of their images, and with the same bytes however often the work
/// stopped.</summary>
public sealed class DataSetCodesTests : IClassFixture<DataSetCodesTests.TwoModels>, IDisposable
{
    /// <summary>Side of parts that a larger image is encoded in: each image is a batch then.</summary>
    private const int Tile = 16;

    private readonly TwoModels models;
    private readonly TemporaryFolder folder = new();
    private readonly List<string> said = [];

    public DataSetCodesTests(TwoModels models) => this.models = models;

    private string Output => folder.At("codes.safetensors");

    private string Partial => PartialCodes.PathOf(Output);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Digits_stopped_at_random_places_have_the_bytes_of_those_that_never_stopped_and_their_labels()
    {
        RealData.Require("mnist");
        var data = DataSets.Open(
            DataSets.Mnist, new DataSetOptions { Root = RealData.Root, Split = DataSets.Test, Channels = 3 });
        var whole = folder.At("whole.safetensors");
        Assert.True(Write(models.First, data, whole));
        Assert.Empty(said);

        var random = new Random(20261129);
        var stops = 0;
        while (!WriteUntil(models.First, data, random.Next(2000, 5000)))
        {
            stops++;
            using var partial = new FileStream(Partial, FileMode.Open);
            switch (stops % 3)
            {
                case 1: // the last piece was not written whole
                    partial.SetLength(partial.Length - random.Next(1, 1000));
                    break;
                case 2: // what a power cut leaves of pieces that were on their way
                    partial.Position = partial.Length;
                    partial.Write(new byte[random.Next(1, 100_000)]);
                    break;
            }
        }

        Assert.InRange(stops, 2, 6);
        Assert.Equal(stops, said.Count);
        Assert.All(said, line => Assert.Matches(@"codes\.safetensors\.partial: going on behind image \d+ of 10000$", line));
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(Output));
        Assert.Equal([Output, whole], Directory.GetFileSystemEntries(folder.Path).Order());

        using var store = CodeStore.Open(Output);
        Assert.Equal((10000, 10, false), (store.Header.Images, store.Records.Classes, store.Records.HasNames));
        Assert.Equal(data.ClassNames, store.Records.ClassNames);
        Assert.Equal(Enumerable.Range(0, data.Count).Select(data.Label), store.Records.Labels.ToArray());
        Assert.Equal((models.First.Hash, DataSetCodes.ContentOf(data)), (store.Header.ModelHash, store.Header.Content));
        var all = (int[])store.ReadImages(0, 0, 10000);
        Assert.Equal((int[])store.ReadImage(0, 9999), all[^49..]);
        var batch = new float[3 * data.ImageLength];
        data.ReadBatch([5000, 5001, 5002], batch, new int[3]);
        Assert.Equal((int[])new ImagePass(models.First.Model, 28, 28).Encode(batch)[0], all[(5000 * 49)..(5003 * 49)]);
    }

    [Fact]
    public void Images_of_a_folder_bring_their_classes_and_names()
    {
        var data = OpenFolder();
        Assert.True(Write(models.First, data, Output));
        using var store = CodeStore.Open(Output);
        Assert.Equal(["cat", "dög"], store.Records.ClassNames);
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1, 1], store.Records.Labels);
        Assert.Equal(
            ["cat/0.png", "cat/2.png", "cat/4.png", "cat/6.png", "dög/1.png", "dög/3.png", "dög/5.png", "dög/7.png",
                "dög/deep/8.png"],
            Enumerable.Range(0, 9).Select(store.Records.Name));
        Assert.Equal(Enumerable.Range(0, 9).Select(data.ImageName), Enumerable.Range(0, 9).Select(store.Records.Name));

        Assert.True(Write(models.First, DataSets.OpenFile(folder["images", "cat", "0.png"], channels: 3), Output));
        using var single = CodeStore.Open(Output);
        Assert.Equal((0, "0.png"), (single.Records.Classes, single.Records.Name(0)));
    }

    [Fact]
    public void What_was_begun_with_another_model_or_other_images_does_not_count()
    {
        var data = OpenFolder();
        Assert.True(Write(models.First, data, folder.At("first"), Tile));
        Assert.True(Write(models.Second, data, folder.At("second"), Tile));
        Assert.NotEqual(File.ReadAllBytes(folder.At("first")), File.ReadAllBytes(folder.At("second")));

        Assert.False(WriteUntil(models.First, data, 5, Tile));
        Assert.True(WriteUntil(models.Second, data, 100, Tile));
        Assert.Equal([$"{Partial} is of another model: encoding begins anew"], said);
        Assert.Equal(File.ReadAllBytes(folder.At("second")), File.ReadAllBytes(Output));

        said.Clear();
        Assert.False(WriteUntil(models.First, data, 5, Tile));
        Noise(folder["images", "cat", "6.png"], seed: 99);
        data = OpenFolder();
        Assert.True(WriteUntil(models.First, data, 100, Tile));
        Assert.Equal([$"{Partial} is of other images: encoding begins anew"], said);
        Assert.True(Write(models.First, data, folder.At("first"), Tile));
        Assert.Equal(File.ReadAllBytes(folder.At("first")), File.ReadAllBytes(Output));

        said.Clear();
        Assert.False(WriteUntil(models.First, data, 5, Tile));
        File.Move(folder["images", "cat", "6.png"], folder["images", "cat", "7.png"]);
        Assert.True(WriteUntil(models.First, OpenFolder(), 100, Tile));
        Assert.Equal([$"{Partial} is of other images: encoding begins anew"], said);
        using var store = CodeStore.Open(Output);
        Assert.Contains("cat/7.png", Enumerable.Range(0, 9).Select(store.Records.Name));
    }

    [Fact]
    public void Killed_between_the_last_batch_and_the_file_it_only_writes_the_file()
    {
        var data = OpenFolder();
        Assert.True(Write(models.First, data, folder.At("whole"), Tile));
        Directory.CreateDirectory(Output); // no file gets that name
        Assert.Contains(
            "got a folder of that name", Assert.Throws<RunException>(() => WriteUntil(models.First, data, 100, Tile)).Message,
            StringComparison.Ordinal);
        Directory.Delete(Output);
        List<long> steps = [];
        Assert.True(Write(models.First, data, Output, Tile, steps.Add));
        Assert.Equal([9L], steps);
        Assert.Equal([$"{Partial}: going on behind image 9 of 9"], said);
        Assert.Equal(File.ReadAllBytes(folder.At("whole")), File.ReadAllBytes(Output));
        Assert.False(File.Exists(Partial));
    }

    [Fact]
    public void The_command_goes_on_with_what_is_there_and_says_so()
    {
        var data = OpenFolder();
        string[] encode =
            ["encode", "--run", models.Run(1), "--input", folder.At("images"), "--tile", $"{Tile}", "--accelerator", "cpu"];
        Assert.Equal(0, ProgramRun.Invoke([.. encode, "--output", folder.At("whole")]).Code);
        Assert.False(WriteUntil(models.First, data, 4, Tile));
        var (code, output, errors) = ProgramRun.Invoke([.. encode, "--output", Output]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains($"{Partial}: going on behind image 4 of 9\n", output, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(folder.At("whole")), File.ReadAllBytes(Output));

        File.WriteAllText(Partial, "a letter");
        ProgramRun.AssertFails(
            $"{Partial}: expected codes that are being made, or no file; got another file.", [.. encode, "--output", Output]);
        File.Delete(Partial);
        Directory.CreateDirectory(Partial);
        ProgramRun.AssertFails(
            $"--output: expected a regular file to write; got {Partial}, a folder.", [.. encode, "--output", Output]);
    }

    /// <summary>The program as a process of its own, ended by the system without a chance to clean up.</summary>
    [Fact]
    public void After_kills_at_random_moments_the_file_is_that_of_a_run_without_any()
    {
        string[] encode = ["encode", "--run", models.Run(3), "--data", "shapes", "--accelerator", "cpu"];
        Assert.Equal(0, ProgramRun.Invoke([.. encode, "--output", folder.At("whole")]).Code);
        var random = new Random(20261129);
        var kills = 0;
        for (var most = 1; ; most++)
        {
            using var process = ProgramRun.Start([.. encode, "--output", Output]);
            var before = LengthOfPartial();
            var more = random.Next(1, 80_000);
            while (!process.HasExited && most <= 3 && LengthOfPartial() < before + more)
            {
                Thread.Sleep(1);
            }

            if (most <= 3)
            {
                process.Kill();
            }

            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(before > 0, output.Contains(": going on behind image ", StringComparison.Ordinal));
            if (File.Exists(Output))
            {
                Assert.Equal(0, process.ExitCode);
                break;
            }

            kills++;
            Assert.True(File.Exists(Partial), output);
        }

        Assert.InRange(kills, 1, 3);
        Assert.Equal(File.ReadAllBytes(folder.At("whole")), File.ReadAllBytes(Output));
        Assert.False(File.Exists(Partial));

        long LengthOfPartial() => new FileInfo(Partial) is { Exists: true, Length: var length } ? length : 0;
    }

    private bool Write(TrainedModel model, ImageDataSet data, string path, int? tile = null, Action<long>? advance = null) =>
        DataSetCodes.Write(model, data, path, said.Add, advance, tile, stop: TestContext.Current.CancellationToken);

    /// <summary>Stops behind the batch in which so many more images are done; whether it came to the end.</summary>
    private bool WriteUntil(TrainedModel model, ImageDataSet data, int images, int? tile = null)
    {
        using var stop = new CancellationTokenSource();
        long? start = null;
        return DataSetCodes.Write(model, data, Output, said.Add, done =>
        {
            start ??= done;
            if (done >= start + images && done < data.Count)
            {
                stop.Cancel();
            }
        }, tile, stop: stop.Token);
    }

    private ImageDataSet OpenFolder()
    {
        if (!Directory.Exists(folder.At("images")))
        {
            for (var i = 0; i < 9; i++)
            {
                Noise(
                    i == 8 ? folder["images", "dög", "deep", "8.png"] : folder["images", i % 2 == 0 ? "cat" : "dög", $"{i}.png"],
                    seed: i);
            }
        }

        return DataSets.Open(folder.At("images"), new DataSetOptions { Channels = 3 });
    }

    private static void Noise(string path, int seed)
    {
        var pixels = new byte[32 * 32 * 3];
        new Random(seed).NextBytes(pixels);
        ImageFile.Save(path, new DecodedImage(32, 32, 3, pixels));
    }

    /// <summary>Runs of few steps, and the models of two of them.</summary>
    public sealed class TwoModels : IDisposable
    {
        private readonly TemporaryFolder folder = new();
        private readonly Device device = Device.Open("cpu");

        public TwoModels()
        {
            foreach (var seed in (int[])[1, 2, 3])
            {
                // The third takes a while for its images.
                var options = ProgramRun.Tiny.Select(text => seed == 3 && text == "8" ? "48" : text);
                Assert.Equal(
                    0, ProgramRun.Invoke(["train", "--steps", "1", "--run", Run(seed), "--seed", $"{seed}", .. options]).Code);
            }

            First = TrainedModel.Load(device, Run(1), CheckpointStore.LatestName, _ => { });
            Second = TrainedModel.Load(device, Run(2), CheckpointStore.LatestName, _ => { });
        }

        internal TrainedModel First { get; }

        internal TrainedModel Second { get; }

        public void Dispose()
        {
            First.Dispose();
            Second.Dispose();
            device.Dispose();
            folder.Dispose();
        }

        internal string Run(int seed) => folder.At($"run{seed}");
    }
}
