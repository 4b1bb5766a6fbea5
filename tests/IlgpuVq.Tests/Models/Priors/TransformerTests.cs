using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Priors.MaskGit;
using IlgpuVq.Models.Priors.Transformer;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Laws;
using Xunit;

namespace IlgpuVq.Tests.Models.Priors;

/// <summary>What transformers of codes learn and draw.</summary>
public sealed class TransformerTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private static readonly Dictionary<string, BlocksOptions> Small = new()
    {
        ["transformer"] = new TransformerOptions { Width = 16, Heads = 2, Layers = 2 },
        ["maskgit"] = new MaskGitOptions { Width = 16, Heads = 2, Layers = 2 },
    };

    public static TheoryData<string> Names => [.. Small.Keys];

    public static TheoryData<string, string> NamesOnDevices =>
        [.. Small.Keys.SelectMany(name => (string[])["cpu", "kernels", "opencl"], (name, device) => (name, device))];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_has_as_many_parameters_as_its_options_say(string name)
    {
        using var device = Device.OpenDry();
        BlocksOptions options = name == "maskgit" ? new MaskGitOptions() : new TransformerOptions();
        options.Validate();
        using var prior = options.Build(
            new ModuleScope(device, seed: 1), new PriorShape(new CodeLayout("codes", 7, 7, [128]), [], Classes: 0));
        Assert.Equal(828_160, prior.Parameters.Sum(parameter => parameter.Value.Size));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void One_batch_is_learnt(string name)
    {
        var device = devices.Open("cpu");
        using var codes = new PriorTests.Codes(device);
        using var prior = Build(device, Small[name] with { Dropout = 0 });
        using var training = new Steps(prior, codes, rate: 1e-2);
        var before = prior.Score([codes.Coarse, codes.Fine], codes.Classes);
        Assert.All(before, score => Assert.True(score.NatsPerIndex > 1));
        training.Run(steps: 150);
        Assert.All(prior.Score([codes.Coarse, codes.Fine], codes.Classes), score =>
        {
            Assert.True(score.NatsPerIndex < 0.1, $"{score.NatsPerIndex} nats");
            Assert.True(score.Accuracy > 0.98, $"{score.Accuracy}");
        });

        var drawn = prior.Sample(3, codes.Classes, (_, request) => request with { Options = new() { Temperature = 0 } });
        Assert.Equal(codes.Fine.Ids.ToArray(), drawn[1].Ids.ToArray());
        drawn.ToList().ForEach(grid => grid.Dispose());
    }

    [Theory]
    [MemberData(nameof(NamesOnDevices))]
    public void A_replayed_step_is_the_executed_one(string name, string deviceName)
    {
        var device = devices.Open(deviceName);
        using var codes = new PriorTests.Codes(device);
        Assert.Equal(Learn(isRecorded: false), Learn(isRecorded: true));

        float[] Learn(bool isRecorded)
        {
            using var prior = Build(device, Small[name]);
            using var training = new Steps(prior, codes, rate: 1e-3) { IsRecorded = isRecorded };
            training.Run(steps: 3);
            return [.. training.Losses, .. prior.Parameters.SelectMany(parameter => parameter.Value.ToArray())];
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Images_are_the_same_in_whatever_batch_they_are_drawn(string name)
    {
        var device = devices.Open("cpu");
        using var codes = new PriorTests.Codes(device);
        using var prior = Build(device, Small[name]);
        var all = Draw(0, 3);
        var apart = new[] { Draw(0, 1), Draw(1, 2) };
        for (var grid = 0; grid < 2; grid++)
        {
            Assert.Equal(all[grid], apart[0][grid].Concat(apart[1][grid]));
        }

        Assert.NotEqual(all[1], Draw(3, 3)[1]);

        int[][] Draw(int first, int count)
        {
            using var classes = device.From<int>([.. codes.Classes.ToArray().Skip(first % 3).Take(count)], [count]);
            var options = new SamplingOptions { Seed = 5 };
            var drawn = prior.Sample(count, classes, (_, request) => request with { First = first, Options = options });
            int[][] ids = [.. drawn.Select(grid => grid.Ids.ToArray())];
            drawn.ToList().ForEach(grid => grid.Dispose());
            Assert.All(ids[1], (id, i) => Assert.InRange(id, 0, prior.Layouts[1].CodebookSizes[i / 12 % 2] - 1));
            return ids;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_given_stays(string name)
    {
        var device = devices.Open("cpu");
        using var codes = new PriorTests.Codes(device);
        using var prior = Build(device, Small[name]);
        var fine = codes.Fine.Ids.ToArray();
        int[] given = [.. fine.Select((id, i) => i % 5 < 2 || i < 24 ? id : -1)]; // of the first image all
        var request = new SampleRequest(3, new PriorCondition(codes.Classes, [codes.Coarse]), new SamplingOptions { Seed = 2 });
        using var drawn = prior.Grids[1].Sample(request with { Given = given });
        var ids = drawn.ToArray();
        Assert.All(given, (id, i) => Assert.True(id < 0 ? ids[i] >= 0 : ids[i] == id, $"index {i}"));
        Assert.NotEqual(fine, ids);
    }

    /// <summary>Index after index, and in passes.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Drawing_stops_where_it_is_told_to_and_leaves_nothing(string name)
    {
        var device = devices.Open("cpu");
        using var codes = new PriorTests.Codes(device);
        using var prior = Build(device, Small[name]);
        using var stop = new CancellationTokenSource();
        var (before, reports) = (device.Memory.LiveBuffers, 0);
        Assert.Throws<OperationCanceledException>(() => prior.Sample(3, codes.Classes, (layout, request) => request with
        {
            Stop = stop.Token,
            Progress = (_, _) =>
            {
                // Of the second grid: the first is there already.
                if (layout.Name == "bottom" && ++reports == 2)
                {
                    stop.Cancel();
                }
            },
        }));
        Assert.Equal((2, before), (reports, device.Memory.LiveBuffers));
    }

    internal static CodePrior Build(Device device, PriorOptions options) => new(
        new ModuleScope(device, seed: 4), options,
        [new CodeLayout("top", 2, 2, [5]), new CodeLayout("bottom", 4, 3, [6, 4])], classes: 3);

    /// <summary>Training of one batch.</summary>
    private sealed class Steps : IDisposable
    {
        private readonly IOptimizer optimizer;
        private readonly RandomState random;
        private readonly Tensor<float> loss;
        private readonly Action body;
        private readonly Recording recording;

        public Steps(CodePrior prior, PriorTests.Codes codes, double rate)
        {
            var device = prior.Device;
            optimizer = new AdamOptions { LearningRate = rate }.Build(prior.Parameters);
            random = new RandomState(device, seed: 3);
            loss = device.From<float>([0], []);
            body = () =>
            {
                using var tape = new Tape(device);
                var losses = prior.Losses(
                    tape, [codes.Coarse, codes.Fine], codes.Classes, new StepContext(IsTraining: true, random));
                var sum = losses.Aggregate((a, b) => a + b);
                tape.Backward(sum);
                optimizer.Apply();
                Primitive.CopyInto(loss, sum.Value);
            };
            recording = new Recording(device, body);
        }

        public bool IsRecorded { get; init; } = true;

        public List<float> Losses { get; } = [];

        public void Run(int steps)
        {
            for (var step = 1; step <= steps; step++)
            {
                random.Set(step);
                optimizer.Advance();
                (IsRecorded ? recording.Run : body)();
                Losses.Add(loss.Item());
            }
        }

        public void Dispose()
        {
            recording.Dispose();
            loss.Dispose();
            random.Dispose();
            optimizer.Dispose();
        }
    }
}
