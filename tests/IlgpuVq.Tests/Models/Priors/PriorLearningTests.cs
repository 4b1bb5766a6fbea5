using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Priors;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Laws;
using Xunit;

namespace IlgpuVq.Tests.Models.Priors;

/// <summary>Training steps of every prior.</summary>
public sealed class PriorLearningTests(LawDevices devices) : IClassFixture<LawDevices>
{
    public static TheoryData<string> Families => PriorTests.FamilyNames();

    public static TheoryData<string, string> OnDevices() =>
        [.. from family in PriorTests.Small.Keys from device in LawDevices.Names where device != "ptx" select (family, device)];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_batch_is_learnt(string family)
    {
        using var learner = new Learner(devices.Open("cpu"), family, learningRate: 1e-2);
        using var step = new Recording(learner.Prior.Device, learner.Step);
        var first = learner.Run(step.Run);
        for (var i = 1; i < 150; i++)
        {
            learner.Run(step.Run);
        }

        var last = learner.Run(step.Run);
        Assert.True(last < 0.4f * first, $"{family}: from {first} to {last}");
    }

    [Theory]
    [MemberData(nameof(OnDevices))]
    public void A_step_that_is_replayed_is_one_that_is_run_anew(string family, string name)
    {
        var device = devices.Open(name);
        var bits = new List<float[]>();
        foreach (var isRecorded in new[] { false, true })
        {
            using var learner = new Learner(device, family, learningRate: 1e-3);
            using var recording = isRecorded ? new Recording(device, learner.Step) : null;
            Action step = recording is null ? learner.Step : recording.Run;
            var losses = Enumerable.Range(0, 3).Select(_ => learner.Run(step)).ToArray();
            bits.Add([.. losses, .. learner.Prior.Parameters.SelectMany(parameter => parameter.Value.ToArray())]);
        }

        Assert.All(bits[0], number => Assert.True(float.IsFinite(number)));
        Assert.Equal(bits[0], bits[1]);
    }

    /// <summary>A prior, a batch, and what moves the weights.</summary>
    private sealed class Learner : IDisposable
    {
        private readonly PriorTests.Codes codes;
        private readonly IOptimizer optimizer;
        private readonly RandomState random;
        private readonly Tensor<float> sum;
        private int steps;

        public Learner(Device device, string family, double learningRate)
        {
            Prior = PriorTests.Build(device, family);
            codes = new PriorTests.Codes(device);
            optimizer = new AdamOptions { LearningRate = learningRate }.Build([.. Prior.Parameters]);
            random = new RandomState(device, seed: 5);
            sum = device.From<float>([0], []);
        }

        public CodePrior Prior { get; }

        public void Step()
        {
            using var tape = new Tape(Prior.Device);
            var context = new StepContext(IsTraining: true, random);
            var losses = Prior.Losses(tape, [codes.Coarse, codes.Fine], codes.Classes, context);
            var loss = losses.Aggregate((a, b) => a + b).Keep();
            tape.Backward(loss);
            optimizer.Apply();
            Primitive.CopyInto(sum, loss.Value);
        }

        /// <summary>The loss before the step.</summary>
        public float Run(Action step)
        {
            random.Set(++steps);
            optimizer.Advance();
            step();
            return sum.Item();
        }

        public void Dispose()
        {
            foreach (var owned in (IEnumerable<IDisposable>)[optimizer, codes, Prior, random, sum])
            {
                owned.Dispose();
            }
        }
    }
}
