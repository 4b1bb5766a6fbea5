using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Shells;
using static IlgpuVq.Train.Config.RecordOptions;

namespace IlgpuVq.Train.Config;

/// <summary>The options of a command that make a <see cref="RunConfig"/>: one for each property with an
/// <see cref="OptionAttribute"/>, of the config's own records and of every family, quantizer, optimizer and schedule.</summary>
/// <remarks>Only what was typed is applied, so that a resumed run keeps its own.</remarks>
internal sealed class ConfigOptions
{
    /// <summary>The property under which a family's options hold those of its quantizers.</summary>
    private const string QuantizerProperty = nameof(QuantizedAutoencoderOptions.Quantizer);

    private readonly Option<string?> preset = new Option<string?>("--preset")
    {
        Description = $"settings to start from: {string.Join(", ", Presets.Names)}",
        DefaultValueFactory = _ => Presets.DefaultName,
    }.Completes(Presets.Names);
    private readonly SettingOptions settings = new("those of --preset", "model.hidden=64", new RunConfig());
    private readonly Option<string?> model = KindOption("--model", "the model", ModelFamilies.All);
    private readonly Option<string?> task = KindOption("--task", "what is trained for", TaskKinds.OfImages);
    private readonly Option<string?> quantizer =
        KindOption("--quantizer", "what turns latent vectors into codes", QuantizerKinds.All);
    private readonly Option<string?> optimizer = KindOption("--optimizer", "what moves the weights", OptimizerKinds.All);
    private readonly Option<string?> schedule =
        KindOption("--schedule", "how the learning rate goes on from step to step", ScheduleKinds.All);
    private readonly Func<RunConfig, RunConfig> adapt;
    private readonly RecordOptions values;

    /// <param name="adapt">What the command changes of every preset before what was typed is applied; null for nothing.</param>
    public ConfigOptions(Func<RunConfig, RunConfig>? adapt = null)
    {
        this.adapt = adapt ?? (config => config);
        var defaults = this.adapt(Presets.Default);
        values = new RecordOptions(
        [
            ("", defaults.Run), ("", defaults.Data), ("", defaults.Task), .. Named(TaskKinds.OfImages),
            .. Named(OptimizerKinds.All), .. Named(ScheduleKinds.All),
            .. Named(ModelFamilies.All), .. Named(QuantizerKinds.All),
        ]);
    }

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [preset, .. settings.All, model, quantizer, task, optimizer, schedule, .. values.All];

    /// <summary>What <c>--preset</c> and <c>--model</c> choose; null where neither was typed.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <exception cref="RunException">There is none of that name.</exception>
    public RunConfig? Chosen(ParseResult parsed)
    {
        var (presetName, modelName) = (Typed(parsed, preset), Typed(parsed, model));
        var config = presetName is null ? Presets.Default : Presets.Find(presetName).Config;
        return presetName is null && modelName is null
            ? null
            : config with { Model = Choose("--model", modelName, ModelFamilies.All, config.Model) };
    }

    /// <summary>Whether an option was typed.</summary>
    public bool IsTyped(ParseResult parsed, string option) => values.IsTyped(parsed, option);

    /// <summary>The config with all that was typed.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="resumed">The config of a run that goes on or is shown, whose model, data and order may not change; null for a
    /// new run.</param>
    /// <param name="recognized">What a new run starts from in place of its preset; null for that.</param>
    /// <param name="keeping">Why they may not; null for that the run goes on.</param>
    /// <exception cref="RunException">A value cannot be read, does not belong to the model, or may not change.</exception>
    public RunConfig Apply(
        ParseResult parsed, RunConfig? resumed, RunConfig? recognized = null, KeptSettings? keeping = null)
    {
        var presetName = Typed(parsed, preset);
        var kept = resumed is null ? null : keeping ?? KeptSettings.OfResumed;
        if (kept is not null && presetName is not null)
        {
            throw kept.RefuseAll("--preset", $"'{presetName}'");
        }

        var config = resumed ?? recognized ?? adapt(presetName is null ? Presets.Default : Presets.Find(presetName).Config);
        if (settings.Merge(parsed, config, kept) is { } merged)
        {
            config = adapt(merged);
        }

        config = settings.Set(parsed, config, kept);
        config = config with
        {
            Model = Choose("--model", Typed(parsed, model), ModelFamilies.All, config.Model),
            Task = Choose("--task", Typed(parsed, task), TaskKinds.OfImages, config.Task),
            Optimizer = Choose("--optimizer", Typed(parsed, optimizer), OptimizerKinds.All, config.Optimizer),
        };
        config = WithSchedule(
            config, Choose("--schedule", Typed(parsed, schedule), ScheduleKinds.All, config.Optimizer.Schedule));
        if (Typed(parsed, quantizer) is { } kind)
        {
            var own = QuantizerOf(config.Model) ?? throw new RunException(
                "--quantizer", "a model with a quantizer", config.Model.Family, "Leave the option out.");
            config = config with { Model = WithQuantizer(config.Model, Choose("--quantizer", kind, QuantizerKinds.All, own)) };
        }

        foreach (var (option, text) in values.TypedOf(parsed))
        {
            config = Set(config, option, text, kept);
        }

        return kept is null || AreSameKinds(config, resumed!)
            ? config
            : throw kept.RefuseKinds("--model, --quantizer, --task and --optimizer");
    }

    private static RunConfig Set(RunConfig config, string name, string text, KeptSettings? kept)
    {
        var own = QuantizerOf(config.Model);
        var with = own is null ? "" : $" with quantizer {QuantizerKinds.All.NameOf(own)}";
        return TrySet(config.Run, out var run) ? config with { Run = run }
            : TrySet(config.Data, out var data) ? config with { Data = data }
            : TrySet(config.Task, out var task) ? config with { Task = task }
            : TrySet(config.Optimizer, out var optimizer) ? config with { Optimizer = optimizer }
            : TrySet(config.Model, out var model) ? config with { Model = model }
            : throw new RunException(
                name, $"an option of model {config.Model.Family}{with}",
                "one of another",
                "Leave it out, or choose the --model, --quantizer, --task, --optimizer or --schedule that has it.");

        bool TrySet<TRecord>(TRecord record, out TRecord changed)
            where TRecord : class => RecordOptions.TrySet(record, name, text, kept, out changed);
    }

    private static bool AreSameKinds(RunConfig config, RunConfig resumed) =>
        config.Model.Family == resumed.Model.Family &&
        QuantizerOf(config.Model)?.GetType() == QuantizerOf(resumed.Model)?.GetType() &&
        config.Task.GetType() == resumed.Task.GetType() && config.Optimizer.GetType() == resumed.Optimizer.GetType();

    private static RunConfig WithSchedule(RunConfig config, ScheduleOptions schedule) =>
        config with { Optimizer = config.Optimizer with { Schedule = schedule } };

    /// <summary>The options of a model's quantizers; null for a model without.</summary>
    internal static QuantizerOptions? QuantizerOf(AutoencoderOptions model) =>
        (QuantizerOptions?)model.GetType().GetProperty(QuantizerProperty)?.GetValue(model);

    private static AutoencoderOptions WithQuantizer(AutoencoderOptions model, QuantizerOptions quantizer) =>
        With(model, model.GetType().GetProperty(QuantizerProperty)!, quantizer);
}
