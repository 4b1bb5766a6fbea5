using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Residual;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train;

/// <summary>Settings by their places in config.json: of a file, and typed.</summary>
public sealed class ConfigPlacesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Kinds { get; } =
    [
        .. ModelFamilies.All.Select(kind => $"model.kind={kind.Name}"),
        .. QuantizerKinds.All.Select(kind => $"model.quantizer.kind={kind.Name}"),
        .. TaskKinds.OfImages.Select(kind => $"task.kind={kind.Name}"),
        .. OptimizerKinds.All.Select(kind => $"optimizer.kind={kind.Name}"),
        .. ScheduleKinds.All.Select(kind => $"optimizer.schedule.kind={kind.Name}"),
    ];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_place_stands_in_the_file_and_takes_its_own_value(string kind)
    {
        var config = Apply("--set", kind);
        var file = ConfigFile.Leaves(config).ToDictionary(leaf => leaf.Place, leaf => leaf.Value);
        var places = ConfigPlaces.Of(config);
        Assert.Contains(kind.Split('=')[0], places);
        Assert.Equal(kind.Split('=')[1], (string)file[kind.Split('=')[0]]!);
        Assert.Equal(places.Count, places.Distinct().Count());
        foreach (var place in places)
        {
            Assert.Contains(place, file.Keys);
            if (file[place] is { } value)
            {
                var text = value is System.Text.Json.Nodes.JsonArray array
                    ? string.Join(',', array.Select(item => item!.ToJsonString()))
                    : value.ToString();
                if (text.Length > 0) // an empty list is no text
                {
                    var same = ConfigPlaces.Set(config, [$"{place}={text.Replace('_', '-')}"], kept: null);
                    Assert.Equal(ConfigFile.ToText(config), ConfigFile.ToText(same));
                }
            }
        }
    }

    [Fact]
    public void A_preset_comes_before_the_file_that_before_what_is_set_and_that_before_options()
    {
        var file = Write("""
            {"run": {"batch": 64, "seed": 5, "steps": 70}, "optimizer": {"learning_rate": 2e-3, "clip_norm": 3},
             "model": {"hidden": 96, "quantizer": {"codes": 99}}}
            """);
        var config = Apply(
            "--seed", "9", "--preset", "zalando", "--set", "run.batch=32", "--config", file, "--set", "run.seed=8", "--set",
            "optimizer.learning_rate=1e-2");
        var zalando = Presets.Find("zalando").Config;
        var model = (VqVaeOptions)zalando.Model;

        Assert.Equal(
            zalando with
            {
                Run = zalando.Run with { Batch = 32, Seed = 9, Steps = 70 },
                Model = model with
                {
                    Hidden = 96,
                    Quantizer = (VectorQuantizerOptions)model.Quantizer with { CodebookSize = 99 },
                },
                Optimizer = zalando.Optimizer with { LearningRate = 1e-2, ClipNorm = 3 },
            },
            config);
    }

    [Fact]
    public void Another_kind_begins_with_its_defaults_and_kinds_are_set_first()
    {
        var file = Write("""
            {"model": {"quantizer": {"layers": 3, "layer": {"codes": 7}, "kind": "residual"}, "kind": "vqvae2"},
             "optimizer": {"kind": "adamw", "weight_decay": 0.5, "schedule": {"kind": "cosine", "end": 0.1}}}
            """);
        var expected = new RunConfig
        {
            Model = new VqVae2Options
            {
                Quantizer = new ResidualQuantizerOptions
                {
                    Layers = 3,
                    Layer = new ResidualQuantizerOptions().Layer with { CodebookSize = 7 },
                },
            },
            Optimizer = new AdamWOptions { WeightDecay = 0.5, Schedule = new CosineSchedule { End = 0.1 } },
        };
        AssertSame(Apply("--config", file));
        AssertSame(Apply(
            "--set", "model.quantizer.layer.codes=7", "--set", "model.quantizer.layers=3", "--set",
            "model.quantizer.kind=residual", "--set", "optimizer.schedule.end=0.1", "--set", "optimizer.weight_decay=0.5",
            "--set", "model.kind=vqvae2", "--set", "optimizer.schedule.kind=cosine", "--set", "optimizer.kind=adamw"));

        // The same kind keeps what stands before it.
        AssertSame(Apply("--config", file, "--set", "model.kind=vqvae2", "--set", "optimizer.kind=adamw"));

        void AssertSame(RunConfig config) => Assert.Equal(ConfigFile.ToText(expected), ConfigFile.ToText(config));
    }

    [Fact]
    public void A_run_is_made_again_from_its_config_json()
    {
        string[] train = ["train", .. Tiny, "--steps", "3", "--seed", "4", "--weight-ema", "0.5", "--flip"];
        Succeed([.. train, "--run", folder.At("first")]);
        Succeed("train", "--config", Path.Combine(folder.At("first"), "config.json"), "--run", folder.At("again"));
        Assert.Equal(Hash("first"), Hash("again"));
        Assert.NotEqual(ConfigOf("first").Id, ConfigOf("again").Id);
        Assert.Equal(ConfigOf("first") with { Id = null }, ConfigOf("again") with { Id = null });

    }

    [Fact]
    public void What_a_command_sets_for_itself_comes_after_the_file_and_before_what_is_typed()
    {
        var options = new ConfigOptions(start => start with { Run = start.Run with { Steps = 20 } });
        var file = Write("""{"run": {"steps": 70, "batch": 7}}""");
        Assert.Equal((20, 7), Run());
        Assert.Equal((30, 7), Run("--set", "run.steps=30"));
        Assert.Equal((40, 7), Run("--set", "run.steps=30", "--steps", "40"));

        (long, int) Run(params string[] typed)
        {
            var run = Apply(options, ["--config", file, .. typed]).Run;
            return (run.Steps, run.Batch);
        }
    }

    [Fact]
    public void A_run_that_goes_on_takes_no_file_and_only_what_may_change()
    {
        Succeed(["train", .. Tiny, "--steps", "2", "--run", folder.At("run")]);
        string[] resume = ["train", "--run", folder.At("run"), "--resume", "latest"];
        AssertFails(
            "--config: expected none for a run that goes on: it keeps its settings; got a.json.",
            [.. resume, "--config", "a.json"]);
        AssertFails(
            "--set run.batch: expected 4, as the run that goes on was started with; got 8.", [.. resume, "--set", "run.batch=8"]);
        AssertFails(
            "--model, --quantizer, --task and --optimizer: expected those that the run that goes on was started with",
            [.. resume, "--set", "model.kind=vqvae2"]);
        Succeed([.. resume, "--set", "run.steps=4", "--set", "run.batch=4", "--set", "optimizer.learning_rate=1e-3"]);
        Assert.Equal((4, 1e-3), (ConfigOf("run").Run.Steps, ConfigOf("run").Optimizer.LearningRate));
    }

    [Theory]
    [InlineData("model.hiden=64",
        "--set: expected places of this config.json; got model.hiden, which is none. Did you mean model.hidden?")]
    [InlineData("hidden=64", "--set: expected places of this config.json; got hidden, which is none. Did you mean model.hidden?")]
    [InlineData("model=vqvae", "--set: expected places of this config.json; got model, which is none. ")]
    [InlineData("model.channels=3", "--set: expected places of this config.json; got model.channels, which is none. ")]
    [InlineData("data.variance=3", "--set: expected places of this config.json; got data.variance, which is none. ")]
    [InlineData("run.batch.size=3", "--set: expected places of this config.json; got run.batch.size, which is none. ")]
    [InlineData("run.kind=3", "--set: expected places of this config.json; got run.kind, which is none. ")]
    [InlineData("zzz=3",
        "--set: expected places of this config.json; got zzz, which is none. A run's config.json shows them all.")]
    [InlineData("run.batch",
        "--set: expected PLACE=VALUE, a place in config.json; got 'run.batch'. For example: --set model.hidden=64")]
    [InlineData("=3", "--set: expected PLACE=VALUE, a place in config.json; got '=3'. ")]
    [InlineData("run.batch=1.5", "--set run.batch: expected a whole number; got '1.5'. ")]
    [InlineData("run.batch=1e3", "--set run.batch: expected a whole number; got '1e3'. ")]
    [InlineData("run.batch=", "--set run.batch: expected a whole number; got nothing. ")]
    [InlineData("optimizer.learning_rate=0,1",
        "--set optimizer.learning_rate: expected a finite number such as 0.25 or 3e-4; got '0,1'.")]
    [InlineData("model.kind=vqvea", "--set model.kind: expected vqvae or ")]
    [InlineData("model.quantizer.codebook=emma",
        "--set model.quantizer.codebook: expected ema or gradient; got 'emma'. Did you mean ema?")]
    [InlineData("run.batch=0", "--batch: expected a whole number of at least 1; got 0.")]
    public void What_cannot_be_set_is_told_in_one_line(string setting, string message) =>
        AssertFails(message, "train", "--set", setting);

    [Theory]
    [InlineData("""{"model": {"hiden": 64}}""",
        "expected places of this config.json; got model.hiden, which is none. Did you mean model.hidden?")]
    [InlineData("""{"modell": {}}""", "expected places of this config.json; got modell, which is none. ")]
    [InlineData("""{"hidden": 64}""",
        "expected places of this config.json; got hidden, which is none. Did you mean model.hidden?")]
    [InlineData("""{"model": {"kind": "vqvea"}}""", "expected vqvae or ")]
    [InlineData("""{"task": {"kind": "prior"}}""", "expected reconstruction or adversarial as task.kind; got \"prior\".")]
    [InlineData("""{"run": {"batch": "many"}}""",
        "expected a JSON object of settings; got \"many\" as run.batch. Correct the file.")]
    [InlineData("""{"run": {"batch": 1.5}}""", "expected a JSON object of settings; got 1.5 as run.batch. Correct the file.")]
    [InlineData("""{"run": 5}""", "expected a JSON object of settings; got 5 as run. Correct the file.")]
    [InlineData("""{"model": null}""", "expected a JSON object of settings; got null as model. Correct the file.")]
    [InlineData("""{"run": {"batch": 1, "batch": 2}}""", "expected a JSON object of settings; got Duplicate property 'batch'")]
    [InlineData("""[1]""", "expected a JSON object of settings; got another value. Correct the file.")]
    [InlineData("""{"run": """, "expected a JSON object of settings; got an error in line 1. Correct the file.")]
    [InlineData("""{"version": 3}""", "expected a version up to 2; got 3.")]
    public void A_file_that_does_not_fit_is_told_in_one_line(string json, string message)
    {
        var file = Write(json);
        AssertFails($"{file}: {message}", "train", "--config", file);
    }

    [Fact]
    public void A_file_that_is_not_there_is_told_and_one_of_version_1_is_read()
    {
        AssertFails("/no/where.json: expected a file to read; got none of that name.", "train", "--config", "/no/where.json");
        var config = Apply("--config", Write("""{"version": 1, "codes": 33, "learning_rate": 0.5}"""));
        Assert.Equal((33, 0.5), (
            ((VectorQuantizerOptions)((VqVaeOptions)config.Model).Quantizer).CodebookSize, config.Optimizer.LearningRate));
    }

    private string Write(string json)
    {
        var path = folder.At($"{Path.GetRandomFileName()}.json");
        File.WriteAllText(path, json);
        return path;
    }

    private static RunConfig Apply(params string[] arguments) => Apply(new ConfigOptions(), arguments);

    private static RunConfig Apply(ConfigOptions options, string[] arguments)
    {
        var command = new Command("train");
        foreach (var option in options.All)
        {
            command.Options.Add(option);
        }

        return options.Apply(command.Parse(arguments), resumed: null);
    }

    private RunConfig ConfigOf(string run) => ConfigFile.Read(Path.Combine(folder.At(run), RunFolder.ConfigName));

    private string Hash(string run)
    {
        using var file = CheckpointStore.ForReading(Path.Combine(folder.At(run), "checkpoints")).Latest()!.Open();
        return Convert.ToHexString(file.HashTensors());
    }

    private static void Succeed(params string[] arguments)
    {
        var (code, _, errors) = Invoke(arguments);
        Assert.Equal((0, ""), (code, errors));
    }
}
