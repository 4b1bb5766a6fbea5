using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Adversarial;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Perceptual;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Ptx.Launching;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>Training with a discriminator: both players' gradients, and that a step is one recording.</summary>
[Collection(RunAlone.Name)]
public sealed class AdversarialTaskTests : IDisposable
{
    private static readonly VqVaeOptions Model = new()
    {
        Hidden = 16,
        ResidualHidden = 8,
        Quantizer = new VectorQuantizerOptions { CodebookSize = 16, CodeDim = 8 },
    };

    private static readonly AdversarialOptions Task = new() { Normalize = false, Discriminator = new() { Hidden = 32 } };

    private static readonly RunConfig Config = new()
    {
        Run = new RunOptions { Batch = 2, Seed = 5 },
        Data = new DataOptions { Channels = 3, Height = 16, Width = 16, Variance = 0.06 },
        Model = Model,
        Task = Task,
        Optimizer = new AdamWOptions { LearningRate = 1e-3, ClipNorm = 1, WeightEma = 0.9 },
    };

    private static readonly Dictionary<string, AutoencoderOptions> Families = new()
    {
        ["vqvae"] = Model,
        ["vqvae, fsq"] = Model with
        {
            Init = Initialization.Torch,
            Quantizer = new FiniteScalarQuantizerOptions { Levels = [5, 4] },
        },
        ["vqvae2"] = new VqVae2Options { Hidden = 16, ResidualHidden = 8, Quantizer = Model.Quantizer },
    };

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, bool> FamilyNames { get; } =
        [.. Families.Keys.SelectMany(name => ((bool[])[false, true]).Select(isPerceptual => (name, isPerceptual)))];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(FamilyNames))]
    public void Both_players_get_the_gradients_of_their_losses_computed_on_one_tape(string family, bool isPerceptual)
    {
        using var device = Device.Open("cpu");
        var config = Config with { Model = Families[family], Task = Task with { Perceptual = isPerceptual ? Network() : null } };
        using var state = new TrainingState(device, config);
        using var again = new TrainingState(device, config);
        var pixels = Pixels(2);
        ((ImageTask)state.Task).Load(pixels);
        state.Begin();
        using var output = state.Task.Learn(part: 0, state.Context);
        var figures = output.Figures.ToDictionary(figure => figure.Name, figure => (double)figure.Value.Value.Item());
        Assert.Equal(state.Task.Figures.Order(), figures.Keys.Union([MetricNames.Quantizer]).Order());

        var expected = OnOneTape(again, pixels, config, figures[MetricNames.AdaptiveWeight]);

        foreach (var (name, figure) in expected)
        {
            Assert.True(
                Math.Abs(figure - figures[name]) <= 1e-4 * (Math.Abs(figure) + 1e-3), $"{name}: {figure}, {figures[name]}");
        }

        AssertClose(again.Model.Parameters, state.Model.Parameters);
        AssertClose(again.Task.Parameters, state.Task.Parameters);
    }

    [Theory]
    [InlineData("vqvae")]
    [InlineData("vqvae2")]
    public void The_last_layers_weight_is_found_in_every_family(string family)
    {
        using var device = Device.Open("cpu");
        using var state = new TrainingState(device, Config with { Model = Families[family] });
        state.Begin();
        using var tape = new Tape(device);
        using var images = device.From<float>(Pixels(2), [2, 3, 16, 16]);
        using var output = state.Model.Forward(tape.Constant(images), state.Context);
        var last = family == "vqvae" ? "_decoder._conv_trans_2.weight" : state.Model.Parameters
            .Last(parameter => parameter.Name.StartsWith("dec.", StringComparison.Ordinal) && parameter.Shape.Rank == 4).Name;

        Assert.Equal(last, AdaptiveWeight.LastWeight(output.Reconstruction).Op);
    }

    [Fact]
    public void Until_the_discriminator_begins_a_run_is_one_without_and_it_waits_as_it_was()
    {
        using var device = Device.Open("cpu");
        using var with = new TrainingState(device, Config with { Task = Task with { DiscriminatorStart = 3 } });
        using var without = new TrainingState(device, Config with { Task = new ReconstructionOptions { Normalize = false } });
        using var step = new TrainingStep(with);
        using var other = new TrainingStep(without);
        var initial = Trained();
        for (var i = 0; i < 3; i++)
        {
            step.Run(Pixels(2, i));
            other.Run(Pixels(2, i));
        }

        Assert.Equal(Numbers(without.Model.State.Concat(without.Optimizer.State)), Numbers(
            with.Model.State.Concat(with.Optimizer.State)));
        Assert.Equal(initial, Trained());
        step.Run(Pixels(2, 3));
        other.Run(Pixels(2, 3));
        Assert.NotEqual(Numbers(without.Model.State), Numbers(with.Model.State));
        Assert.NotEqual(initial, Trained());

        // What its parameters and moments are.
        float[] Trained() => Numbers(with.Task.State.Where(named => !IsOfPowerIteration(named.Key)));
    }

    [Fact]
    public void The_discriminators_first_step_is_Adams_first_however_late_it_comes()
    {
        using var device = Device.Open("cpu");
        var options = Config with { Optimizer = new AdamOptions { LearningRate = 1e-3 } };
        using var state = new TrainingState(device, options with { Task = Task with { DiscriminatorStart = 20 } });
        using var step = new TrainingStep(state);
        var before = Weights();
        for (var i = 0; i < 21; i++)
        {
            step.Run(Pixels(2, i));
        }

        // The first step of Adam is the learning rate in the direction of the gradient, where that is not tiny.
        var moved = before.Zip(Weights(), (a, b) => Math.Abs(a - b)).ToArray();
        Assert.InRange(moved.Max(), 0.99e-3, 1.01e-3);
        Assert.True(moved.Count(distance => distance > 0.9e-3) > moved.Length / 2);

        float[] Weights() => [.. state.Task.Parameters.SelectMany(parameter => parameter.Value.ToArray())];
    }

    [Theory]
    [InlineData("cpu", true)]
    [InlineData("kernels", false)]
    [InlineData("opencl", false)]
    [InlineData("ptx", false)]
    public void Replayed_steps_end_in_the_bits_of_steps_that_are_all_executed(string name, bool isPerceptual)
    {
        using var device = Open(name);
        var config = Config with
        {
            Run = Config.Run with { Batch = 1, Accumulate = 2 },
            Data = isPerceptual ? Config.Data : Config.Data with { Height = 8, Width = 8 },
            Model = Model with { Hidden = 8, ResidualHidden = 4, Dropout = 0.2 },
            Task = Task with
            {
                Perceptual = isPerceptual ? Network() : null,
                DiscriminatorStart = 1,
                Discriminator = new() { Hidden = 8 },
            },
        };
        using var replayed = new TrainingState(device, config);
        using var executed = new TrainingState(device, config);
        using var step = new TrainingStep(replayed);
        var side = config.Data.Height;
        for (var i = 0; i < 4; i++)
        {
            var pixels = Pixels(2, i)[..(2 * 3 * side * side)];
            step.Run(pixels);
            using var once = new TrainingStep(executed);
            once.Run(pixels);
            Assert.Equal(Numbers(All(executed)), Numbers(All(replayed)));
        }

        Assert.True(step.Recording.IsRecorded);
        Assert.All(Numbers(All(replayed)), number => Assert.True(float.IsFinite(number)));
    }

    [Fact]
    public void In_the_steady_state_a_step_makes_no_object_and_takes_no_memory()
    {
        var config = Config with
        {
            Run = Config.Run with { Batch = 1, Accumulate = 2 },
            Task = Task with { Perceptual = Network(), DiscriminatorStart = 1 },
        };
        TrainingStepTests.AssertSteady(config, _ => Pixels(2), steps: 20);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_batch_that_is_seen_again_and_again_is_learnt_while_all_terms_stay_finite(bool isPerceptual)
    {
        using var device = Device.Open("cpu");
        var config = Config with
        {
            Run = Config.Run with { Batch = 4 },
            Model = Model with { Hidden = 32 },
            Task = Task with { Perceptual = isPerceptual ? Network() : null },
            Optimizer = new AdamWOptions { LearningRate = 3e-3, ClipNorm = 1 },
        };
        using var state = new TrainingState(device, config);
        using var step = new TrainingStep(state);
        var pixels = Smooth(4);
        var lines = new List<Dictionary<string, double>>();
        for (var i = 0; i < 10; i++)
        {
            for (var j = 0; j < 40; j++)
            {
                step.Run(pixels);
            }

            lines.Add(state.Sums.Take().Figures);
            Assert.All(lines[^1].Values, figure => Assert.True(double.IsFinite(figure)));
        }

        Assert.Null(state.FirstKeyNotFinite());
        Assert.True(
            lines[^1][MetricNames.Reconstruction] < lines[0][MetricNames.Reconstruction] / 2,
            string.Join(' ', lines.Select(line => line[MetricNames.Reconstruction])));
        Assert.All(lines, line => Assert.InRange(line[MetricNames.AdaptiveWeight], 1e-6, 1e4));
        Assert.All(lines, line => Assert.InRange(line[MetricNames.Discriminator], 1, 3)); // scores lie between 0 and 1
        Assert.All(lines, line => Assert.InRange(line[MetricNames.GradientPenalty], 1e-9, 20));
        Assert.True(lines[^1][MetricNames.GradientPenalty] < lines[0][MetricNames.GradientPenalty]);
    }

    [Theory]
    [InlineData("vqvae")]
    [InlineData("vqvae, fsq")]
    public void Gradients_of_parts_add_up_to_those_of_the_whole(string family)
    {
        using var device = Device.Open("cpu");
        var config = Config with { Model = Families[family] };
        using var whole = new TrainingState(device, config with { Run = Config.Run with { Batch = 4 } });
        using var parts = new TrainingState(device, config with { Run = Config.Run with { Batch = 1, Accumulate = 4 } });
        foreach (var state in (TrainingState[])[whole, parts])
        {
            ((ImageTask)state.Task).Load(Pixels(4));
            state.Begin();
            for (var part = 0; part < state.Parts; part++)
            {
                Assert.Equal(part < state.Parts - 1, state.ContextOf(part).IsPart);
                using var output = state.Task.Learn(part, state.ContextOf(part));
                state.Sums.Add(output);
            }
        }

        // The model's differ: λ is one of each part.
        AssertClose(whole.Task.Parameters, parts.Task.Parameters);

        var (one, four) = (whole.Sums.Take().Figures, parts.Sums.Take().Figures);
        Assert.Equal(one[MetricNames.Reconstruction], four[MetricNames.Reconstruction], 1e-6);
        Assert.Equal(one[MetricNames.Discriminator], four[MetricNames.Discriminator], 1e-5);
        foreach (var (expected, actual) in whole.Model.State.Zip(parts.Model.State))
        {
            // An EMA codebook has learnt from four images, once.
            foreach (var (a, b) in expected.Tensor.ToArray().Zip(actual.Tensor.ToArray()))
            {
                Assert.Equal(a, b, 1e-5f);
            }
        }
    }

    [Fact]
    public void Gradients_of_a_reconstructions_parts_add_up_too()
    {
        using var device = Device.Open("cpu");
        var config = Config with { Task = new ReconstructionOptions() };
        using var whole = new TrainingState(device, config with { Run = Config.Run with { Batch = 4 } });
        using var parts = new TrainingState(device, config with { Run = Config.Run with { Batch = 2, Accumulate = 2 } });
        foreach (var state in (TrainingState[])[whole, parts])
        {
            ((ImageTask)state.Task).Load(Pixels(4));
            state.Begin();
            for (var part = 0; part < state.Parts; part++)
            {
                using var output = state.Task.Learn(part, state.ContextOf(part));
            }
        }

        AssertClose(whole.Parameters, parts.Parameters);
    }

    /// <summary>Both losses as they are written down, each on one tape with all networks, with a given λ; leaves gradients in the
    /// parameters.</summary>
    private static Dictionary<string, double> OnOneTape(
        TrainingState state, float[] pixels, RunConfig config, double lambda)
    {
        var device = state.Model.Device;
        var task = (AdversarialOptions)config.Task;
        using var discriminator = new Discriminator(
            new ModuleScope(device, config.Run.Seed, path: "discriminator"), task.Discriminator, (3, 16, 16));
        discriminator.Advance();
        state.Begin();
        using var images = device.From<float>(pixels, [2, 3, 16, 16]);
        using var perceptual = Load(device, task.Perceptual);
        var figures = new Dictionary<string, double>();
        using var tape = new Tape(device);
        var x = tape.Constant(images);
        using var output = state.Model.Forward(x, state.Context);
        var reconstruction = output.Reconstruction.Keep();
        var recon = MeanSquaredError.Apply(reconstruction, x);
        var look = perceptual?.Of(reconstruction, images);
        var weights = discriminator.On(tape);
        var fake = discriminator.Judge(reconstruction, weights);
        var generator = HingeLoss.OfGenerator(fake.Scores);
        var loss = recon + generator * (float)lambda;
        loss = look is null ? loss : loss + look;
        loss = output.Loss is null ? loss : loss + output.Loss;
        Tell((MetricNames.Reconstruction, recon), (MetricNames.Generator, generator), (MetricNames.Loss, loss));
        Tell(look is null ? [] : [(MetricNames.Perceptual, look)]);
        tape.Backward(loss);
        figures[MetricNames.AdaptiveWeight] = NormOfLastGradient(look is null ? Recon : Look) / NormOfLastGradient(Generator);

        foreach (var parameter in discriminator.Parameters)
        {
            parameter.ClearGradient(); // the generator's losses do not teach it
        }

        using var second = new Tape(device);
        weights = discriminator.On(second);
        var real = discriminator.Judge(second.Constant(images), weights);
        fake = discriminator.Judge(second.Constant(reconstruction.Value), weights);
        var (hinge, penalty) = (HingeLoss.OfDiscriminator(real.Scores, fake.Scores), real.Penalty(1) * 10);
        Tell((MetricNames.Discriminator, hinge), (MetricNames.GradientPenalty, penalty));
        second.Backward(hinge + penalty);
        foreach (var (own, other) in state.Task.Parameters.Zip(discriminator.Parameters))
        {
            Assert.Equal(own.Value.ToArray(), other.Value.ToArray());
            using var gradient = other.Gradient!.Share();
            using var carrier = new Tape(device);
            carrier.Backward(carrier.Watch(own) * 1, gradient);
        }

        return figures;

        void Tell(params (string Name, Variable Value)[] those) =>
            Array.ForEach(those, one => figures[one.Name] = one.Value.Value.Item());

        Variable Recon(Variable y, Variable x) => MeanSquaredError.Apply(y, x);
        Variable Look(Variable y, Variable x) => perceptual!.Of(y, x.Value);
        Variable Generator(Variable y, Variable x) =>
            HingeLoss.OfGenerator(discriminator.Judge(y, discriminator.On(y.Tape)).Scores);

        // An ordinary backward pass through the model, on a copy of it.
        double NormOfLastGradient(Func<Variable, Variable, Variable> of)
        {
            using var copy = new TrainingState(device, config);
            copy.Begin();
            using var own = new Tape(device);
            var target = own.Constant(images);
            using var result = copy.Model.Forward(target, copy.Context);
            own.Backward(of(result.Reconstruction, target));
            var last = copy.Model.Parameters.Last(parameter => parameter.Shape.Rank == 4 &&
                (parameter.Name == "_decoder._conv_trans_2.weight" ||
                    parameter.Name.StartsWith("dec.", StringComparison.Ordinal)));
            return Math.Sqrt(last.Gradient!.ToArray().Sum(number => (double)number * number));
        }
    }

    private static PerceptualLoss? Load(Device device, string? path)
    {
        if (path is null)
        {
            return null;
        }

        using var file = SafetensorsFile.Open(path);
        return PerceptualLoss.Load(device, file, path);
    }

    /// <summary>Gradients of one player. Those that are 0, as of a bias before a norm, are roundings of the others.</summary>
    private static void AssertClose(IEnumerable<Parameter> expected, IEnumerable<Parameter> actual)
    {
        var largest = expected.Select(parameter => parameter.Gradient).OfType<Tensor<float>>()
            .Max(gradient => gradient.ToArray().Max(MathF.Abs));
        Assert.True(largest > 1e-6);
        foreach (var (one, other) in expected.Zip(actual))
        {
            Assert.Equal((one.Name, one.Gradient is null), (other.Name, other.Gradient is null));
            var (a, b) = (one.Gradient?.ToArray() ?? [0], other.Gradient?.ToArray() ?? [0]);
            for (var i = 0; i < a.Length; i++)
            {
                Assert.True(
                    Math.Abs(a[i] - b[i]) <= 1e-4 * a.Max(MathF.Abs) + 1e-5 * largest,
                    $"{one.Name} at {i}: expected {a[i]}; got {b[i]}");
            }
        }
    }

    private static IEnumerable<NamedTensor> All(TrainingState state) => state.Model.State.Concat(state.Task.State)
        .Concat(state.Averages!.State).Concat(state.Optimizer.State).Concat(state.Sums.State);

    private static float[] Numbers(IEnumerable<NamedTensor> state) => [.. state.SelectMany(named => named.Tensor.ToArray())];

    private static bool IsOfPowerIteration(string key) =>
        key.EndsWith("weight_u", StringComparison.Ordinal) || key.EndsWith("weight_v", StringComparison.Ordinal);

    private static Device Open(string name)
    {
        if (name == "opencl")
        {
            OptionalDevice.Require(name);
        }

        return name == "ptx" ? PtxEngine.OpenDevice(new DeviceOptions(PoisonMemory: true)) : Device.Open(name);
    }

    private static float[] Pixels(int count, int step = 0)
    {
        using var device = Device.Open("cpu", new DeviceOptions(Threads: 1));
        using var images = Primitive.RandomUniform(device, [count, 3, 16, 16], -0.5f, 0.5f, seed: 1, (ulong)step);
        return images.ToArray();
    }

    /// <summary>Images that a model can learn: waves of a few pixels' length.</summary>
    private static float[] Smooth(int count) =>
    [
        .. Enumerable.Range(0, count * 3 * 16 * 16).Select(i =>
            0.4f * MathF.Sin(0.5f * (i % 16) + i / 256) * MathF.Cos(0.4f * (i / 16 % 16) - i / 768)),
    ];

    private string Network()
    {
        var path = folder.At("network.safetensors");
        SmallNetwork.Write(path);
        return path;
    }
}
