using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Priors.PixelCnn;
using IlgpuVq.Models.Priors.Transformer;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train;

/// <summary>Settings of a prior by their places in config.json: of a file, and typed.</summary>
public sealed class PriorPlacesTests : IDisposable
{
    private static readonly RunConfig Trained = new()
    {
        Data = new DataOptions { Name = "mnist", Crop = "28", Channels = 1 },
        Model = new VqVaeOptions { Hidden = 99, Channels = 1 },
    };

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Kinds { get; } =
    [
        .. PriorFamilies.All.Select(kind => $"task.prior.kind={kind.Name}"),
        .. OptimizerKinds.All.Select(kind => $"optimizer.kind={kind.Name}"),
        .. ScheduleKinds.All.Select(kind => $"optimizer.schedule.kind={kind.Name}"),
    ];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_place_of_a_prior_stands_in_the_file_and_takes_its_own_value(string kind)
    {
        var config = Apply("--set", kind);
        var file = ConfigFile.Leaves(config).ToDictionary(leaf => leaf.Place, leaf => leaf.Value);
        var places = ConfigPlaces.Of(config);
        Assert.Contains(kind.Split('=')[0], places);
        Assert.Equal(kind.Split('=')[1], (string)file[kind.Split('=')[0]]!);
        Assert.Contains("task.held_images", places);
        Assert.DoesNotContain(places, place => place.StartsWith("model", StringComparison.Ordinal));
        foreach (var place in places.Where(place => file[place]?.ToString().Length > 0))
        {
            var same = ConfigPlaces.Set(config, [$"{place}={file[place]!.ToString().Replace('_', '-')}"], kept: null);
            Assert.Equal(ConfigFile.ToText(config), ConfigFile.ToText(same));
        }
    }

    [Fact]
    public void A_file_comes_before_what_is_set_and_that_before_options()
    {
        var file = Write("""
            {"run": {"batch": 64, "seed": 5, "steps": 70}, "optimizer": {"learning_rate": 2e-3},
             "task": {"held_images": 7, "prior": {"layers": 3, "kind": "transformer", "width": 96}}}
            """);
        var config = Apply(
            "--seed", "9", "--set", "run.batch=32", "--config", file, "--set", "run.seed=8", "--set", "task.prior.width=48");

        Assert.Equal(
            new PriorTaskOptions { HeldImages = 7, Prior = new TransformerOptions { Layers = 3, Width = 48 } }, config.Task);
        Assert.Equal((32, 9UL, 70L, 2e-3), (
            config.Run.Batch, config.Run.Seed, config.Run.Steps, config.Optimizer.LearningRate));
        Assert.Equal((Trained.Model, Trained.Data), (config.Model, config.Data));
        Assert.IsType<PixelCnnOptions>(((PriorTaskOptions)Apply("--config", file, "--prior", "pixelcnn").Task).Prior);
    }

    [Fact]
    public void Of_the_whole_file_of_a_prior_the_model_and_how_images_are_read_are_passed_over()
    {
        var other = Apply("--prior", "maskgit", "--steps", "77") with
        {
            Id = "other",
            Model = new VqVaeOptions { Hidden = 1 },
            Data = new DataOptions { Name = "cifar10", Root = "/data", Resize = "8", Channels = 3 },
        };
        var task = (PriorTaskOptions)other.Task;
        var file = Write(ConfigFile.ToText(other with
        {
            Task = task with { ModelHash = "abc", Classes = 10, Grids = [new GridOptions("codes", 2, 2, [5])] },
        }));
        var config = Apply("--config", file);
        Assert.Equal(
            other with { Id = null, Model = Trained.Model, Data = Trained.Data with { Name = "cifar10", Root = "/data" } },
            config);
    }

