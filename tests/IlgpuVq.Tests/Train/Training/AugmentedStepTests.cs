using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>What is changed of images at random is changed once, for all that learns from them.</summary>
[Collection(RunAlone.Name)]
public sealed class AugmentedStepTests
{
    private static readonly ImageAugmentation Augmentation =
        new() { Flip = true, Shift = 3, Brightness = 0.3, Contrast = 0.3, Saturation = 0.3 };

    private static readonly RunConfig Plain = new()
    {
        Run = new RunOptions { Batch = 2, Seed = 9 },
        Data = new DataOptions { Channels = 3, Height = 16, Width = 16, Variance = 0.06 },
        Model = new VqVaeOptions
        {
            Hidden = 8,
            ResidualHidden = 4,
            Quantizer = new VectorQuantizerOptions { CodebookSize = 16, CodeDim = 4 },
        },
    };

    private static readonly AdversarialOptions Adversarial = new() { Normalize = false, Discriminator = new() { Hidden = 16 } };

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 2)]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    public void Steps_end_in_the_bits_of_those_on_images_that_were_changed_before(bool isAdversarial, int parts)
    {
        using var device = Device.Open("cpu");
        var config = Plain with
        {
            Run = Plain.Run with { Accumulate = parts },
            Task = isAdversarial ? Adversarial : Plain.Task,
        };
        using var changing = new TrainingState(device, config with { Data = config.Data with { Augmentation = Augmentation } });
        using var plain = new TrainingState(device, config);
        using var step = new TrainingStep(changing);
        using var other = new TrainingStep(plain);
        using var random = new RandomState(device, seed: 9);
        for (var i = 0; i < 3; i++)
        {
            var pixels = Pixels(device, images: 2 * parts, stream: (ulong)i);
            step.Run(pixels);

            // All of the step's images at once, however many parts they come in.
            random.Set(i);
            using var images = device.From<float>(pixels, [2 * parts, 3, 16, 16]);
            using var changed = Augmentation.Apply(images, random);
            other.Run(changed.ToArray());
            Assert.Equal(Numbers(plain), Numbers(changing));
            Assert.NotEqual(pixels, changed.ToArray());
        }

        Assert.True(step.Recording.IsRecorded);
    }

    [Fact]
    public void In_the_steady_state_a_step_makes_no_object_and_takes_no_memory() => TrainingStepTests.AssertSteady(
        Plain with { Data = Plain.Data with { Augmentation = Augmentation } }, device => Pixels(device, images: 2, stream: 0),
        steps: 20);

    private static float[] Numbers(TrainingState state) =>
    [
        .. state.Model.State.Concat(state.Task.State).Concat(state.Optimizer.State).Concat(state.Sums.State)
            .SelectMany(named => named.Tensor.ToArray()),
    ];

    private static float[] Pixels(Device device, int images, ulong stream)
    {
        using var pixels = Primitive.RandomUniform(device, [images, 3, 16, 16], -0.5f, 0.5f, seed: 1, stream);
        return pixels.ToArray();
    }
}
