using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Config;

/// <summary>Settings by their places in config.json, as <c>--set</c> takes them: <c>model.quantizer.codes=64</c>. The kind of a
/// part is a place too, <c>model.kind=vqvae2</c>, which takes that kind's defaults.</summary>
internal static class ConfigPlaces
{
    /// <summary>The option that names them.</summary>
    public const string Option = "--set";

    private const string Kind = "kind";

    /// <summary>The config with settings, kinds first, the outermost before those within, else in their order.</summary>
    /// <param name="config">What it is without them.</param>
    /// <param name="texts">Each a place, = and a value.</param>
    /// <param name="kept">Why only what may change is set to another value; null where all is.</param>
    /// <exception cref="RunException">There is no such place, the text is no value for it, or it may not change.</exception>
    public static RunConfig Set(RunConfig config, IEnumerable<string> texts, KeptSettings? kept)
    {
        var example = config.Task is PriorTaskOptions ? "task.prior.width=64" : "model.hidden=64";
        var settings = texts.Select(text => text.IndexOf('=') is > 0 and var at
            ? (Place: text[..at], Value: text[(at + 1)..])
            : throw new RunException(
                Option, "PLACE=VALUE, a place in config.json", $"'{text}'", $"For example: --set {example}"))
            .Select(setting => CheckOwn(config, setting)).ToArray();
        foreach (var (place, value) in settings.OrderBy(setting => setting.Place.Split('.') is [.. var outer, Kind]
            ? outer.Length
            : int.MaxValue))
        {
            var changed = Set(config, place.Split('.'), value, kept) as RunConfig;
            config = changed ?? throw Unknown(Option, place, Of(config));
        }

        return config;
    }

    /// <summary>All places of a config that can be set.</summary>
    public static IReadOnlyList<string> Of(RunConfig config) => [.. PlacesOf(config).Where(place => IsOwn(config, place))];

    /// <summary>Whether a place is a run's own: of a prior, neither the model nor how its images are read.</summary>
    public static bool IsOwn(RunConfig config, string place) =>
        config.Task is not PriorTaskOptions || place is "data" or "data.name" or "data.root" ||
        place.Split('.')[0] is not ("model" or "data");

    /// <summary>What is told of a place that is not the prior's own.</summary>
    public static RunException OfModel(string subject, string place) => new(
        subject, "places of run, task and optimizer, data.name or data.root", place,
        "A prior has the model, and how its images are read, of the run --from.");

    /// <summary>What is told of a place that is none, with a guess.</summary>
    /// <param name="subject">The option or the file.</param>
    /// <param name="place">What was given.</param>
    /// <param name="known">The places that there are.</param>
    public static RunException Unknown(string subject, string place, IReadOnlyList<string> known)
    {
        var last = place.Split('.')[^1];
        var guess = Spelling.Closest(place, known)
            ?? known.FirstOrDefault(candidate => candidate.EndsWith($".{last}", StringComparison.Ordinal));
        return new RunException(
            subject, "places of this config.json", $"{place}, which is none",
            guess is null ? "A run's config.json shows them all." : $"Did you mean {guess}?");
    }

    private static (string Place, string Value) CheckOwn(RunConfig config, (string Place, string Value) setting) =>
        IsOwn(config, setting.Place) ? setting : throw OfModel(Option, setting.Place);

    /// <summary>The record with a value at a place below it; null where there is no such place.</summary>
    private static object? Set(object record, ReadOnlySpan<string> place, string text, KeptSettings? kept, string above = "")
    {
        var first = place[0];
        var within = place[1..];
        foreach (var (name, property) in PropertiesOf(record).Where(own => own.Name == first).Take(1))
        {
            var value = property.GetValue(record);
            if (within is [])
            {
                return property.GetCustomAttribute<OptionAttribute>() is null ? null
                    : RecordOptions.Set(record, property, $"{Option} {above}{name}", text, kept);
            }

            if (value is null || !IsSection(property))
            {
                return null;
            }

            var changed = within is [Kind]
                ? Choose(value, property.PropertyType, $"{Option} {above}{name}.{Kind}", text)
                : Set(value, within, text, kept, $"{above}{name}.");
            return changed is null ? null : RecordOptions.With(record, property, changed);
        }

        return null;
    }

    /// <summary>The defaults of a kind, or the record itself where it is of that kind; null for a part without kinds.</summary>
    private static object? Choose(object current, Type type, string option, string name) => current switch
    {
        AutoencoderOptions model => RecordOptions.Choose(option, name, ModelFamilies.All, model),
        QuantizerOptions quantizer when type == typeof(QuantizerOptions) =>
            RecordOptions.Choose(option, name, QuantizerKinds.All, quantizer),
        TaskOptions task => RecordOptions.Choose(option, name, TaskKinds.Beside(task), task),
        PriorOptions prior => RecordOptions.Choose(option, name, PriorFamilies.All, prior),
        OptimizerOptions optimizer => RecordOptions.Choose(option, name, OptimizerKinds.All, optimizer),
        ScheduleOptions schedule => RecordOptions.Choose(option, name, ScheduleKinds.All, schedule),
        _ => null,
    };

    private static IEnumerable<string> PlacesOf(object record, string above = "")
    {
        foreach (var (name, property) in PropertiesOf(record))
        {
            if (property.GetCustomAttribute<OptionAttribute>() is not null)
            {
                yield return above + name;
            }
            else if (IsSection(property) && property.GetValue(record) is { } part)
            {
                if (HasKinds(property.PropertyType))
                {
                    yield return $"{above}{name}.{Kind}";
                }

                foreach (var place in PlacesOf(part, $"{above}{name}."))
                {
                    yield return place;
                }
            }
        }
    }

    /// <summary>What stands in the file, by the names there.</summary>
    private static IEnumerable<(string Name, PropertyInfo Property)> PropertiesOf(object record) =>
        from property in record.GetType().GetProperties()
        where property.CanWrite && property.GetCustomAttribute<JsonIgnoreAttribute>() is null
        select (property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name
            ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name), property);

    private static bool IsSection(PropertyInfo property) =>
        property.PropertyType.IsClass && !property.PropertyType.IsAssignableTo(typeof(IEnumerable));

    private static bool HasKinds(Type type) =>
        type == typeof(AutoencoderOptions) || type == typeof(QuantizerOptions) || type == typeof(TaskOptions)
        || type == typeof(PriorOptions) || type == typeof(OptimizerOptions) || type == typeof(ScheduleOptions);
}
