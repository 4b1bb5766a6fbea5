using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Ptx.Launching;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>A training step is recorded once and replayed: for less, and with the same bits.</summary>
[Collection(RunAlone.Name)]
public sealed class TrainingStepTests
{
    private static readonly VectorQuantizerOptions Quantizer = new() { CodebookSize = 32, CodeDim = 32 };

    private static readonly VqVaeOptions Model = new() { Hidden = 64, ResidualHidden = 32, Quantizer = Quantizer };

    private static readonly RunConfig Config = new()
    {
        Run = new RunOptions { Batch = 4 },
        Data = new DataOptions { Channels = 3, Height = 16, Width = 16, Variance = 0.06 },
        Model = Model,
    };

    private static readonly Dictionary<string, ResidualAutoencoderOptions> Models = new()
    {
        ["vqvae, ema, rectified"] = Model with { ResidualSkip = ResidualSkip.Rectified },
        ["vqvae, gradient"] = Model with { Quantizer = Quantizer with { Rule = CodebookRule.Gradient } },
        ["vqvae, fsq"] = Model with { Quantizer = new FiniteScalarQuantizerOptions() },
        ["vqvae, fsq, noise"] =
            Model with { Quantizer = new FiniteScalarQuantizerOptions { NoiseDropout = 0.5, Symmetric = true, Codebooks = 2 } },
        ["vqvae, lfq"] = Model with { Quantizer = new LookupFreeQuantizerOptions() },
        ["vqvae, bsq"] = Model with { Quantizer = new BinarySphericalQuantizerOptions() },
        ["vqvae, latent"] = Model with { Quantizer = new LatentQuantizerOptions() },
        ["vqvae, fsp"] = Model with { Quantizer = new FiniteScalarPerturbationOptions { Cdf = CdfActivation.Laplace } },
        ["vqvae, binary"] = Model with { Quantizer = new BinaryMapperOptions { Bits = 6 } },
        ["vqvae2, ema"] = new VqVae2Options { Hidden = 64, ResidualHidden = 32, Quantizer = Quantizer },
        ["vqvae2, fsq"] = new VqVae2Options { Hidden = 64, ResidualHidden = 32, Quantizer = new FiniteScalarQuantizerOptions() },
    };

    /// <summary>A model and an optimizer in which all changes from step to step that can: what a recording must not
    /// keep.</summary>
    private static readonly RunConfig Changing = Config with
    {
        Model = Model with
        {
            Hidden = 32,
            Dropout = 0.2,
            Quantizer = Quantizer with
            {
                CodebookSize = 16,
                CodeDim = 8,
                DeadCodeThreshold = 2,
                CommitmentWarmup = 6,
                Decay = 0.8,
            },
        },
        Optimizer = new AdamOptions
        {
            LearningRate = 1e-2,
            ClipNorm = 0.2,
            Schedule = new CosineSchedule { Steps = 6, WarmupSteps = 2 },
            WeightEma = 0.9,
        },
    };

