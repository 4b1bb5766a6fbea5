using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.Asymmetric;
using IlgpuVq.Models.Autoencoders.BatchNormVqVae;
using IlgpuVq.Models.Autoencoders.Cvae;
using IlgpuVq.Models.Autoencoders.KerasVqVae;
using IlgpuVq.Models.Autoencoders.KlAutoencoder;
using IlgpuVq.Models.Autoencoders.Paella;
using IlgpuVq.Models.Autoencoders.Resnet;
using IlgpuVq.Models.Autoencoders.TinyAutoencoder;
using IlgpuVq.Models.Autoencoders.VqCvae;
using IlgpuVq.Models.Autoencoders.VqModel;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Priors.PixelCnn;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Hierarchical;
using IlgpuVq.Models.Quantizers.Residual;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using Xunit;

namespace IlgpuVq.Tests.Train;

public sealed class RunConfigTests
{
    private const string Data = "\"data\": {\"channels\": 3, \"height\": 32, \"width\": 48, \"variance\": 0.0625}";

    private static readonly DataOptions Known = new() { Channels = 3, Height = 32, Width = 48, Variance = 0.0625 };

    private static readonly RunOptions Run = new()
    {
        Accelerator = "cpu",
        Precision = Precision.Tf32,
        Steps = 10_000,
        Batch = 64,
        Seed = ulong.MaxValue,
        LogEvery = 10,
        CheckpointEvery = 20,
        SampleEvery = 30,
    };

    private static readonly QuantizedAutoencoderOptions[] Models =
    [
        new VqVaeOptions { Hidden = 96, ResidualHidden = 24, ResidualLayers = 3, ResidualSkip = ResidualSkip.Rectified,
            BlockNames = BlockNames.Twice, Init = Initialization.Torch },
        new VqVae2Options { Hidden = 64, ResidualHidden = 16, ResidualLayers = 1, PixelRange = PixelRange.Signed },
        new KerasVqVaeOptions { Hidden = 96 },
        new BatchNormVqVaeOptions { Hidden = 96, Init = Initialization.Torch },
        new VqCvaeOptions { Hidden = 96, PixelRange = PixelRange.Unit },
    ];

    private static readonly AutoencoderOptions[] Others =
    [
        new VqModelOptions
        {
            BlockOutChannels = [32, 64],
            LayersPerBlock = 2,
            LatentChannels = 64,
            NormNumGroups = 8,
            AttentionLevels = [1],
            NormType = NormType.Spatial,
            ScalingFactor = 0.5,
        },
        new KlAutoencoderOptions
        {
            BlockOutChannels = [32, 64, 64],
            MidBlockAddAttention = false,
            PosteriorWeight = 0.5,
            UseQuantConv = false,
            UsePostQuantConv = false,
        },
        new TinyAutoencoderOptions
        {
            EncoderBlockOutChannels = [8, 16],
            DecoderBlockOutChannels = [16, 8],
            NumEncoderBlocks = [1, 2],
            NumDecoderBlocks = [0, 3],
            LatentChannels = 5,
        },
        new AsymmetricOptions { BlockOutChannels = [32, 64], UpBlockOutChannels = [64, 96], LayersPerUpBlock = 2,
            ConditionChannels = [64, 96, 96], MaskRectangles = 3, MaskWhole = 0.25 },
        new PaellaOptions { UpDownScaleFactor = 4, Levels = 3, BottleneckBlocks = 2, EmbedDim = 64, ScaleFactor = 0.5 },
        new CvaeOptions { Hidden = 16, ImageSize = 28, PosteriorWeight = 0.25 },
    ];

