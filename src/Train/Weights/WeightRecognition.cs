using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Weights;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Weights;

/// <summary>What a file of weights is of, by its keys.</summary>
/// <param name="Preset">The settings that it belongs to: a preset, or what config.json says.</param>
/// <param name="Config">A run's, with the sizes that the file has.</param>
/// <param name="Prefix">What stands before all keys of the model, such as <c>model.module.</c></param>
internal sealed record WeightRecognition(string Preset, RunConfig Config, string Prefix)
{
    private const int KeysInMessage = 3;

    /// <summary>Looks for the keys of a model.</summary>
    /// <param name="input">The file.</param>
    /// <param name="given">The settings that were asked for; null to find them.</param>
    /// <param name="prefix">What stands before the keys; null to find it.</param>
    /// <exception cref="RunException">The file has no known keys, or several such models.</exception>
    /// <exception cref="StateDictionaryException">A shape says no size.</exception>
    public static WeightRecognition Of(WeightInput input, RunConfig? given, string? prefix)
    {
        if (given is null && input.Config is { } folder)
        {
            var (name, config) = DiffusersConfig.Read(input.Path, folder);
            return new WeightRecognition(name, config, Find(input, prefix, KeysOf(config.Model)[0]) ?? prefix ?? "");
        }

        foreach (var source in WeightSources.All)
        {
            if (Find(input, prefix, [.. source.Landmarks]) is not { } found)
            {
                continue;
            }

            using var view = View(input, found);
            var shapes = new WeightShapes(view, input.Path);
            var name = source.Variant?.Invoke(shapes) ?? source.Name;
            var own = Presets.Find(name).Config;
            if (given is null || given.Model.GetType() == own.Model.GetType())
            {
                var start = given ?? own;
                return new WeightRecognition(name, start with { Model = source.Options(start.Model, shapes) }, found);
            }
        }

        if (given is not null)
        {
            // Which keys are missing is told when all are compared.
            return new WeightRecognition(given.Model.Family, given, Find(input, prefix, KeysOf(given.Model)[0]) ?? prefix ?? "");
        }

        foreach (var name in Presets.Names)
        {
            var config = Presets.Find(name).Config;
            foreach (var keys in KeysOf(config.Model))
            {
                if (Find(input, prefix, keys) is { } found)
                {
                    return new WeightRecognition(name, config, found);
                }
            }
        }

        throw new RunException(
            input.Path,
            $"keys of {string.Join(", ", WeightSources.All.Select(source => source.Name))}, or all those of a preset "
                + $"({string.Join(", ", Presets.Names)})",
            $"{input.File.Tensors.Count} tensors: {Some(input.File.Tensors.Select(entry => entry.Name))}",
            "Name what they are of with --preset, or with --model and its options.");
    }

    /// <summary>The tensors of the model under its keys; without what a checkpoint of this program holds for training.</summary>
    public static TensorView View(WeightInput input, string prefix) => new(
        input.File, input.Path,
        entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal) && !TrainingState.IsTrainingKey(entry.Name)
            ? OldNames.Renew(entry with { Name = entry.Name[prefix.Length..] })
            : null);

    /// <summary>A few of many names.</summary>
    public static string Some(IEnumerable<string> names)
    {
        var all = names.ToArray();
        return string.Join(", ", all.Take(KeysInMessage)) + (all.Length > KeysInMessage
            ? $" and {all.Length - KeysInMessage} more"
            : "");
    }

    /// <summary>The keys that a model's file must have: as its program has them, and as this one does.</summary>
    private static string[][] KeysOf(AutoencoderOptions options)
    {
        using var dry = Device.OpenDry();
        using var model = options.Build(new ModuleScope(dry, seed: 0));
        using var source = model.ToSource();
        return [Keys(source.Tensors), Keys(model.State)];

        static string[] Keys(IEnumerable<NamedTensor> state) =>
            [.. state.Where(named => named.IfMissing is null).Select(named => named.Key)];
    }

    /// <summary>The prefix under which a file has all of the keys; null for none.</summary>
    /// <exception cref="RunException">There are several.</exception>
    private static string? Find(WeightInput input, string? prefix, string[] keys)
    {
        var first = keys[0];
        string[] prefixes =
        [
            .. input.File.Tensors.Select(entry => OldNames.Renew(entry).Name)
                .Where(name => name == first || name.EndsWith("." + first, StringComparison.Ordinal))
                .Select(name => name[..^first.Length])
                .Where(before => prefix is null || before == prefix),
        ];
        if (prefixes.Length == 0)
        {
            return null;
        }

        var names = input.File.Tensors.Select(entry => OldNames.Renew(entry).Name).ToHashSet(StringComparer.Ordinal);
        return prefixes.Where(before => keys.All(key => names.Contains(before + key))).ToArray() switch
        {
            [] => null,
            [var only] => only,
            var several => throw new RunException(
                input.Path, "one model", $"{several.Length}, below {Some(several.Select(before => $"'{before}'"))}",
                $"Choose one: --prefix {several[0].TrimEnd('.')}"),
        };
    }
}
