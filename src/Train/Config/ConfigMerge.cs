using System.Text.Json;
using System.Text.Json.Nodes;
using IlgpuVq.Models;
using IlgpuVq.Models.Priors;

namespace IlgpuVq.Train.Config;

/// <summary>Lays a part of a config.json over a whole one.</summary>
internal static class ConfigMerge
{
    private const string Kind = "kind";

    private static readonly Dictionary<string, PartKinds> KindsOfModels = new(StringComparer.Ordinal)
    {
        ["model"] = Of("model", ModelFamilies.All),
        ["model.quantizer"] = Of("model.quantizer", QuantizerKinds.All),
        ["task"] = Of("task", TaskKinds.OfImages),
        ["optimizer"] = Of("optimizer", OptimizerKinds.All),
        ["optimizer.schedule"] = Of("optimizer.schedule", ScheduleKinds.All),
    };

    private static readonly Dictionary<string, PartKinds> KindsOfPriors = new(KindsOfModels, StringComparer.Ordinal)
    {
        ["task"] = Of("task", TaskKinds.OfPriors),
        ["task.prior"] = Of("task.prior", PriorFamilies.All),
    };

    /// <summary>Of a part that has kinds.</summary>
    /// <param name="Check">Refuses the part of a file whose kind there is not.</param>
    /// <param name="Default">The defaults of a kind, as the part of a file.</param>
    private sealed record PartKinds(Action<string, JsonNode> Check, Func<string, JsonSerializerOptions, JsonNode> Default);

    /// <summary>A config with all that a file holds.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="config">What it is without.</param>
    /// <param name="given">The file, which changes: of the whole config.json of a prior stays what is the prior's own.</param>
    /// <param name="options">How records become JSON.</param>
    /// <exception cref="Runs.RunException">It has a place or a kind that there is not.</exception>
    public static JsonObject Into(string path, RunConfig config, JsonObject given, JsonSerializerOptions options)
    {
        var tree = JsonSerializer.SerializeToNode(config, options)!.AsObject();
        foreach (var place in Leaves("", given).Where(place => !ConfigPlaces.IsOwn(config, place)).ToArray())
        {
            if (!given.ContainsKey("version"))
            {
                throw ConfigPlaces.OfModel(path, place);
            }

            if (place.Split('.') is [var section, var field, ..])
            {
                given[section]!.AsObject().Remove(field);
            }
            else
            {
                given.Remove(place);
            }
        }

        Into(path, tree, tree, given, config.Task is PriorTaskOptions ? KindsOfPriors : KindsOfModels, options, "");
        return tree;
    }

    private static void Into(
        string path, JsonObject root, JsonObject tree, JsonObject given, Dictionary<string, PartKinds> allKinds,
        JsonSerializerOptions options, string above)
    {
        foreach (var (name, value) in given)
        {
            var place = above + name;
            if (!tree.TryGetPropertyValue(name, out var before))
            {
                throw ConfigPlaces.Unknown(path, place, [.. Leaves("", root)]);
            }

            if (before is not JsonObject || value is not JsonObject part)
            {
                tree[name] = value?.DeepClone();
                continue;
            }

            var section = before.AsObject();
            if (allKinds.TryGetValue(place, out var kinds) && part.ContainsKey(Kind))
            {
                kinds.Check(path, part);
                var kind = part[Kind]!.GetValue<string>();
                if (section[Kind]?.GetValue<string>() != kind)
                {
                    section = kinds.Default(kind, options).AsObject();
                    tree[name] = section;
                }
            }

            Into(path, root, section, part, allKinds, options, $"{place}.");
        }
    }

    private static PartKinds Of<TOptions>(string place, IReadOnlyList<Kind<TOptions>> kinds)
        where TOptions : class => new(
        (path, part) => ConfigFile.CheckKind(path, part, place, kinds, "Correct the file."),
        (name, options) => JsonSerializer.SerializeToNode(kinds.First(kind => kind.Name == name).Default, options)!);

    private static IEnumerable<string> Leaves(string above, JsonObject tree) => tree.SelectMany(field =>
        field.Value is JsonObject part ? Leaves($"{above}{field.Key}.", part) : [above + field.Key]);
}
