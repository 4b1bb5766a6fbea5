using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Priors;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Config;

/// <summary>A <see cref="RunConfig"/> as JSON, of this version and of version 1.</summary>
/// <remarks>Fields that this version does not know are passed over, and absent ones have their defaults, so older and newer
/// programs of one version read each other's runs.</remarks>
internal static class ConfigFile
{
    private const int LongestFile = 1 << 20;

    private const string Advice = "Restore the file from a copy, or start a new run in another folder.";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        AllowOutOfOrderMetadataProperties = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver().WithKinds().WithKinds(TaskKinds.All).WithKinds(PriorFamilies.All),
    };

    /// <summary>The file's text, as a checkpoint's metadata hold it.</summary>
    public static string ToText(RunConfig config) => JsonSerializer.Serialize(config, Options);

    /// <summary>Each setting by its place in the file, <c>model.quantizer.codes</c>, with its value as JSON; the name of the run
    /// itself is none.</summary>
    public static IEnumerable<(string Place, JsonNode? Value)> Leaves(RunConfig config) =>
        LeavesOf("", JsonNode.Parse(ToText(config with { Id = null })));

    /// <summary>The same with values as text.</summary>
    public static SortedDictionary<string, string> Settings(RunConfig config) => new(
        Leaves(config).ToDictionary(
            leaf => leaf.Place,
            leaf => leaf.Value is JsonValue value && value.TryGetValue<string>(out var text)
                ? text
                : leaf.Value?.ToJsonString() ?? "none"),
        StringComparer.Ordinal);

    /// <summary>A model's options as its part of the file.</summary>
    public static JsonObject ToTree(AutoencoderOptions model) => JsonSerializer.SerializeToNode(model, Options)!.AsObject();

    /// <summary>The options of such a part; not yet checked.</summary>
    /// <param name="path">Where they are from, for messages.</param>
    /// <param name="model">The part.</param>
    /// <exception cref="RunException">A value is of another type than its field.</exception>
    public static AutoencoderOptions ToModel(string path, JsonObject model)
    {
        try
        {
            return model.Deserialize<AutoencoderOptions>(Options)!;
        }
        catch (JsonException exception)
        {
            throw new RunException(
                path, "the options of a model in its config.json", WhatIsWrong(model, exception),
                "Fetch or save the model again.", exception);
        }
    }

    /// <summary>Reads a <c>config.json</c> and checks it whole.</summary>
    /// <exception cref="RunException">The file is absent, damaged, of a later version, or holds an impossible value.</exception>
    public static RunConfig Read(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            return length <= LongestFile
                ? Parse(path, File.ReadAllBytes(path))
                : throw new RunException(path, $"at most {LongestFile} bytes", $"{length}", Advice);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Reading(path, exception);
        }
    }

    /// <summary>A config with all that a file says: a <c>config.json</c>, or a part of one with the same places. A part of
    /// another kind begins with that kind's defaults. What tells of a run and its data, such as their digest, is passed
    /// over.</summary>
    /// <param name="config">What it is without the file.</param>
    /// <param name="path">The file.</param>
    /// <returns>The config, whose values are not yet checked.</returns>
    /// <exception cref="RunException">The file cannot be read, has a place that there is not, or a value of another
    /// type.</exception>
    public static RunConfig Merge(RunConfig config, string path)
    {
        const string advice = "Correct the file.";
        JsonObject? tree = null;
        try
        {
            var length = new FileInfo(path).Length;
            var given = length > LongestFile
                ? throw new RunException(path, $"at most {LongestFile} bytes", $"{length}", "Name a config.json.")
                : JsonNode.Parse(File.ReadAllBytes(path), documentOptions: Strict) as JsonObject
                    ?? throw new RunException(path, "a JSON object of settings", "another value", advice);
            if (given.ContainsKey("version"))
            {
                given = ToCurrentVersion(path, given, advice);
            }

            tree = ConfigMerge.Into(path, config, given, Options);
            var merged = tree.Deserialize<RunConfig>(Options)!;
            var (facts, images) = (config.Data, merged.Data);
            return merged with
            {
                Id = config.Id,
                Data = images with
                {
                    Channels = facts.Channels,
                    Height = facts.Height,
                    Width = facts.Width,
                    Variance = facts.Variance,
                    Count = facts.Count,
                    Content = facts.Content,
                },
                Model = merged.Model with { Channels = config.Model.Channels },
                Task = merged.Task is PriorTaskOptions task && config.Task is PriorTaskOptions known
                    ? task with
                    {
                        Classes = known.Classes,
                        ClassNames = known.ClassNames,
                        Grids = known.Grids,
                        ModelHash = known.ModelHash,
                    }
                    : merged.Task,
            };
        }
        catch (JsonException exception)
        {
            throw new RunException(path, "a JSON object of settings", WhatIsWrong(tree, exception), advice, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Reading(path, exception);
        }
        catch (Exception exception)
            when (exception is NotSupportedException or InvalidOperationException or ArgumentException or FormatException)
        {
            throw new RunException(
                path, "a JSON object of settings", exception.Message.ReplaceLineEndings(" ").TrimEnd('.'), advice, exception);
        }
    }

    /// <summary>The same from the metadata of a checkpoint.</summary>
    /// <param name="path">The checkpoint, for messages.</param>
    /// <param name="text">What <see cref="ToText"/> gave, of this or an earlier version.</param>
    /// <exception cref="RunException">It is damaged, of a later version, or holds an impossible value.</exception>
    public static RunConfig Parse(string path, string text) => Parse(path, Encoding.UTF8.GetBytes(text));

    private static IEnumerable<(string Place, JsonNode? Value)> LeavesOf(string place, JsonNode? node) =>
        node is JsonObject fields
            ? fields.SelectMany(field => LeavesOf(place.Length == 0 ? field.Key : $"{place}.{field.Key}", field.Value))
            : [(place, node)];

    private static RunConfig Parse(string path, byte[] bytes)
    {
        RunConfig config;
        JsonObject? tree = null;
        try
        {
            tree = JsonNode.Parse(bytes, documentOptions: Strict) as JsonObject
                ?? throw new RunException(path, "the JSON object of a run", "another value", Advice);
            tree = ToCurrentVersion(path, tree, Advice);
            CheckKind(path, tree["model"], "model", ModelFamilies.All);
            CheckKind(path, (tree["model"] as JsonObject)?["quantizer"], "model.quantizer", QuantizerKinds.All);
            if (tree["task"] is JsonObject task && !task.ContainsKey("kind"))
            {
                task["kind"] = TaskKinds.All[0].Name; // of an earlier program, which had one
            }

            CheckKind(path, tree["task"], "task", TaskKinds.All);
            CheckKind(path, (tree["task"] as JsonObject)?["prior"], "task.prior", PriorFamilies.All);
            CheckKind(path, tree["optimizer"], "optimizer", OptimizerKinds.All);
            CheckKind(path, (tree["optimizer"] as JsonObject)?["schedule"], "optimizer.schedule", ScheduleKinds.All);
            config = tree.Deserialize<RunConfig>(Options)
                ?? throw new RunException(path, "the JSON object of a run", "null", Advice);
        }
        catch (JsonException exception)
        {
            throw new RunException(path, "the JSON object of a run", WhatIsWrong(tree, exception), Advice, exception);
        }
        catch (Exception exception)
            when (exception is NotSupportedException or InvalidOperationException or ArgumentException or FormatException)
        {
            throw new RunException(
                path, "the JSON object of a run", exception.Message.ReplaceLineEndings(" ").TrimEnd('.'), Advice, exception);
        }

        try
        {
            config.CheckAll();
            return config;
        }
        catch (RunException exception)
        {
            throw new RunException(
                path, "the options of a run", exception.Message.TrimEnd('.'), "Restore the file from a copy.", exception);
        }
    }

    private static JsonObject ToCurrentVersion(string path, JsonObject tree, string advice)
    {
        var version = tree["version"] is JsonValue value && value.TryGetValue<int>(out var number) ? number
            : throw new RunException(path, "a whole number as version", Text(tree["version"], "none"), advice);
        return version switch
        {
            1 => ConfigVersion1.Upgrade(tree),
            RunConfig.CurrentVersion => tree,
            _ => throw new RunException(
                path, $"a version up to {RunConfig.CurrentVersion}", $"{version}",
                "Use the program that wrote the run, or a newer one."),
        };
    }

    internal static void CheckKind<TOptions>(
        string path, JsonNode? section, string name, IReadOnlyList<Kind<TOptions>> kinds,
        string advice = "Use the program that wrote the run, or a newer one.")
        where TOptions : class
    {
        if (section is JsonObject options &&
            !(options["kind"] is JsonValue value && value.TryGetValue<string>(out var kind) &&
                kinds.Any(known => known.Name == kind)))
        {
            throw new RunException(
                path, $"{string.Join(" or ", kinds.Select(known => known.Name))} as {name}.kind", Text(options["kind"], "none"),
                advice);
        }
    }

    /// <summary>The value that is of another type than its field; where the text is not even JSON, the line.</summary>
    private static string WhatIsWrong(JsonObject? tree, JsonException exception)
    {
        if (tree is not null && exception.Path is ['$', '.', .. var name])
        {
            // A place in an array, field[2], is shown as the whole array.
            var found = name.Split('.').Aggregate((JsonNode?)tree, (node, part) => (node as JsonObject)?[part.Split('[')[0]]);
            return $"{Text(found, "null")} as {name}";
        }

        return exception.LineNumber is { } line
            ? $"an error in line {line + 1}"
            : exception.Message.ReplaceLineEndings(" ").TrimEnd('.');
    }

    private static string Text(JsonNode? node, string ifNone)
    {
        const int longest = 60;
        var text = node?.ToJsonString() ?? ifNone;
        return text.Length <= longest ? text : text[..longest] + "…";
    }
}