    private static readonly QuantizerOptions[] Quantizers =
    [
        new VectorQuantizerOptions { CodebookSize = 256, CodeDim = 32, Commitment = 0.5, Rule = CodebookRule.Gradient,
            Decay = 0.95 },
        new FiniteScalarQuantizerOptions { Levels = [7, 5, 4, 3, 2], Codebooks = 2, Symmetric = true, NoiseDropout = 0.5 },
        new LookupFreeQuantizerOptions { Bits = 5, InverseTemperature = 10, EntropyWeight = 0.5, DiversityGamma = 2,
            Commitment = 1, CodeScale = 0.5 },
        new BinarySphericalQuantizerOptions { Bits = 5, InverseTemperature = 10, EntropyWeight = 0.5, DiversityGamma = 2,
            Commitment = 1 },
        new LatentQuantizerOptions { Levels = [4, 3], QuantizeWeight = 0.5, Commitment = 1 },
        new FiniteScalarPerturbationOptions { Levels = [4, 3], Cdf = CdfActivation.Cauchy, QuantizeRate = 0.5, MeanWeight = 1,
            VarianceWeight = 2, SkewnessWeight = 3, KurtosisWeight = 4 },
        new BinaryMapperOptions { Bits = 5, FreeNats = 2, KlWeight = 0.5 },
        new ResidualQuantizerOptions
        {
            Layers = 2,
            Layer = new() { CodebookSize = 9, Commitment = 0.5, Rule = CodebookRule.Gradient },
            LayerCodes = [8, 7],
            ImplicitDepth = 3,
            QuantizeDropout = true,
            QuantizeDropoutCutoff = 1,
            QuantizeDropoutMultiple = 2,
        },
        new ResidualFsqOptions { Layers = 3, Layer = new() { Levels = [5, 4] } },
        new GroupedResidualOptions
        {
            Groups = 3,
            Group = new() { Layers = 2, Beam = 4, SharedCodebook = true, Layer = new() { CodeDim = 8 } },
        },
        new ResidualLfqOptions { Layers = 3, Layer = new() { Bits = 5, CodeScale = 2 } },
        new GroupedResidualFsqOptions { Groups = 4, Group = new() { Layers = 2, Layer = new() { Levels = [3, 3] } } },
        new SimVqOptions { CodebookSize = 31, CodeDim = 16, Commitment = 0.125 },
        new ResidualSimVqOptions { Layers = 2, Layer = new() { CodebookSize = 30 } },
        new RandomProjectionOptions { CodebookSize = 29, CodeDim = 32, ProjectionDim = 8 },
        new HierarchicalOptions
        {
            CodebookSize = 28,
            CodeDim = 16,
            Scales = [2, 5],
            ConvolutionRatio = 0.25,
            SharedConvolution = true,
        },
        new GumbelQuantizerOptions { CodebookSize = 64, CodeDim = 8, Temperature = 2, TemperatureSteps = 9, Hard = false },
    ];

    private static readonly OptimizerOptions[] Optimizers =
    [
        new AdamOptions { LearningRate = 1e-3, Beta1 = 0.5, Beta2 = 0.9, Epsilon = 1e-7 },
        new AdamWOptions
        {
            LearningRate = 1e-3,
            Beta1 = 0.5,
            Beta2 = 0.9,
            Epsilon = 1e-7,
            WeightDecay = 0.125,
            ClipNorm = 2,
            WeightEma = 0.5,
        },
    ];

    private static readonly TaskOptions[] Tasks =
    [
        new ReconstructionOptions { ReconstructionLoss = ReconstructionLoss.L1, Normalize = false },
        new AdversarialOptions
        {
            ReconstructionLoss = ReconstructionLoss.L1,
            Normalize = false,
            Perceptual = "/vgg.safetensors",
            Discriminator = new() { Depth = 3, Hidden = 64, Sigmoid = false },
            DiscriminatorStart = 11,
            DiscriminatorLearningRate = 1e-3,
            AdversarialWeight = 0.5,
            GradientPenalty = 5,
            GradientPenaltyNorm = 0,
        },
        new PriorTaskOptions
        {
            Prior = new PixelCnnOptions { Width = 32, Conditional = false },
            HeldImages = 7,
            HeldPart = 0.25,
            Classes = 3,
            Grids = [new GridOptions("top", 2, 3, [5]), new GridOptions("bottom", 4, 6, [7, 8])],
            ModelHash = "0123",
        },
    ];

    private static readonly ScheduleOptions[] Schedules =
    [
        new ConstantSchedule { WarmupSteps = 3 },
        new StepSchedule { WarmupSteps = 3, Every = 7, Multiplier = 0.25 },
        new CosineSchedule { WarmupSteps = 3, Steps = 50, End = 0.125 },
        new PowerSchedule { WarmupSteps = 3, Steps = 50, End = 0.125, Exponent = 3 },
        new CycleSchedule { Steps = 50, Warmup = 0.25 },
    ];

    public static TheoryData<int, int, int> All { get; } =
    [
        .. from m in Enumerable.Range(0, Models.Length)
           from q in Enumerable.Range(0, Quantizers.Length)
           from o in Enumerable.Range(0, Optimizers.Length)
           select (m, q, o),
    ];

    [Theory]
    [MemberData(nameof(All))]
    public void A_config_of_every_family_quantizer_and_optimizer_comes_back_as_it_was_written(
        int model, int quantizer, int optimizer)
    {
        var config = Complete(model, quantizer, optimizer);

        var read = Read(ConfigFile.ToText(config));

        Assert.Equal(config, read);
        Assert.NotEqual(Complete((model + 1) % Models.Length, quantizer, optimizer), read);
        Assert.NotEqual(Complete(model, (quantizer + 1) % Quantizers.Length, optimizer), read);
        Assert.NotEqual(Complete(model, quantizer, 1 - optimizer), read);
    }

