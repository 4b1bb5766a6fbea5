using System.CommandLine;
using System.Reflection;
using System.Text.Json;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Config;

/// <summary>The options of a command that make a <see cref="RunConfig"/>: one for each property with an
/// <see cref="OptionAttribute"/>, of the config's own records and of every family, quantizer, optimizer and schedule.</summary>
/// <remarks>Only what was typed is applied, so that a resumed run keeps its own.</remarks>
internal sealed class ConfigOptions
{
    /// <summary>The property under which a family's options hold those of its quantizers.</summary>
    private const string QuantizerProperty = nameof(QuantizedAutoencoderOptions.Quantizer);

    private readonly Option<string?> preset = new("--preset")
    {
        Description = $"settings to start from: {string.Join(", ", Presets.Names)}",
        DefaultValueFactory = _ => Presets.DefaultName,
    };
    private readonly Option<string?> model = KindOption("--model", "the model", ModelFamilies.All);
    private readonly Option<string?> task = KindOption("--task", "what is trained for", TaskKinds.All);
    private readonly Option<string?> quantizer =
        KindOption("--quantizer", "what turns latent vectors into codes", QuantizerKinds.All);
    private readonly Option<string?> optimizer = KindOption("--optimizer", "what moves the weights", OptimizerKinds.All);
    private readonly Option<string?> schedule =
        KindOption("--schedule", "how the learning rate goes on from step to step", ScheduleKinds.All);
    private readonly Func<RunConfig, RunConfig> adapt;
    private readonly SortedDictionary<string, Option<string?>> values = new(StringComparer.Ordinal);

    /// <param name="adapt">What the command changes of every preset before what was typed is applied; null for nothing.</param>
    public ConfigOptions(Func<RunConfig, RunConfig>? adapt = null)
    {
        this.adapt = adapt ?? (config => config);
        var defaults = this.adapt(Presets.Default);
        IEnumerable<(string Kind, object Record)> records =
        [
            ("", defaults.Run), ("", defaults.Data), ("", defaults.Task), .. Named(TaskKinds.All),
            .. Named(OptimizerKinds.All), .. Named(ScheduleKinds.All), .. Named(ModelFamilies.All), .. Named(QuantizerKinds.All),
        ];
        var properties =
            from record in records
            from part in WithParts(record.Record)
            from option in OptionsOf(part)
            select (option.Name, option.Property, option.Attribute, Value: OptionText.Format(option.Property.GetValue(part)),
                record.Kind);
        foreach (var all in properties.GroupBy(property => property.Name))
        {
            var (name, property, attribute, value, _) = all.First();
            var others = all.Where(other => other.Value != value).DistinctBy(other => (other.Kind, other.Value))
                .Select(other => $"{other.Kind}: {other.Value}").ToArray();
            values[name] = new Option<string?>(name)
            {
                Description = attribute.Description + (others.Length == 0 ? "" : $" ({string.Join(", ", others)})"),
                HelpName = HelpNameOf(property.PropertyType),
                DefaultValueFactory = value.Length == 0 ? null : _ => value,
                Arity = property.PropertyType == typeof(bool) ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            };
        }

        static IEnumerable<(string, object)> Named<TOptions>(IReadOnlyList<Kind<TOptions>> kinds)
            where TOptions : class => kinds.Select(kind => (kind.Name, (object)kind.Default));
    }

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [preset, model, quantizer, task, optimizer, schedule, .. values.Values];

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
    public bool IsTyped(ParseResult parsed, string option) => Typed(parsed, values[option]) is not null;

    /// <summary>The config with all that was typed.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="resumed">The config of the run that goes on, whose model, data and order may not change; null for a new
    /// run.</param>
    /// <param name="recognized">What a new run starts from in place of its preset; null for that.</param>
    /// <exception cref="RunException">A value cannot be read, does not belong to the model, or may not change.</exception>
    public RunConfig Apply(ParseResult parsed, RunConfig? resumed, RunConfig? recognized = null)
    {
        var presetName = Typed(parsed, preset);
        if (resumed is not null && presetName is not null)
        {
            throw new RunException(
                "--preset", "none for a run that goes on: it keeps its settings", $"'{presetName}'",
                "Leave the option out, or start a new run with another --run.");
        }

        var config = resumed ?? recognized ?? adapt(presetName is null ? Presets.Default : Presets.Find(presetName).Config);
        config = config with
        {
            Model = Choose("--model", Typed(parsed, model), ModelFamilies.All, config.Model),
            Task = Choose("--task", Typed(parsed, task), TaskKinds.All, config.Task),
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

        foreach (var (option, value) in values)
        {
            if (Typed(parsed, value) is { } text)
            {
                config = Set(config, option, text, resumed is not null);
            }
        }

        if (resumed is not null)
        {
            CheckKinds(config, resumed);
        }

        return config;
    }

    private static RunConfig Set(RunConfig config, string name, string text, bool isResumed)
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
            where TRecord : class
        {
            changed = record;
            if (OptionsOf(record).FirstOrDefault(option => option.Name == name) is not { Property: { } property } found)
            {
                foreach (var part in PartsOf(record))
                {
                    if (TrySet(part.GetValue(record)!, out var changedPart))
                    {
                        changed = With(record, part, changedPart);
                        return true;
                    }
                }

                return false;
            }

            var value = OptionText.Parse(name, text, property.PropertyType);
            if (isResumed && !found.Attribute.MayChange &&
                OptionText.Format(property.GetValue(record)) != OptionText.Format(value))
            {
                var before = property.GetValue(record) is { } kept ? OptionText.Format(kept) : "none";
                throw new RunException(
                    name, $"{before}, as the run that goes on was started with", text,
                    "Leave the option out, or start a new run with another --run.");
            }

            changed = With(record, property, value);
            return true;
        }
    }

