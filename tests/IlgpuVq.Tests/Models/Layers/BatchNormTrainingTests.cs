using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using Xunit;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tests.Models.Layers;

/// <summary>A network with batch normalization, trained.</summary>
public sealed class BatchNormTrainingTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const int Steps = 5;

    private static readonly Shape Images = [4, 2, 6, 6];

    public static TheoryData<string> Devices { get; } = [.. LawDevices.Names];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Recorded_steps_end_in_the_bits_of_steps_that_are_executed_running_statistics_included(string name)
    {
        var device = devices.Open(name);
        using var recorded = new Training(device);
        using var executed = new Training(device);
        using var recording = new Recording(device, recorded.Step);
        var initial = StateBits.Of(recorded.Net.State);
        for (var i = 0; i < Steps; i++)
        {
            recorded.Load(i);
            recording.Run();
            executed.Load(i);
            executed.Step();
        }

        Assert.True(recording.IsRecorded);
        Assert.Equal((name is "ptx" or "cuda", null), (recording.IsCaptured, recording.GraphObstacle));
        Assert.Equal(StateBits.Of(executed.State), StateBits.Of(recorded.State));
        Assert.NotEqual(initial, StateBits.Of(recorded.Net.State));
        var counts = recorded.Net.State.Select(named => named.WholeNumbers).OfType<Tensor<int>>().ToList();
        Assert.Equal([Steps, Steps], counts.ConvertAll(count => count.Item()));
    }

    [Fact]
    public void In_inference_the_images_of_a_batch_do_not_see_each_other()
    {
        var device = devices.Open("cpu");
        using var training = new Training(device);
        for (var i = 0; i < Steps; i++)
        {
            training.Load(i);
            training.Step();
        }

        using var tape = new Tape(device, recording: false);
        var x = tape.Constant(training.Images);
        var all = training.Net.Forward(x, StepContext.Inference).Value.ToArray();
        var one = training.Net.Forward(Slice.Apply(x, axis: 0, start: 2, length: 1), StepContext.Inference).Value.ToArray();
        var trained = training.Net.Forward(x, StepContext.Training).Value.ToArray();

        var start = 2 * one.Length;
        Assert.All(one.Zip(all[start..(start + one.Length)]), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
        Assert.Contains(trained.Zip(all), pair => Math.Abs(pair.First - pair.Second) > 1e-2f);
    }

    [Fact]
    public void A_network_with_batch_norm_learns()
    {
        var device = devices.Open("cpu");
        using var training = new Training(device);
        training.Load(0);
        training.Step();
        var first = training.Loss.Item();
        for (var i = 0; i < 300; i++)
        {
            training.Load(0);
            training.Step();
        }

        Assert.True(training.Loss.Item() < first / 4, $"the loss went from {first} to {training.Loss.Item()}");
    }

    /// <summary>A net that learns to give the images that it is shown.</summary>
    private sealed class Training : IDisposable
    {
        private readonly Adam optimizer;

        public Training(Device device)
        {
            Images = device.Empty<float>(BatchNormTrainingTests.Images);
            Loss = device.From<float>([0], []);
            Net = new Sequential(
                new ModuleScope(device, seed: 3),
                at => new Conv2dLayer(at, new ConvShape(2, 6, 3), new Conv2dParams(Padding: 1), hasBias: false),
                at => new BatchNormLayer(at, 6),
                at => new FunctionLayer(at, Relu.Apply),
                at => CausalConv2dLayer.Masked(at, new ConvShape(6, 6, 3), ConvMask.B),
                at => new BatchNormLayer(at, 6, momentum: 0.2f),
                at => new FunctionLayer(at, Relu.Apply),
                at => new Conv2dLayer(at, new ConvShape(6, 2, 1), new Conv2dParams()));
            optimizer = new Adam(Net.Parameters, new AdamOptions { LearningRate = 1e-2 });
        }

        public Sequential Net { get; }

        public Tensor<float> Images { get; }

        public Tensor<float> Loss { get; }

        public IEnumerable<NamedTensor> State => Net.State.Concat(optimizer.State).Append(new NamedTensor("loss", Loss));

        /// <summary>Brings the images of a step, outside of what is recorded.</summary>
        public void Load(int step)
        {
            using var images = Primitive.RandomNormal(
                Images.Device, Images.Shape, mean: 1, deviation: 2, seed: 1, stream: (ulong)step);
            Images.CopyFrom(images.ToArray());
            optimizer.Advance();
        }

        public void Step()
        {
            using var tape = new Tape(Images.Device);
            var x = tape.Constant(Images);
            var loss = MeanSquaredError.Apply(Net.Forward(x, StepContext.Training), x);
            Primitive.CopyInto(Loss, loss.Value);
            tape.Backward(loss);
            optimizer.Apply();
        }

        public void Dispose()
        {
            optimizer.Dispose();
            Net.Dispose();
            Images.Dispose();
            Loss.Dispose();
        }
    }
}
