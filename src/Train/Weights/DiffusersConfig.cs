using System.Text.Json.Nodes;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Weights;

/// <summary>The config.json of a model that diffusers saved, as options of a family that has their names.</summary>
internal static class DiffusersConfig
{
    private const string ClassKey = "_class_name";

    /// <summary>Classes, and the presets that are theirs.</summary>
    private static readonly (string Class, string Preset)[] Classes =
    [
        ("VQModel", "diffusers-vqmodel"),
        ("AutoencoderKL", "diffusers-kl"),
        ("AutoencoderTiny", "diffusers-tiny"),
        ("AsymmetricAutoencoderKL", "diffusers-asymmetric"),
        ("PaellaVQModel", "paella"),
    ];

    /// <summary>Names that differ, in config.json and in a run's; those of a quantizer lie below its own object. A later one
    /// counts where it is not null.</summary>
    private static readonly (string Theirs, string Ours)[] Renamed =
    [
        ("in_channels", "channels"), ("down_block_out_channels", "block_out_channels"),
        ("layers_per_down_block", "layers_per_block"), ("num_vq_embeddings", "quantizer.codes"),
        ("latent_channels", "quantizer.code_dim"), ("vq_embed_dim", "quantizer.code_dim"),
    ];

    /// <summary>What the config describes, and what it is called.</summary>
    /// <param name="path">The file of weights, for messages.</param>
    /// <param name="config">The object of config.json.</param>
    /// <exception cref="RunException">It is of another class, or has a value that no model here has.</exception>
    public static (string Name, RunConfig Config) Read(string path, JsonObject config)
    {
        var name = config[ClassKey] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
        if (Classes.FirstOrDefault(known => known.Class == name).Preset is not { } preset)
        {
            throw new RunException(
                path, $"{ClassKey} in its config.json to be one of {string.Join(", ", Classes.Select(known => known.Class))}",
                name is null ? "none" : $"'{name}'",
                "Name what the weights are of with --preset, or with --model and its options.");
        }

        var start = Presets.Find(preset).Config;
        var model = ConfigFile.ToTree(start.Model);
        foreach (var (key, setting) in config)
        {
            Set(model, key, setting);
        }

        foreach (var (theirs, ours) in Renamed)
        {
            Set(model, ours, config[theirs]);
        }

        SetAttention(model, config);
        return (name!, start with { Model = ConfigFile.ToModel(path, model) });
    }

    /// <summary>Sets what both have; null leaves what was there.</summary>
    private static void Set(JsonObject model, string name, JsonNode? value)
    {
        var target = model;
        if (name.Split('.') is [var part, var inner])
        {
            (target, name) = (model[part] as JsonObject ?? [], inner);
        }

        if (value is not null && name != "kind" && target.ContainsKey(name))
        {
            target[name] = value.DeepClone();
        }
    }

    /// <summary>Levels whose blocks have attention are told by the names of the blocks.</summary>
    private static void SetAttention(JsonObject model, JsonObject config)
    {
        if (model.ContainsKey("attention_levels") && config["down_block_types"] is JsonArray blocks)
        {
            var levels = Enumerable.Range(0, blocks.Count).Where(i =>
                blocks[i] is JsonValue value && value.TryGetValue<string>(out var text)
                && text.StartsWith("Attn", StringComparison.Ordinal));
            model["attention_levels"] = new JsonArray([.. levels.Select(level => JsonValue.Create(level))]);
        }
    }
}