    public static TheoryData<string> Names { get; } = [.. Models.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void In_the_steady_state_a_step_makes_no_object_and_takes_no_memory(string name)
    {
        var config = Config with
        {
            Model = Models[name] with { Dropout = 0.1 },
            Optimizer = new AdamOptions { ClipNorm = 0.1, WeightEma = 0.9, Schedule = new CycleSchedule() },
        };
        AssertSteady(config, device => Pixels(device, stream: 0), steps: 100);
    }

    /// <summary>After two steps, no other makes an object or takes memory.</summary>
    internal static void AssertSteady(RunConfig config, Func<Device, float[]> images, int steps)
    {
        // On one thread, so that all that is allocated is allocated here.
        using var device = Device.Open("cpu", new DeviceOptions(Threads: 1));
        using var state = new TrainingState(device, config);
        using var step = new TrainingStep(state);
        var pixels = images(device);
        step.Run(pixels);
        step.Run(pixels);
        var memory = device.Memory;
        Objects.AssertNone(() =>
        {
            for (var i = 0; i < steps; i++)
            {
                step.Run(pixels);
            }
        });

        Assert.Equal(memory, device.Memory);
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("kernels")]
    public void Replayed_steps_end_in_the_bits_of_steps_that_are_all_executed(string name)
    {
        using var device = Device.Open(name);
        var config = Config with { Model = Model with { Hidden = 32 }, Run = new RunOptions { Batch = name == "cpu" ? 4 : 1 } };
        using var replayed = new TrainingState(device, config);
        using var executed = new TrainingState(device, config);
        using var step = new TrainingStep(replayed);
        for (var i = 0; i < 4; i++)
        {
            var pixels = Pixels(device, (ulong)i)[..(config.Run.Batch * 3 * 16 * 16)];
            step.Run(pixels);

            // The first run of a recording executes the step itself.
            using var once = new TrainingStep(executed);
            once.Run(pixels);
        }

        Assert.Equal(Numbers(executed), Numbers(replayed));
        Assert.NotEqual(0, replayed.Sums.Take().Figures["loss"]);
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("kernels")]
    [InlineData("opencl")]
    [InlineData("ptx")]
    public void Replayed_steps_have_the_learning_rate_noise_and_dead_codes_of_their_own_step(string name)
    {
        using var device = Open(name);
        var config = Changing with
        {
            Run = new RunOptions { Batch = name == "cpu" ? 4 : 1 },
            Data = Config.Data with { Height = 8, Width = 8 },
        };
        using var replayed = new TrainingState(device, config);
        using var executed = new TrainingState(device, config);
        using var step = new TrainingStep(replayed);
        var numbers = new List<float[]>();
        for (var i = 0; i < 5; i++)
        {
            // The same images in each step: what differs is of the step.
            var pixels = Pixels(device, stream: 0)[..(config.Run.Batch * 3 * 8 * 8)];
            step.Run(pixels);
            using var once = new TrainingStep(executed);
            once.Run(pixels);
            numbers.Add(Numbers(replayed));
            Assert.Equal(Numbers(executed), numbers[^1]);
        }

        Assert.True(step.Recording.IsRecorded);
        Assert.Equal(5, replayed.Step);
    }

    [Fact]
    public void Random_numbers_and_scalars_of_a_step_are_functions_of_the_seed_and_the_step_alone()
    {
        using var device = Device.Open("cpu");
        var config = Changing with { Run = Changing.Run with { Seed = 11 } };
        using var state = new TrainingState(device, config);
        using var goesOn = new TrainingState(device, config) { Step = 2 };
        using var step = new TrainingStep(state);
        using var seeded = new RandomState(device, seed: 11);
        var seen = new HashSet<float>();
        var pixels = Pixels(device, stream: 0);
        for (var i = 0; i < 4; i++)
        {
            step.Run(pixels);
            seeded.Set(i);
            AssertSame(seeded.Uniform([3], 0, 1, stream: 8), state.Context.Random!.Uniform([3], 0, 1, stream: 8));
            seen.UnionWith(seeded.Uniform([3], 0, 1, stream: 8).ToArray());
            Assert.Equal(0.25f * (i + 1) / 6, state.Context.Scalars!.Read("_vq_vae.commitment").Item(), 1e-7f);
        }

        Assert.Equal(12, seen.Count);
        goesOn.Begin();
        seeded.Set(2);
        AssertSame(seeded.Uniform([3], 0, 1, stream: 8), goesOn.Context.Random!.Uniform([3], 0, 1, stream: 8));
        Assert.Equal(0.25f * 3 / 6, goesOn.Context.Scalars!.Read("_vq_vae.commitment").Item(), 1e-7f);

        static void AssertSame(Tensor<float> expected, Tensor<float> actual) =>
            Assert.Equal(expected.ToArray(), actual.ToArray());
    }

    [Theory]
    [InlineData("dropout")]
    [InlineData("threshold")]
    [InlineData("commitment")]
    [InlineData("clip")]
    [InlineData("schedule")]
    [InlineData("average")]
    public void Each_of_them_changes_what_a_run_ends_in(string which)
    {
        var model = (VqVaeOptions)Changing.Model;
        var quantizer = (VectorQuantizerOptions)model.Quantizer;
        var without = which switch
        {
            "dropout" => Changing with { Model = model with { Dropout = 0 } },
            "threshold" => Changing with { Model = model with { Quantizer = quantizer with { DeadCodeThreshold = 0 } } },
            "commitment" => Changing with { Model = model with { Quantizer = quantizer with { CommitmentWarmup = 0 } } },
            "clip" => Changing with { Optimizer = Changing.Optimizer with { ClipNorm = 0 } },
            "average" => Changing with { Optimizer = Changing.Optimizer with { WeightEma = 0.1 } },
            _ => Changing with { Optimizer = Changing.Optimizer with { Schedule = new ConstantSchedule() } },
        };

        Assert.Equal(Train(Changing), Train(Changing));
        Assert.NotEqual(Train(Changing), Train(without));

        static float[] Train(RunConfig config)
        {
            using var device = Device.Open("cpu");
            using var state = new TrainingState(device, config);
            using var step = new TrainingStep(state);
            var pixels = Pixels(device, stream: 0);
            step.Run(pixels);
            step.Run(pixels);
            return Numbers(state);
        }
    }

    private static Device Open(string name)
    {
        if (name == "opencl")
        {
            OptionalDevice.Require(name);
        }

        return name == "ptx" ? PtxEngine.OpenDevice(new DeviceOptions(PoisonMemory: true)) : Device.Open(name);
    }

    private static float[] Numbers(TrainingState state) =>
    [
        .. state.Model.State.Concat(state.Averages?.State ?? []).Concat(state.Optimizer.State).Concat(state.Sums.State)
            .SelectMany(named => named.Tensor.ToArray()),
    ];

    private static float[] Pixels(Device device, ulong stream)
    {
        using var images = Primitive.RandomUniform(device, [4, 3, 16, 16], -0.5f, 0.5f, seed: 1, stream);
        return images.ToArray();
    }
}
