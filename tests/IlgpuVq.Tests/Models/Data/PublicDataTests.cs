using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Data;

/// <summary>What someone does who reads images as a library: opens sets, trains on batches, brings images of their own.</summary>
/// <remarks>Public types and members alone.</remarks>
public sealed class PublicDataTests : IDisposable
{
    private const int Batch = 8;

    private readonly Device device = Device.Open("cpu");

    public void Dispose() => device.Dispose();

    [Theory]
    [InlineData("cifar10", "test_batch.bin.gz")]
    [InlineData("mnist", "t10k-images-idx3-ubyte.gz")]
    [InlineData("fashion-mnist", "t10k-images-idx3-ubyte.gz")]
    public void A_model_learns_from_a_batch_of_a_known_set(string name, string file)
    {
        RealData.Require(name, file);
        AssertLearns(DataSets.Open(name, new DataSetOptions { Root = RealData.Root, Split = DataSets.Test }));
    }

    [Fact]
    public void A_model_learns_from_a_batch_of_a_folder() =>
        AssertLearns(DataSets.Open(RealData.Require("imagefolder-cifar10", "jpg"), new DataSetOptions { Split = DataSets.Test }));

    [Fact]
    public void A_model_learns_from_a_set_of_ones_own() => AssertLearns(new Stripes());

    [Fact]
    public void A_photograph_becomes_floats_and_a_picture_again()
    {
        using var folder = new TemporaryFolder();
        var photo = ImageFile.Load(RealData.Require("images", "photos", "astronaut.png"));
        var values = photo.ToFloats(channels: 3);
        Assert.Equal(3 * photo.Height * photo.Width, values.Length);
        Assert.All(values, value => Assert.InRange(value, -0.5f, 0.5f));

        PixelScale.ToUnit(values, values);
        ImageFile.Save(folder["again.png"], ImageGrid.Single(values, (3, photo.Height, photo.Width)));
        Assert.Equal(photo.Pixels, ImageFile.Load(folder["again.png"]).Pixels);
    }

    [Fact]
    public void A_seed_fixes_which_images_a_step_takes()
    {
        var data = new Stripes();
        var order = new DataOrder(data.Count, Batch, seed: 5);
        var indices = new int[Batch];
        using var loader = new BatchLoader(data, Batch, seed: 5);
        for (var step = 0; step < 2 * order.StepsPerEpoch; step++)
        {
            order.Fill(step, indices);
            Assert.Equal(indices.Select(data.Label), loader.Next().Labels);
        }
    }

    [Fact]
    public void An_error_says_what_is_wrong_with_what_and_what_to_set()
    {
        using var folder = new TemporaryFolder();
        var missing = Assert.Throws<DataException>(() => DataSets.Open("mnist", new DataSetOptions { Root = folder.Path }));
        Assert.Equal("mnist", missing.Subject);
        Assert.StartsWith("expected train-images-idx3-ubyte and ", missing.Problem, StringComparison.Ordinal);
        Assert.Equal(
            "Name their folder with DataSetOptions.Root, or fetch them with DataSetOptions.Download.", missing.Advice);
        Assert.Equal(DataSettings.Root | DataSettings.Download, missing.Settings);
        Assert.True(missing.IsAbsent);
        Assert.Equal($"{missing.Subject}: {missing.Problem}. {missing.Advice}", missing.Message);
        Assert.Equal($"digits: {missing.Problem}. Ask.", missing.Worded("digits", "Ask."));
        Assert.Equal($"digits: {missing.Problem}.", missing.Worded("digits", advice: ""));
    }

    private void AssertLearns(ImageDataSet data)
    {
        using var folder = new TemporaryFolder();
        using var model = new VqVaeModel(new ModuleScope(device, seed: 1), new VqVaeOptions
        {
            Channels = data.Channels,
            Hidden = 8,
            ResidualHidden = 4,
            Quantizer = new VectorQuantizerOptions { CodebookSize = 16, CodeDim = 4 },
        });
        using var optimizer = new AdamOptions { LearningRate = 1e-2 }.Build(model.Parameters);
        using var loader = new BatchLoader(data, Batch, seed: 1);
        using var images = device.From<float>(loader.Next().Images, [Batch, data.Channels, data.Height, data.Width]);

        var before = Step();
        optimizer.Advance();
        optimizer.Apply();
        Assert.InRange(Step(), 0, before * 0.999f);

        float Step()
        {
            using var tape = new Tape(device);
            var x = tape.Constant(images, "images");
            using var output = model.Forward(x, StepContext.Training);
            var loss = MeanSquaredError.Apply(output.Reconstruction, x) + output.Loss!;
            var (unit, value) = (output.Reconstruction.Value.ToArray(), loss.Value.Item());
            tape.Backward(loss);
            PixelScale.ToUnit(unit, unit);
            ImageGrid.Save(folder["grid.png"], unit, (Batch, data.Channels, data.Height, data.Width));
            Assert.Equal((8 * (data.Width + 2)) + 2, ImageFile.ReadHeader(folder["grid.png"]).Width);
            return value;
        }
    }

    /// <summary>Grey images of 8 × 8: image i has stripes of i + 1 pixels.</summary>
    private sealed class Stripes() : ImageDataSet("stripes", DataSets.Train)
    {
        public override int Count => 20;

        public override int Channels => 1;

        public override int Height => 8;

        public override int Width => 8;

        public override IReadOnlyList<string> ClassNames { get; } = [.. Enumerable.Range(1, 20).Select(i => $"{i} wide")];

        public override int Label(int index) => index;

        public override void Read(int index, Span<byte> pixels)
        {
            for (var i = 0; i < ImageLength; i++)
            {
                pixels[i] = (byte)(i / (index + 1) % 2 * 255);
            }
        }
    }
}
