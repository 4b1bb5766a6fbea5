using IlgpuVq.Autograd;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Architecture;

/// <summary>The samples of the README, compiled and run: they stand here as they stand there.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void Gradients_of_a_matrix()
    {
        using var device = Device.Open("cpu");
        using var inputs = Primitive.RandomUniform(device, [32, 10], low: -1, high: 1, seed: 1, stream: 0);
        using var target = Primitive.Fill(device, [32, 4], 0.5f);
        using var w = new Parameter("w", Primitive.RandomNormal(device, [10, 4], mean: 0, deviation: 0.1f, seed: 1, stream: 1));
        using var tape = new Tape(device);
        var y = Tanh.Apply(Matmul.Apply(tape.Constant(inputs), tape.Watch(w)));
        var loss = MeanSquaredError.Apply(y, tape.Constant(target));
        tape.Backward(loss);          // fills w.Gradient
        Console.WriteLine(tape.ToText());

        Assert.Equal([10, 4], w.Gradient!.Shape);
    }

    [Fact]
    public void Batches_of_a_set_and_one_photograph()
    {
        using var folder = new TemporaryFolder();
        RealData.Require("cifar10", "data_batch_1.bin.gz");
        var (root, photo, picture) = (RealData.Root, RealData.Require("images", "photos", "astronaut.png"), folder["batch.png"]);
        using var device = Device.Open("cpu");

        var data = DataSets.Open("cifar10", new DataSetOptions { Root = root });    // or mnist, fashion-mnist, shapes, a folder
        using var loader = new BatchLoader(data, batch: 32, seed: 1);               // reads ahead, in the order of the seed
        var pixels = loader.Next().Images;                                          // −0.5 … 0.5, and .Labels beside them
        using var batch = device.From<float>(pixels, [32, data.Channels, data.Height, data.Width]);

        var image = ImageFile.Load(photo);                                          // PNG, JPEG, BMP, GIF, WebP or TIFF
        using var single = device.From<float>(image.ToFloats(channels: 3), [1, 3, image.Height, image.Width]);

        PixelScale.ToUnit(pixels, pixels);
        ImageGrid.Save(picture, pixels, (32, data.Channels, data.Height, data.Width));

        Assert.Equal([32, 3, 32, 32], batch.Shape);
        Assert.Equal([1, 3, 512, 512], single.Shape);
        Assert.Equal((8 * 34) + 2, ImageFile.ReadHeader(picture).Width);
    }

    [Fact]
    public void Samples_are_compiled_as_they_are_shown() => ReadmeSamples.AreCompiled("README.md", "ReadmeTests.cs", count: 2);
}