    private static void CheckKinds(RunConfig config, RunConfig resumed)
    {
        if (config.Model.Family != resumed.Model.Family ||
            QuantizerOf(config.Model)?.GetType() != QuantizerOf(resumed.Model)?.GetType() ||
            config.Task.GetType() != resumed.Task.GetType() || config.Optimizer.GetType() != resumed.Optimizer.GetType())
        {
            throw new RunException(
                "--model, --quantizer, --task and --optimizer", "those that the run that goes on was started with", "others",
                "Leave them out, or start a new run with another --run.");
        }
    }

    private static TOptions Choose<TOptions>(string option, string? name, IReadOnlyList<Kind<TOptions>> kinds, TOptions current)
        where TOptions : class
    {
        if (name is null || kinds.NameOf(current) == name)
        {
            return current;
        }

        return kinds.FirstOrDefault(kind => kind.Name == name)?.Default ?? throw new RunException(
            option, string.Join(" or ", kinds.Select(kind => kind.Name)), $"'{name}'",
            Spelling.DidYouMean(name, kinds.Select(kind => kind.Name)) is { Length: > 0 } guess
                ? guess
                : "Choose one that this program has.");
    }

    private static RunConfig WithSchedule(RunConfig config, ScheduleOptions schedule) =>
        config with { Optimizer = config.Optimizer with { Schedule = schedule } };

    /// <summary>The options of a model's quantizers; null for a model without.</summary>
    internal static QuantizerOptions? QuantizerOf(AutoencoderOptions model) =>
        (QuantizerOptions?)model.GetType().GetProperty(QuantizerProperty)?.GetValue(model);

    private static AutoencoderOptions WithQuantizer(AutoencoderOptions model, QuantizerOptions quantizer) =>
        With(model, model.GetType().GetProperty(QuantizerProperty)!, quantizer);

    /// <summary>A record like another, but for one property.</summary>
    private static TRecord With<TRecord>(TRecord record, PropertyInfo property, object value)
        where TRecord : class
    {
        var copy = (TRecord)record.GetType().GetMethod("<Clone>$")!.Invoke(record, null)!;
        property.SetValue(copy, value);
        return copy;
    }

    private static IEnumerable<(string Name, PropertyInfo Property, OptionAttribute Attribute)> OptionsOf(object record) =>
        from property in record.GetType().GetProperties()
        let attribute = property.GetCustomAttribute<OptionAttribute>()
        where attribute is not null
        select ($"--{attribute.Name ?? JsonNamingPolicy.KebabCaseLower.ConvertName(property.Name)}", property, attribute);

    /// <summary>The properties that hold records of options: the quantizer of a model, the layer of a quantizer.</summary>
    private static IEnumerable<PropertyInfo> PartsOf(object record) =>
        from property in record.GetType().GetProperties()
        where property is { CanWrite: true, PropertyType.IsClass: true } && property.PropertyType != typeof(string)
        let value = property.GetValue(record)
        where value is not null && (OptionsOf(value).Any() || PartsOf(value).Any())
        select property;

    /// <summary>A record, the records that it holds, and so on.</summary>
    private static IEnumerable<object> WithParts(object record) =>
        PartsOf(record).SelectMany(part => WithParts(part.GetValue(record)!)).Prepend(record);

    private static Option<string?> KindOption<TOptions>(string name, string description, IReadOnlyList<Kind<TOptions>> kinds)
        where TOptions : class => new(name)
        {
            Description = $"{description}: {string.Join(", ", kinds.Select(kind => kind.Name))}",
            DefaultValueFactory = _ => kinds[0].Name,
        };

    private static string HelpNameOf(Type type) =>
        type.IsEnum ? string.Join('|', OptionText.NamesOf(type))
        : type == typeof(string) ? "text"
        : type == typeof(bool) ? "true|false"
        : type.IsGenericType && Nullable.GetUnderlyingType(type) is null ? "n,n,…"
        : "n";

    private static string? Typed(ParseResult parsed, Option<string?> option) =>
        parsed.GetResult(option) is not { Implicit: false } result ? null
        : result is { Tokens.Count: 0, Option.Arity.MinimumNumberOfValues: 0 } ? OptionText.Format(true)
        : parsed.GetValue(option) ?? "";
}