    [Fact]
    public void Every_kind_of_the_registries_has_been_through_the_round_trip()
    {
        Assert.Equal(
            ModelFamilies.All.Select(kind => kind.Default.GetType()), Models.Concat(Others).Select(options => options.GetType()));
        Assert.All(Others, model =>
        {
            var config = Complete(0, 0, 0) with { Model = model };
            Assert.Equal(config, Read(ConfigFile.ToText(config)));
            Assert.NotEqual(config with { Model = model with { Channels = 4 } }, config);
            Assert.NotEqual(config with { Model = ModelFamilies.All.First(kind => kind.Name == model.Family).Default }, config);
        });
        Assert.Equivalent(
            QuantizerKinds.All.Select(kind => kind.Default.GetType().Name), Quantizers.Select(options => options.GetType().Name));
        Assert.Equal(OptimizerKinds.All.Select(kind => kind.Default.GetType()), Optimizers.Select(options => options.GetType()));
        Assert.Equal(ScheduleKinds.All.Select(kind => kind.Default.GetType()), Schedules.Select(options => options.GetType()));
        Assert.Equal(TaskKinds.All.Select(kind => kind.Default.GetType()), Tasks.Select(options => options.GetType()));
        Assert.All(Tasks.Concat(PriorFamilies.All.Select(kind => new PriorTaskOptions { Prior = kind.Default })), task =>
        {
            var config = Complete(0, 0, 0) with { Task = task };
            Assert.Equal(config, Read(ConfigFile.ToText(config)));
        });
        Assert.All(Schedules, schedule =>
        {
            var config = Complete(0, 0, 0);
            config = config with { Optimizer = config.Optimizer with { Schedule = schedule } };
            Assert.Equal(config, Read(ConfigFile.ToText(config)));
        });
    }

    [Fact]
    public void The_file_is_readable_text_with_the_names_of_the_options()
    {
        var json = ConfigFile.ToText(Complete(0, 0, 1));
        string[] lines =
        [
            "\"version\": 2,", "\"kind\": \"vqvae\",", "\"kind\": \"vector\",", "\"kind\": \"adamw\",",
            "\"residual_hidden\": 24,",
            "\"residual_skip\": \"rectified\",", "\"init\": \"torch\"", "\"learning_rate\": 0.001", "\"codebook\": \"gradient\",",
            "\"precision\": \"tf32\",", "\"seed\": 18446744073709551615,", "\"normalize\": false",
            "\"reconstruction_loss\": \"l1\",",
        ];
        foreach (var line in lines)
        {
            Assert.Contains(" " + line, json, StringComparison.Ordinal);
        }

        Assert.DoesNotContain('\r', json);
    }

    [Fact]
    public void Absent_fields_have_their_defaults_and_unknown_ones_are_passed_over()
    {
        var config = Read("{\"version\": 2, " + Data.Replace("{", "{\"zoom\": [1], ") + """
            , "later": {"a": [1]}, "run": {"steps": 7, "ema": null},
            "model": {"hidden": 64, "quantizer": {"levels": [3, 3], "noise": 0.5, "kind": "fsq"}, "kind": "vqvae", "mask": {}}}
            """);

        var expected = new RunConfig
        {
            Run = new RunOptions { Steps = 7 },
            Data = Known,
            Model = new VqVaeOptions { Hidden = 64, Quantizer = new FiniteScalarQuantizerOptions { Levels = [3, 3] } },
        };
        Assert.Equal(expected, config);
    }

    [Fact]
    public void A_task_of_no_kind_is_that_of_programs_which_had_one()
    {
        var config = Read("{\"version\": 2, " + Data + """, "task": {"reconstruction_loss": "l1", "normalize": false}}""");

        Assert.Equal(new ReconstructionOptions { ReconstructionLoss = ReconstructionLoss.L1, Normalize = false }, config.Task);
        Assert.Equal(config, Read(ConfigFile.ToText(config)));
    }

    [Fact]
    public void Version_1_is_read_as_what_it_meant()
    {
        var config = Read("""
            {
              "version": 1, "model": "vqvae", "data": "cifar10", "data_root": "/Data", "accelerator": "cpu", "precision": "Tf32",
              "steps": 10000, "batch": 64, "learning_rate": 0.001, "hidden": 96, "residual_hidden": 24, "residual_layers": 3,
              "initialization": "sonnet", "residual_skip": "clean", "codes": 256, "code_dim": 32, "commitment": 0.5,
              "codebook": "gradient", "decay": 0.95, "seed": 18446744073709551615, "log_every": 10, "checkpoint_every": 20,
              "sample_every": 30, "channels": 1, "height": 32, "width": 48, "data_variance": 0.0625, "ema_warmup": 10
            }
            """);

        var expected = new RunConfig
        {
            Run = Run,
            Data = Known with { Name = "cifar10", Root = "/Data", Channels = 1 },
            Model = new VqVaeOptions
            {
                Channels = 1,
                Hidden = 96,
                ResidualHidden = 24,
                ResidualLayers = 3,
                Init = Initialization.Sonnet,
                ResidualSkip = ResidualSkip.Clean,
                Quantizer = new VectorQuantizerOptions
                {
                    CodebookSize = 256,
                    CodeDim = 32,
                    Commitment = 0.5,
                    Rule = CodebookRule.Gradient,
                    Decay = 0.95
                },
            },
            Optimizer = new AdamOptions { LearningRate = 1e-3 },
        };
        Assert.Equal(expected, config);
    }

