using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Priors;
using IlgpuVq.Train.Runs;
using static IlgpuVq.Train.Config.RecordOptions;

namespace IlgpuVq.Train.Config;

/// <summary>The options of a command that make a <see cref="RunConfig"/> of a prior: those of the run, the task, and of every
/// prior, optimizer and schedule.</summary>
internal sealed class PriorConfigOptions
{
    private static readonly RunOptions DefaultRun = new() { Batch = 128, Steps = 5000 };
    private static readonly OptimizerOptions DefaultOptimizer = new AdamOptions { LearningRate = 3e-4 };

    private readonly SettingOptions settings =
        new("the defaults of a prior", "task.prior.width=64", new RunConfig { Task = new PriorTaskOptions() });
    private readonly Option<string?> prior = KindOption("--prior", "the prior", PriorFamilies.All);
    private readonly Option<string?> optimizer = KindOption("--optimizer", "what moves the weights", OptimizerKinds.All);
    private readonly Option<string?> schedule =
        KindOption("--schedule", "how the learning rate goes on from step to step", ScheduleKinds.All);
    private readonly RecordOptions values = new(
    [
        ("", DefaultRun), ("", new PriorTaskOptions { Prior = new NoPrior() }), .. Named(PriorFamilies.All),
        ("", DefaultOptimizer), .. Named(OptimizerKinds.All), .. Named(ScheduleKinds.All),
    ]);

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [.. settings.All, prior, optimizer, schedule, .. values.All];

    /// <summary>The config of a new prior of a run's codes, or of one that goes on, with all that was typed.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="trained">The run whose codes they are, or that of the prior that goes on.</param>
    /// <exception cref="RunException">A value cannot be read, does not belong to the prior, or may not change.</exception>
    public RunConfig Apply(ParseResult parsed, RunConfig trained)
    {
        var kept = trained.Task is PriorTaskOptions ? KeptSettings.OfResumed : null;
        var config = kept is not null ? trained : trained with
        {
            Id = null,
            Run = DefaultRun with { Accelerator = trained.Run.Accelerator },
            Task = new PriorTaskOptions(),
            Optimizer = DefaultOptimizer,
        };
        var started = config;
        config = settings.Set(parsed, settings.Merge(parsed, config, kept) ?? config, kept);
        var before = (PriorTaskOptions)config.Task;
        var task = before with { Prior = Choose("--prior", Typed(parsed, prior), PriorFamilies.All, before.Prior) };
        var moving = Choose("--optimizer", Typed(parsed, optimizer), OptimizerKinds.All, config.Optimizer);
        moving = moving with { Schedule = Choose("--schedule", Typed(parsed, schedule), ScheduleKinds.All, moving.Schedule) };
        if (kept is not null && (task.Prior.Family != ((PriorTaskOptions)started.Task).Prior.Family ||
            moving.GetType() != started.Optimizer.GetType()))
        {
            throw kept.RefuseKinds("--prior and --optimizer");
        }

        config = config with { Task = task, Optimizer = moving };
        foreach (var (option, text) in values.TypedOf(parsed))
        {
            config = TrySet(config.Run, option, text, kept, out var run) ? config with { Run = run }
                : TrySet(config.Task, option, text, kept, out var changed) ? config with { Task = changed }
                : TrySet(config.Optimizer, option, text, kept, out var optimizing) ? config with { Optimizer = optimizing }
                : throw new RunException(
                    option, $"an option of prior {task.Prior.Family}", "one of another",
                    "Leave it out, or choose the --prior, --optimizer or --schedule that has it.");
        }

        return config;
    }

    /// <summary>Stands for whichever prior there is, where options are listed.</summary>
    private sealed record NoPrior : PriorOptions
    {
        public override GridPrior Build(ModuleScope scope, PriorShape shape) => throw new NotSupportedException();
    }
}