    [Fact]
    public void A_prior_is_made_again_from_its_config_json_and_one_that_goes_on_takes_what_may_change()
    {
        string[] small = ["--width", "8", "--blocks", "1", "--batch", "4", "--log-every", "2", "--checkpoint-every", "0"];
        Succeed(["train", .. Tiny, "--limit", "40", "--steps", "2", "--run", folder.At("model")]);
        Succeed(["train-prior", "--from", folder.At("model"), "--run", folder.At("first"), "--steps", "3", .. small]);
        Succeed(
            "train-prior", "--from", folder.At("model"), "--run", folder.At("again"), "--config",
            Path.Combine(folder.At("first"), "config.json"));
        Assert.Equal(Hash("first"), Hash("again"));
        Assert.Equal(ConfigOf("first") with { Id = null }, ConfigOf("again") with { Id = null });

        string[] resume = ["train-prior", "--run", folder.At("again"), "--resume", "latest"];
        AssertFails(
            "--config: expected none for a run that goes on: it keeps its settings; got a.json.",
            [.. resume, "--config", "a.json"]);
        AssertFails(
            "--set run.batch: expected 4, as the run that goes on was started with; got 8.", [.. resume, "--set", "run.batch=8"]);
        AssertFails(
            "--prior and --optimizer: expected those that the run that goes on was started with; got others.",
            [.. resume, "--set", "task.prior.kind=maskgit"]);
        Succeed([.. resume, "--set", "run.steps=4", "--set", "task.prior.width=8", "--set", "optimizer.learning_rate=1e-3"]);
        Assert.Equal((4, 1e-3), (ConfigOf("again").Run.Steps, ConfigOf("again").Optimizer.LearningRate));
    }

    [Theory]
    [InlineData("task.prior.widht=64",
        "--set: expected places of this config.json; got task.prior.widht, which is none. Did you mean task.prior.width?")]
    [InlineData("width=64",
        "--set: expected places of this config.json; got width, which is none. Did you mean task.prior.width?")]
    [InlineData("task.classes=3", "--set: expected places of this config.json; got task.classes, which is none. ")]
    [InlineData("model.hidden=3",
        "--set: expected places of run, task and optimizer, data.name or data.root; got model.hidden. A prior has the model")]
    [InlineData("data.crop=3", "--set: expected places of run, task and optimizer, data.name or data.root; got data.crop. ")]
    [InlineData("task.kind=reconstruction", "--set task.kind: expected prior; got 'reconstruction'.")]
    [InlineData("task.prior.kind=pixelcn", "--set task.prior.kind: expected pixelcnn or ")]
    [InlineData("run.batch",
        "--set: expected PLACE=VALUE, a place in config.json; got 'run.batch'. For example: --set task.prior.width=64")]
    [InlineData("run.batch=1.5", "--set run.batch: expected a whole number; got '1.5'. ")]
    public void What_cannot_be_set_of_a_prior_is_told_in_one_line(string setting, string message) =>
        Assert.StartsWith(message, Refusal("--set", setting), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"task": {"prior": {"widht": 64}}}""",
        "expected places of this config.json; got task.prior.widht, which is none. Did you mean task.prior.width?")]
    [InlineData("""{"model": {"hidden": 64}}""",
        "expected places of run, task and optimizer, data.name or data.root; got model.hidden. A prior has the model")]
    [InlineData("""{"model": 5}""", "expected places of run, task and optimizer, data.name or data.root; got model. ")]
    [InlineData("""{"version": 2, "model": 5, "data": 6}""", "expected a JSON object of settings; got 6 as data. ")]
    [InlineData("""{"task": {"kind": "reconstruction"}}""",
        "expected prior as task.kind; got \"reconstruction\". Correct the file.")]
    [InlineData("""{"task": {"prior": {"kind": "pixelcn"}}}""", "expected pixelcnn or ")]
    [InlineData("""{"run": {"batch": "many"}}""",
        "expected a JSON object of settings; got \"many\" as run.batch. Correct the file.")]
    public void A_file_that_does_not_fit_a_prior_is_told_in_one_line(string json, string message)
    {
        var file = Write(json);
        Assert.StartsWith($"{file}: {message}", Refusal("--config", file), StringComparison.Ordinal);
    }

    private static string Refusal(params string[] arguments) => Assert.Throws<RunException>(() => Apply(arguments)).Message;

    private string Write(string json)
    {
        var path = folder.At($"{Path.GetRandomFileName()}.json");
        File.WriteAllText(path, json);
        return path;
    }

    private static RunConfig Apply(params string[] arguments)
    {
        var options = new PriorConfigOptions();
        var command = new Command("train-prior");
        foreach (var option in options.All)
        {
            command.Options.Add(option);
        }

        return options.Apply(command.Parse(arguments), Trained);
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
