using System.Collections.Immutable;
using System.Text.Json.Nodes;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.Asymmetric;
using IlgpuVq.Models.Autoencoders.KlAutoencoder;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Weights;

/// <summary>The config.json of a model that diffusers saved, as options of a family that has their names.</summary>
internal static class DiffusersConfig
{
    private const string ClassKey = "_class_name";

    /// <summary>Classes, the presets that are theirs, and what a class has where its config says nothing: null for the
    /// preset's.</summary>
    private static readonly (string Class, string Preset, AutoencoderOptions? Default)[] Classes =
    [
        ("VQModel", "diffusers-vqmodel", null),
        ("AutoencoderKL", "diffusers-kl", new KlAutoencoderOptions { Init = Initialization.Torch }),
        ("AutoencoderTiny", "diffusers-tiny", null),
        ("AsymmetricAutoencoderKL", "diffusers-asymmetric",
            new AsymmetricOptions { Init = Initialization.Torch, UpBlockOutChannels = [64] }),
        ("PaellaVQModel", "paella", null),
    ];

    /// <summary>Settings that models here have one value of, or one and its other name, for all classes or some.</summary>
    private static readonly (string Key, string[] Values)[] Fixed =
    [
        ("act_fn", ["silu", "swish"]), ("upsample_fn", ["nearest"]), ("upsampling_scaling_factor", ["2"]),
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
        var (_, preset, usual) = Classes.FirstOrDefault(known => known.Class == name);
        if (preset is null)
        {
            throw new RunException(
                path, $"{ClassKey} in its config.json to be one of {string.Join(", ", Classes.Select(known => known.Class))}",
                name is null ? "none" : $"'{name}'",
                "Name what the weights are of with --preset, or with --model and its options.");
        }

        var start = Presets.Find(preset).Config;
        CheckFixed(path, config, name == "AutoencoderTiny");
        var model = ConfigFile.ToTree(usual ?? start.Model);
        foreach (var (key, setting) in config)
        {
            Set(model, key, setting);
        }

        foreach (var (theirs, ours) in Renamed)
        {
            Set(model, ours, config[theirs]);
        }

        SetAttention(model, config);
        return (name!, start with { Model = WithCondition(ConfigFile.ToModel(path, model)) });
    }

    /// <summary>Refuses what no model here does.</summary>
    private static void CheckFixed(string path, JsonObject config, bool isTiny)
    {
        foreach (var (key, usual) in Fixed)
        {
            string[] values = isTiny && key == "act_fn" ? ["relu"] : usual;
            if (config[key] is { } value && !values.Contains(value.ToString()))
            {
                throw new RunException(
                    path, $"{key} in its config.json to be {string.Join(" or ", values)}", $"'{value}'",
                    "Choose a model of that kind.");
            }
        }
    }

    /// <summary>The layers that read a given image are those of diffusers, where they are others than the levels'.</summary>
    private static AutoencoderOptions WithCondition(AutoencoderOptions model)
    {
        if (model is not AsymmetricOptions options)
        {
            return model;
        }

        ImmutableArray<int> levels = options.UpBlockOutChannels.IsDefaultOrEmpty
            ? options.BlockOutChannels
            : options.UpBlockOutChannels;
        var layers = levels.IsDefaultOrEmpty ? [] : AsymmetricOptions.ConditionChannelsFor(levels);
        return layers.SequenceEqual(levels.Append(levels.LastOrDefault()))
            ? options
            : options with { ConditionChannels = layers };
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