    [Fact]
    public void What_version_1_did_not_write_has_the_defaults_of_version_1()
    {
        var config = Read("""{"version":1,"channels":3,"height":32,"width":48,"data_variance":0.0625,"data_root":null}""");

        var expected = new RunConfig
        {
            Data = Known,
            Model = new VqVaeOptions { Init = Initialization.Torch, ResidualSkip = ResidualSkip.Rectified },
        };
        Assert.Equal(expected, config);
        Assert.Equal(expected, Read(ConfigFile.ToText(config)));
    }

    [Theory]
    [InlineData("", "expected the JSON object of a run; got an error in line 1.")]
    [InlineData("null", "expected the JSON object of a run; got another value.")]
    [InlineData("[]", "expected the JSON object of a run; got another value.")]
    [InlineData("{\"version\":2,\n\"run\":", "expected the JSON object of a run; got an error in line 2.")]
    [InlineData("""{"version":2,"run":{"batch":"many"}}""", "expected the JSON object of a run; got \"many\" as run.batch.")]
    [InlineData("""{"version":2,"run":{"batch":1.5}}""", "got 1.5 as run.batch.")]
    [InlineData("""{"version":2,"run":{"seed":-1}}""", "got -1 as run.seed.")]
    [InlineData("""{"version":2,"run":[]}""", "got [] as run.")]
    [InlineData("""{"version":2,"run":{"batch":1,"batch":2}}""", "got Duplicate property 'batch'")]
    [InlineData("""{"version":2,"model":null}""", "got null as model.")]
    [InlineData("""{"version":2,"model":{"kind":"vqvae","quantizer":null}}""", "got null as model.quantizer.")]
    [InlineData("""{"version":2,"model":{"kind":"vqvae","quantizer":{"kind":"vector","codebook":"magic"}}}""",
        "got \"magic\" as model.quantizer.codebook.")]
    [InlineData("""{"version":2,"task":{"kind":"gan"}}""",
        "config.json: expected reconstruction or adversarial or prior as task.kind; got \"gan\".")]
    [InlineData("""{"version":2,"task":{"kind":"adversarial","discriminator":null}}""", "got null as task.discriminator.")]
    [InlineData("""{"version":2,"model":{"kind":"gan"}}""",
        $"config.json: expected {KindNames.Families} as model.kind; got \"gan\".")]
    [InlineData("""{"version":2,"model":{"hidden":8}}""", $"config.json: expected {KindNames.Families} as model.kind; got none.")]
    [InlineData("""{"version":2,"model":{"kind":7}}""", $"config.json: expected {KindNames.Families} as model.kind; got 7.")]
    [InlineData("""{"version":2,"model":{"kind":"vqvae2","quantizer":{"kind":"none"}}}""",
        "as model.quantizer.kind; got \"none\".")]
    [InlineData("""{"version":2,"optimizer":{"kind":"sgd"}}""",
        "config.json: expected adam or adamw as optimizer.kind; got \"sgd\".")]
    [InlineData("""{"version":2,"optimizer":{"kind":"adam","schedule":null}}""", "got null as optimizer.schedule.")]
    [InlineData("""{"version":2,"optimizer":{"kind":"adam","schedule":{"kind":"sine"}}}""",
        "config.json: expected constant or step or cosine or power or cycle as optimizer.schedule.kind; got \"sine\".")]
    [InlineData("""{"version":3}""", "expected a version up to 2; got 3. Use the program that wrote the run, or a newer one.")]
    [InlineData("""{"version":0}""", "expected a version up to 2; got 0.")]
    [InlineData("""{"version":"2"}""", "expected a whole number as version; got \"2\".")]
    [InlineData("""{"model":{}}""", "expected a whole number as version; got none.")]
    [InlineData("""{"version":1,"codes":"many","channels":3}""", "got \"many\" as model.quantizer.codes.")]
    [InlineData("""{"version":1,"codebook":"magic"}""", "got \"magic\" as model.quantizer.codebook.")]
    [InlineData("""{"version":1,"channels":0}""", "got --channels: expected a whole number of at least 1; got 0.")]
    [InlineData(
        """{"version":2}""",
        "expected the options of a run; got data.channels: expected a whole number of at least 1; got 0. Give another value.")]
    [InlineData("""{"version":2,"model":{"kind":"vqvae","quantizer":{"kind":"vector","codes":-3}}}""",
        "got --codes: expected a whole number of at least 1; got -3.")]
    [InlineData("""{"version":2,"model":{"kind":"vqvae","quantizer":{"kind":"fsq","levels":[]}}}""",
        "got --levels: expected at least one number; got none.")]
    [InlineData("""{"version":2,"model":{"kind":"vqvae","quantizer":{"kind":"fsq","levels":null}}}""",
        "got null as model.quantizer.levels.")]
    [InlineData("""{"version":2,"model":{"kind":"vqvae","quantizer":{"kind":"residual","layer":null}}}""",
        "got null as model.quantizer.layer.")]
    [InlineData("""{"version":2,"model":{"kind":"vqvae","quantizer":{"kind":"residual","layer":{"codes":"many"}}}}""",
        "got \"many\" as model.quantizer.layer.codes.")]
    [InlineData("""{"version":2,"model":{"kind":"vqvae","quantizer":{"kind":"grouped-residual","group":{"layers":0}}}}""",
        "got --layers: expected a whole number of at least 1; got 0.")]
    [InlineData("""{"version":2,"model":{"kind":"vqvae","quantizer":{"kind":"residual","layer_codes":[3]}}}""",
        "got --layer-codes: expected a number for each of 4 layers; got 3.")]
    [InlineData("""{"version":2,"optimizer":{"kind":"adam","learning_rate":1e400}}""",
        "--lr: expected a finite number above 0; got Infinity.")]
    public void A_damaged_file_is_told_in_one_line(string json, string message)
    {
        var exception = Assert.Throws<RunException>(() => Read(json));
        Assert.Contains("config.json: expected ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Data_of_other_channels_than_the_models_are_told() => Assert.Contains(
        "expected the options of a run; got channels: expected 3, as the data have; got 1.",
        Assert.Throws<RunException>(() => Read("{\"version\":2," + Data + ",\"model\":{\"kind\":\"vqvae\",\"channels\":1}}"))
            .Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_file_of_another_size_class_is_not_even_read() => Assert.Contains(
        "expected at most 1048576 bytes; got 1048578.",
        Assert.Throws<RunException>(() => Read("{" + new string(' ', 1 << 20) + "}")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void An_absent_file_is_told_in_one_line() => Assert.Contains(
        "expected a file to read; got none of that name.",
        Assert.Throws<RunException>(() => ConfigFile.Read("/no/where/config.json")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Each_option_has_its_range()
    {
        new RunConfig().CheckOptions();
        ThrowsRun("--steps: expected a whole number of at least 1; got 0.", new RunOptions { Steps = 0 });
        ThrowsRun("--batch: expected a whole number of at least 1; got 0.", new RunOptions { Batch = 0 });
        ThrowsRun("--log-every: expected a whole number of at least 1; got 0.", new RunOptions { LogEvery = 0 });
        ThrowsRun("--checkpoint-every: expected a whole number of at least 0; got -1.", new RunOptions { CheckpointEvery = -1 });
        ThrowsRun("--sample-every: expected a whole number of at least 0; got -1.", new RunOptions { SampleEvery = -1 });
        ThrowsRun("--precision: expected fp32, tf32 or bf16; got 9.", new RunOptions { Precision = (Precision)9 });
        Throws(
            "--reconstruction-loss: expected mse or l1; got 7.",
            new RunConfig { Task = new ReconstructionOptions { ReconstructionLoss = (ReconstructionLoss)7 } });
        ThrowsRun("--accumulate: expected a whole number of at least 1; got 0.", new RunOptions { Accumulate = 0 });
        ThrowsRun(
            "--accumulate: expected fewer than 2³¹ images in all; got 4096.",
            new RunOptions { Batch = 1 << 20, Accumulate = 4096 });
        ThrowsTask("--perceptual: expected the path of a file; got .", new() { Perceptual = "" });
        ThrowsTask("--discriminator-start: expected a whole number of at least 0; got -1.", new() { DiscriminatorStart = -1 });
        ThrowsTask(
            "--discriminator-lr: expected a finite number of at least 0; got -1.", new() { DiscriminatorLearningRate = -1 });
        ThrowsTask("--adversarial-weight: expected a finite number of at least 0; got -1.", new() { AdversarialWeight = -1 });
        ThrowsTask(
            "--gradient-penalty: expected a finite number of at least 0; got NaN.", new() { GradientPenalty = double.NaN });
        ThrowsTask(
            "--gradient-penalty-norm: expected a finite number of at least 0; got -1.", new() { GradientPenaltyNorm = -1 });
        ThrowsTask(
            "--discriminator-depth: expected a whole number of at least 1; got 0.",
            new() { Discriminator = new() { Depth = 0 } });
        ThrowsTask(
            "--discriminator-hidden: expected a multiple of 8, at least 8; got 12.",
            new() { Discriminator = new() { Hidden = 12 } });
        ThrowsTask(
            "--reconstruction-loss: expected mse or l1; got 7.", new() { ReconstructionLoss = (ReconstructionLoss)7 });
        ThrowsModel("--hidden: expected a whole number of at least 2; got 0.", new VqVaeOptions { Hidden = 0 });
        ThrowsModel("--hidden: expected an even number of channels; got 7.", new VqVae2Options { Hidden = 7 });
        ThrowsModel("--residual-hidden: expected a whole number of at least 1; got 0.", new VqVaeOptions { ResidualHidden = 0 });
        ThrowsModel(
            "--residual-layers: expected a whole number of at least 0; got -1.", new VqVae2Options { ResidualLayers = -1 });
        ThrowsModel("--residual-skip: expected rectified or clean; got 5.", new VqVaeOptions { ResidualSkip = (ResidualSkip)5 });
        ThrowsModel("--init: expected torch, sonnet, keras or normal; got 5.", new VqVaeOptions { Init = (Initialization)5 });
        ThrowsVector("--codes: expected a whole number of at least 1; got 0.", new VectorQuantizerOptions { CodebookSize = 0 });
        ThrowsVector("--code-dim: expected a whole number of at least 1; got 0.", new VectorQuantizerOptions { CodeDim = 0 });
        ThrowsVector(
            "--commitment: expected a finite number of at least 0; got -1.", new VectorQuantizerOptions { Commitment = -1 });
        ThrowsVector(
            "--commitment: expected a finite number of at least 0; got 1E+39.", new VectorQuantizerOptions { Commitment = 1e39 });
        ThrowsVector("--decay: expected a number from 0 to below 1; got 1.", new VectorQuantizerOptions { Decay = 1 });
        ThrowsVector(
            "--decay: expected a number from 0 to below 1; got 0.99999999.", new VectorQuantizerOptions { Decay = 0.99999999 });
        ThrowsVector("--codebook: expected ema or gradient; got 7.", new VectorQuantizerOptions { Rule = (CodebookRule)7 });
        ThrowsVector("--levels: expected at least one number; got none.", new FiniteScalarQuantizerOptions { Levels = [] });
        ThrowsVector("--levels: expected at least one number; got none.", new FiniteScalarQuantizerOptions { Levels = default });
        ThrowsVector(
            "--levels: expected a whole number of at least 2; got 1.", new FiniteScalarQuantizerOptions { Levels = [8, 1] });
        ThrowsVector(
            "--levels: expected a product below 16777216; got 16777216.",
            new FiniteScalarQuantizerOptions { Levels = [4096, 4096] });
        ThrowsVector("--levels: expected a product below 16777216; got ", new FiniteScalarQuantizerOptions
        {
            Levels = [int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue, 4],
        });
        ThrowsVector(
            "--codebooks: expected a whole number of at least 1; got 0.", new FiniteScalarQuantizerOptions { Codebooks = 0 });
        ThrowsVector(
            "--noise-dropout: expected a number from 0 to below 1; got 1.",
            new FiniteScalarQuantizerOptions { NoiseDropout = 1 });
        ThrowsVector("--bits: expected a whole number from 1 to 23; got 0.", new LookupFreeQuantizerOptions { Bits = 0 });
        ThrowsVector("--bits: expected a whole number from 1 to 23; got 24.", new BinarySphericalQuantizerOptions { Bits = 24 });
        ThrowsVector("--code-scale: expected a finite number above 0; got 0.", new LookupFreeQuantizerOptions { CodeScale = 0 });
        ThrowsVector(
            "--inverse-temperature: expected a finite number of at least 0; got -1.",
            new LookupFreeQuantizerOptions { InverseTemperature = -1 });
        ThrowsVector(
            "--entropy-weight: expected a finite number of at least 0; got -1.",
            new BinarySphericalQuantizerOptions { EntropyWeight = -1 });
        ThrowsVector(
            "--diversity-gamma: expected a finite number of at least 0; got -1.",
            new LookupFreeQuantizerOptions { DiversityGamma = -1 });
        ThrowsVector(
            "--commitment: expected a finite number of at least 0; got NaN.",
            new LookupFreeQuantizerOptions { Commitment = double.NaN });
        ThrowsVector("--levels: expected at least one number; got none.", new LatentQuantizerOptions { Levels = [] });
        ThrowsVector(
            "--quantize-weight: expected a finite number of at least 0; got -1.",
            new LatentQuantizerOptions { QuantizeWeight = -1 });
        ThrowsVector(
            "--commitment: expected a finite number of at least 0; got -1.", new LatentQuantizerOptions { Commitment = -1 });
        ThrowsVector(
            "--levels: expected a whole number of at least 2; got 1.", new FiniteScalarPerturbationOptions { Levels = [1] });
        ThrowsVector(
            "--cdf: expected tanh, sigmoid, normal, laplace or cauchy; got 9.",
            new FiniteScalarPerturbationOptions { Cdf = (CdfActivation)9 });
        ThrowsVector(
            "--quantize-rate: expected a number from 0 to 1; got 1.5.",
            new FiniteScalarPerturbationOptions { QuantizeRate = 1.5 });
        ThrowsVector(
            "--mean-weight: expected a finite number of at least 0; got -1.",
            new FiniteScalarPerturbationOptions { MeanWeight = -1 });
        ThrowsVector(
            "--variance-weight: expected a finite number of at least 0; got -1.",
            new FiniteScalarPerturbationOptions { VarianceWeight = -1 });
        ThrowsVector(
            "--skewness-weight: expected a finite number of at least 0; got -1.",
            new FiniteScalarPerturbationOptions { SkewnessWeight = -1 });
        ThrowsVector(
            "--kurtosis-weight: expected a finite number of at least 0; got -1.",
            new FiniteScalarPerturbationOptions { KurtosisWeight = -1 });
        ThrowsVector("--bits: expected a whole number from 1 to 16; got 17.", new BinaryMapperOptions { Bits = 17 });
        ThrowsVector("--free-nats: expected a finite number of at least 0; got -1.", new BinaryMapperOptions { FreeNats = -1 });
        ThrowsVector("--kl-weight: expected a finite number of at least 0; got -1.", new BinaryMapperOptions { KlWeight = -1 });
        ThrowsVector("--layers: expected a whole number of at least 1; got 0.", new ResidualQuantizerOptions { Layers = 0 });
        ThrowsVector(
            "--codes: expected a whole number of at least 1; got 0.",
            new ResidualQuantizerOptions { Layer = new() { CodebookSize = 0 } });
        ThrowsVector(
            "--layer-codes: expected a number for each of 4 layers; got 8,9.",
            new ResidualQuantizerOptions { LayerCodes = [8, 9] });
        ThrowsVector(
            "--layer-codes: expected a whole number of at least 1; got 0.",
            new ResidualQuantizerOptions { Layers = 2, LayerCodes = [8, 0] });
        ThrowsVector(
            "--layer-codes: expected none with a shared codebook; got 8,9.",
            new ResidualQuantizerOptions { Layers = 2, LayerCodes = [8, 9], SharedCodebook = true });
        ThrowsVector(
            "--quantize-dropout-cutoff: expected a level from 0 to 3; got 4.",
            new ResidualFsqOptions { QuantizeDropoutCutoff = 4 });
        ThrowsVector(
            "--quantize-dropout-multiple: expected a whole number of at least 1; got 0.",
            new ResidualSimVqOptions { QuantizeDropoutMultiple = 0 });
        ThrowsVector(
            "--levels: expected a whole number of at least 2; got 1.",
            new ResidualFsqOptions { Layer = new() { Levels = [8, 1] } });
        ThrowsVector(
            "--implicit-depth: expected 0 with moving averages, a shared codebook or a beam; got 2.",
            new ResidualQuantizerOptions { ImplicitDepth = 2 });
        ThrowsVector("--beam: expected a whole number of at least 1; got 0.", new ResidualSimVqOptions { Beam = 0 });
        ThrowsVector(
            "--layers: expected at most 4096; got 2147483647.", new ResidualQuantizerOptions { Layers = int.MaxValue });
        ThrowsVector("--heads: expected at most 4096; got 5000.", new VectorQuantizerOptions { Heads = 5000 });
        ThrowsVector("--groups: expected a whole number of at least 1; got 0.", new GroupedResidualOptions { Groups = 0 });
        ThrowsVector(
            "--levels: expected at least one number; got none.",
            new GroupedResidualFsqOptions { Group = new() { Layer = new() { Levels = [] } } });
        ThrowsVector("--codes: expected a whole number of at least 1; got 0.", new SimVqOptions { CodebookSize = 0 });
        ThrowsVector("--code-dim: expected a whole number of at least 1; got 0.", new SimVqOptions { CodeDim = 0 });
        ThrowsVector("--commitment: expected a finite number of at least 0; got -1.", new SimVqOptions { Commitment = -1 });
        ThrowsVector("--code-dim: expected a whole number of at least 2; got 1.", new RandomProjectionOptions { CodeDim = 1 });
        ThrowsVector(
            "--projection-dim: expected a whole number of at least 1; got 0.", new RandomProjectionOptions { ProjectionDim = 0 });
        ThrowsVector(
            "--scales: expected numbers, each larger than the one before; got 1,1.", new HierarchicalOptions { Scales = [1, 1] });
        ThrowsVector("--scales: expected a whole number of at least 1; got 0.", new HierarchicalOptions { Scales = [0] });
        ThrowsVector(
            "--convolution-ratio: expected a number from 0 to 1; got 2.", new HierarchicalOptions { ConvolutionRatio = 2 });
        ThrowsOptimizer("--lr: expected a finite number above 0; got 0.", new AdamOptions { LearningRate = 0 });
        ThrowsOptimizer("--lr: expected a finite number above 0; got NaN.", new AdamWOptions { LearningRate = double.NaN });
        ThrowsOptimizer("--lr: expected a finite number above 0; got 1E-60.", new AdamOptions { LearningRate = 1e-60 });
        ThrowsOptimizer("--beta1: expected a number from 0 to below 1; got 1.", new AdamOptions { Beta1 = 1 });
        ThrowsOptimizer("--beta2: expected a number from 0 to below 1; got -0.5.", new AdamWOptions { Beta2 = -0.5 });
        ThrowsOptimizer("--epsilon: expected a finite number of at least 0; got -1.", new AdamOptions { Epsilon = -1 });
        ThrowsOptimizer("--weight-decay: expected a finite number of at least 0; got -1.", new AdamWOptions { WeightDecay = -1 });

        ThrowsOptimizer("--clip-norm: expected a finite number of at least 0; got -1.", new AdamWOptions { ClipNorm = -1 });
        ThrowsOptimizer("--weight-ema: expected a number from 0 to below 1; got 1.", new AdamOptions { WeightEma = 1 });
        ThrowsModel("--dropout: expected a number from 0 to below 1; got 1.", new VqVae2Options { Dropout = 1 });
        ThrowsVector(
            "--commitment-warmup: expected a whole number of at least 0; got -1.",
            new VectorQuantizerOptions { CommitmentWarmup = -1 });
        ThrowsVector(
            "--dead-code-threshold: expected a finite number of at least 0; got -1.",
            new VectorQuantizerOptions { DeadCodeThreshold = -1 });
        ThrowsSchedule(
            "--warmup-steps: expected a whole number of at least 0; got -1.", new ConstantSchedule { WarmupSteps = -1 });
        ThrowsSchedule("--warmup-steps: expected a whole number of at least 0; got -1.", new StepSchedule { WarmupSteps = -1 });
        ThrowsSchedule(
            "--decay-epochs: expected a whole number from 0 to 2147483647; got -1.", new StepSchedule { EveryEpochs = -1 });
        ThrowsModel(
            "--residual-skip: expected clean beside use-norm or gelu; got Rectified.",
            new VqVaeOptions { UseNorm = true, ResidualSkip = ResidualSkip.Rectified });
        ThrowsModel("--activation: expected relu or gelu; got 9.", new VqVaeOptions { Activation = (HiddenActivation)9 });
        ThrowsModel(
            "--pixel-range: expected signed or unit or centred; got 9.", new VqCvaeOptions { PixelRange = (PixelRange)9 });
        ThrowsModel("--hidden: expected an even number of channels; got 7.", new KerasVqVaeOptions { Hidden = 7 });
        ThrowsModel("--hidden: expected a whole number of at least 1; got 0.", new BatchNormVqVaeOptions { Hidden = 0 });
        Throws(
            "--reconstruction-weight: expected a finite number of at least 0; got -1.",
            new RunConfig { Task = new ReconstructionOptions { ReconstructionWeight = -1 } });
        ThrowsSchedule("--decay-every: expected a whole number of at least 1; got 0.", new StepSchedule { Every = 0 });
        ThrowsSchedule("--decay-factor: expected a finite number of at least 0; got -1.", new StepSchedule { Multiplier = -1 });
        ThrowsSchedule("--warmup-steps: expected a whole number of at least 0; got -1.", new CosineSchedule { WarmupSteps = -1 });
        ThrowsSchedule("--schedule-steps: expected a whole number of at least 0; got -1.", new CosineSchedule { Steps = -1 });
        ThrowsSchedule(
            "--schedule-end: expected a finite number of at least 0; got NaN.", new CosineSchedule { End = double.NaN });
        ThrowsSchedule("--schedule-end: expected a finite number of at least 0; got -1.", new PowerSchedule { End = -1 });
        ThrowsSchedule("--schedule-power: expected a finite number of at least 0; got -1.", new PowerSchedule { Exponent = -1 });
        ThrowsSchedule("--schedule-steps: expected a whole number of at least 0; got -1.", new CycleSchedule { Steps = -1 });
        ThrowsSchedule("--cycle-warmup: expected a number from 0 to below 1; got 1.", new CycleSchedule { Warmup = 1 });

        static void ThrowsSchedule(string message, ScheduleOptions schedule) =>
            ThrowsOptimizer(message, new AdamOptions { Schedule = schedule });
        static void Throws(string message, RunConfig config) =>
            Assert.StartsWith(message, Assert.Throws<RunException>(config.CheckOptions).Message, StringComparison.Ordinal);

        static void ThrowsTask(string message, AdversarialOptions task) => Throws(message, new RunConfig { Task = task });
        static void ThrowsRun(string message, RunOptions run) => Throws(message, new RunConfig { Run = run });
        static void ThrowsModel(string message, AutoencoderOptions model) => Throws(message, new RunConfig { Model = model });
        static void ThrowsVector(string message, QuantizerOptions quantizer)
        {
            ThrowsModel(message, new VqVaeOptions { Quantizer = quantizer });
            ThrowsModel(message, new VqVae2Options { Quantizer = quantizer });
        }

        static void ThrowsOptimizer(string message, OptimizerOptions optimizer) =>
            Throws(message, new RunConfig { Optimizer = optimizer });
    }

    private static RunConfig Complete(int model, int quantizer, int optimizer) => new()
    {
        Run = Run,
        Data = Known with { Name = "cifar10", Root = "/data" },
        Model = Models[model] with { Quantizer = Quantizers[quantizer] },
        Task = new ReconstructionOptions { ReconstructionLoss = ReconstructionLoss.L1, Normalize = false },
        Optimizer = Optimizers[optimizer],
    };

    private static RunConfig Read(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("config.json"), json);
        return ConfigFile.Read(folder.At("config.json"));
    }
}