/// <summary>Version 1 of <c>config.json</c>: one flat object of the one model that there was.</summary>
internal static class ConfigVersion1
{
    private static readonly (string Section, string Old, string New)[] Moves =
    [
        ("run", "accelerator", "accelerator"), ("run", "precision", "precision"), ("run", "steps", "steps"),
        ("run", "batch", "batch"),
        ("run", "seed", "seed"), ("run", "log_every", "log_every"), ("run", "checkpoint_every", "checkpoint_every"),
        ("run", "sample_every", "sample_every"), ("data", "data", "name"), ("data", "data_root", "root"),
        ("data", "channels", "channels"),
        ("data", "height", "height"), ("data", "width", "width"), ("data", "data_variance", "variance"),
        ("model", "channels", "channels"),
        ("model", "hidden", "hidden"), ("model", "residual_hidden", "residual_hidden"),
        ("model", "residual_layers", "residual_layers"),
        ("model", "residual_skip", "residual_skip"), ("model", "initialization", "init"), ("quantizer", "codes", "codes"),
        ("quantizer", "code_dim", "code_dim"), ("quantizer", "commitment", "commitment"), ("quantizer", "codebook", "codebook"),
        ("quantizer", "decay", "decay"), ("optimizer", "learning_rate", "learning_rate"),
    ];

    /// <summary>The same as an object of version 2. Fields that version 1 had defaults for keep those.</summary>
    public static JsonObject Upgrade(JsonObject old)
    {
        var sections = new Dictionary<string, JsonObject>
        {
            ["run"] = [],
            ["data"] = [],
            ["model"] = new() { ["kind"] = "vqvae", ["init"] = "torch", ["residual_skip"] = "rectified" },
            ["quantizer"] = new() { ["kind"] = "vector" },
            ["optimizer"] = new() { ["kind"] = "adam" },
        };
        foreach (var (section, oldName, newName) in Moves)
        {
            if (old[oldName] is { } value)
            {
                // Enumerations were written as they are named in C#, or by their own names: both in any case.
                sections[section][newName] = value.GetValueKind() == JsonValueKind.String &&
                    newName is not ("name" or "root" or "accelerator")
                    ? value.GetValue<string>().ToLowerInvariant()
                    : value.DeepClone();
            }
        }

        sections["model"]["quantizer"] = sections["quantizer"];
        return new JsonObject
        {
            ["version"] = RunConfig.CurrentVersion,
            ["run"] = sections["run"],
            ["data"] = sections["data"],
            ["model"] = sections["model"],
            ["optimizer"] = sections["optimizer"],
        };
    }
}
