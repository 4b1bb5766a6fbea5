using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.Asymmetric;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using Xunit;

namespace IlgpuVq.Tests.Models.Autoencoders;

/// <summary>Masks under which the asymmetric autoencoder learns, and the layers that read what they leave.</summary>
public sealed class RandomMaskTests
{
    private static readonly AsymmetricOptions Small = new()
    {
        BlockOutChannels = [4, 8],
        NormNumGroups = 4,
        MaskRectangles = 1,
        MaskWhole = 0,
    };

    [Theory]
    [InlineData("cpu")]
    [InlineData("kernels")]
    public void A_mask_is_of_ones_in_as_many_rectangles_at_the_most(string deviceName)
    {
        using var device = Device.Open(deviceName);
        var masks = Draw(device, Small, step: 0, images: 40);
        var areas = new List<double>();
        foreach (var mask in masks.Chunk(16 * 24))
        {
            Assert.All(mask, value => Assert.True(value is 0 or 1));
            int[] ones = [.. Enumerable.Range(0, mask.Length).Where(i => mask[i] == 1)];
            areas.Add(ones.Length / (double)mask.Length);
            if (ones.Length > 0)
            {
                var (rows, columns) = (ones.Select(i => i / 24).Distinct().Count(), ones.Select(i => i % 24).Distinct().Count());
                Assert.Equal(rows * columns, ones.Length);
                Assert.Equal(rows - 1, ones.Max(i => i / 24) - ones.Min(i => i / 24));
                Assert.Equal(columns - 1, ones.Max(i => i % 24) - ones.Min(i => i % 24));
            }
        }

        // Two random points of a line are a third of it apart in the mean.
        Assert.Equal(1 / 9.0, areas.Average(), 0.05);
        Assert.Equal(masks, Draw(device, Small, step: 0, images: 40));
        Assert.NotEqual(masks, Draw(device, Small, step: 1, images: 40));
    }

    [Fact]
    public void More_rectangles_are_joined_and_some_images_have_ones_alone()
    {
        using var device = Device.Open("cpu");
        Assert.All(Draw(device, Small with { MaskWhole = 1 }, step: 0, images: 4), value => Assert.Equal(1, value));
        var one = Draw(device, Small, step: 0, images: 300).Average();
        var five = Draw(device, Small with { MaskRectangles = 5 }, step: 0, images: 300).Average();
        Assert.True(five > 2 * one && five < 5 * one, $"{one} {five}");
        var half = Draw(device, Small with { MaskWhole = 0.5 }, step: 0, images: 300);
        Assert.Equal(150, half.Chunk(16 * 24).Count(mask => mask.All(value => value == 1)), 30.0);
    }

    [Fact]
    public void Under_masks_training_sees_what_is_given_and_reaches_the_layers_that_read_it()
    {
        using var device = Device.Open("cpu");
        Assert.True(Gradients(Small).Reader > 0);
        Assert.Equal(0, Gradients(Small with { MaskRectangles = 0 }).Reader);

        // Where the whole image is drawn, the pass is that without masks.
        var (whole, plain) = (Gradients(Small with { MaskWhole = 1 }), Gradients(Small with { MaskRectangles = 0 }));
        Assert.Equal(plain.Image, whole.Image);
        Assert.NotEqual(plain.Image, Gradients(Small).Image);

        (double Reader, float[] Image) Gradients(AsymmetricOptions options)
        {
            using var model = options.Build(new ModuleScope(device, seed: 1));
            using var random = new RandomState(device, seed: 3);
            using var images = Primitive.RandomUniform(device, [2, 3, 8, 8], -0.5f, 0.5f, seed: 5, stream: 1);
            using var tape = new Tape(device);
            var x = tape.Constant(images);
            using var output = model.Forward(x, new StepContext(IsTraining: true, random));
            var image = output.Reconstruction.Value.ToArray();
            tape.Backward(MeanSquaredError.Apply(output.Reconstruction, x));
            var reader = model.Parameters.Where(parameter => parameter.Name.Contains("condition", StringComparison.Ordinal));
            return (reader.Sum(parameter => parameter.Gradient?.ToArray().Sum(Math.Abs) ?? 0), image);
        }
    }

    [Fact]
    public void Layers_of_diffusers_are_five_and_mix_where_they_have_the_shapes_of_the_levels()
    {
        Assert.Equal([192, 384, 768, 768, 768], AsymmetricOptions.ConditionChannelsFor([192, 384, 768, 768]));
        Assert.Equal([64, 64, 64, 64, 64], AsymmetricOptions.ConditionChannelsFor([64]));
        Assert.Equal([32, 64, 64, 64, 64], AsymmetricOptions.ConditionChannelsFor([32, 64]));
        Assert.True((Small with { ConditionChannels = [4, 8, 8, 8, 8] }).CanInpaint);
        Assert.True(new AsymmetricOptions().CanInpaint);
        var none = Small with { ConditionChannels = [4, 4, 4] };
        Assert.False(none.CanInpaint);
        Assert.StartsWith(
            "mask-rectangles: expected 0 where no layer of the condition has the channels of a level of the decoder; got 1.",
            Assert.Throws<OptionException>(none.Validate).Message, StringComparison.Ordinal);

        using var device = Device.Open("cpu");
        using var model = (AsymmetricModel)(none with { MaskRectangles = 0 }).Build(new ModuleScope(device, seed: 1));
        using var tape = new Tape(device, recording: false);
        var (x, mask) = (tape.Constant(new float[192], [1, 3, 8, 8]), tape.Constant(new float[64], [1, 1, 8, 8]));
        var z = model.Latents(x, StepContext.Inference)[0];
        Assert.Equal(
            "asymmetric: expected layers of the condition with the channels of each level of the decoder; got 4, 4, 4 and 4, 8. "
                + "Decode without a mask.",
            Assert.Throws<ShapeException>(() => model.Inpaint(z, x, mask, StepContext.Inference)).Message);
    }

    private static float[] Draw(Device device, AsymmetricOptions options, long step, int images)
    {
        using var random = new RandomState(device, seed: 3);
        random.Set(step);
        using var tape = new Tape(device, recording: false);
        var mask = RandomMask.Draw(tape, [images, 3, 16, 24], options, random, stream: 7);
        Assert.Equal([images, 1, 16, 24], mask.Shape);
        return mask.Value.ToArray();
    }
}
