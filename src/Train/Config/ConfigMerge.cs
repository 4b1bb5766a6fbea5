using System.Text.Json;
using System.Text.Json.Nodes;
using IlgpuVq.Models;

namespace IlgpuVq.Train.Config;

/// <summary>Lays a part of a config.json over a whole one.</summary>
internal static class ConfigMerge
{
    private const string Kind = "kind";

    private static readonly Dictionary<string, PartKinds> Kinds = new(StringComparer.Ordinal)
    {
        ["model"] = Of("model", ModelFamilies.All),
        ["model.quantizer"] = Of("model.quantizer", QuantizerKinds.All),
        ["task"] = Of("task", TaskKinds.OfImages),
        ["optimizer"] = Of("optimizer", OptimizerKinds.All),
        ["optimizer.schedule"] = Of("optimizer.schedule", ScheduleKinds.All),
    };

    /// <summary>Of a part that has kinds.</summary>
    /// <param name="Check">Refuses the part of a file whose kind there is not.</param>
    /// <param name="Default">The defaults of a kind, as the part of a file.</param>
    private sealed record PartKinds(Action<string, JsonNode> Check, Func<string, JsonSerializerOptions, JsonNode> Default);

    /// <param name="path">The file, for messages.</param>
    /// <param name="tree">The whole one, which changes.</param>
    /// <param name="given">What the file holds.</param>
    /// <param name="options">How records become JSON.</param>
    /// <exception cref="Runs.RunException">It has a place or a kind that there is not.</exception>
    public static void Into(string path, JsonObject tree, JsonObject given, JsonSerializerOptions options) =>
        Into(path, tree, tree, given, options, "");

    private static void Into(
        string path, JsonObject root, JsonObject tree, JsonObject given, JsonSerializerOptions options, string above)
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
            if (Kinds.TryGetValue(place, out var kinds) && part.ContainsKey(Kind))
            {
                kinds.Check(path, part);
                var kind = part[Kind]!.GetValue<string>();
                if (section[Kind]?.GetValue<string>() != kind)
                {
                    section = kinds.Default(kind, options).AsObject();
                    tree[name] = section;
                }
            }

            Into(path, root, section, part, options, $"{place}.");
        }
    }

    private static PartKinds Of<TOptions>(string place, IReadOnlyList<Kind<TOptions>> kinds)
        where TOptions : class => new(
        (path, part) => ConfigFile.CheckKind(path, part, place, kinds),
        (name, options) => JsonSerializer.SerializeToNode(kinds.First(kind => kind.Name == name).Default, options)!);

    private static IEnumerable<string> Leaves(string above, JsonObject tree) => tree.SelectMany(field =>
        field.Value is JsonObject part ? Leaves($"{above}{field.Key}.", part) : [above + field.Key]);
}
