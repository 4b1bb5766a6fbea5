using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.TensorBoard.Messages;
using IlgpuVq.Train.Training;
using Value = Google.Protobuf.WellKnownTypes.Value;

namespace IlgpuVq.Train.TensorBoard;

/// <summary>A run's settings as TensorBoard's table of runs, its plugin "hparams", wants them: <c>optimizer.learning_rate</c> and
/// the like, each a number, a truth value or a text.</summary>
internal static class SettingsTable
{
    private const string Plugin = "hparams";

    /// <summary>What tells a run from others, but nobody chose.</summary>
    private static readonly HashSet<string> LeftOut = ["version", "data.content"];

    private static readonly string[] Shown = [MetricNames.Loss, MetricNames.Normalized];

    /// <summary>The values that the first event of a log holds.</summary>
    public static IEnumerable<Summary.Types.Value> Of(RunConfig config)
    {
        var settings = new SortedDictionary<string, Value>(StringComparer.Ordinal);
        foreach (var (place, value) in ConfigFile.Leaves(config))
        {
            if (value is not null && !LeftOut.Contains(place))
            {
                settings[place] = ValueOf(value);
            }
        }

        var experiment = new Experiment
        {
            HparamInfos = { settings.Select(pair => new Experiment.Types.HParam { Name = pair.Key, Type = TypeOf(pair.Value) }) },
            MetricInfos =
            {
                Shown.Select(tag => new Experiment.Types.Metric { Name = new Experiment.Types.Name { Tag = tag } }),
            },
        };
        var start = new SessionStart { StartTimeSecs = DateTimeOffset.UtcNow.ToUnixTimeSeconds() };
        start.Hparams.Add(settings);
        yield return Entry("_hparams_/experiment", new HParams { Experiment = experiment });
        yield return Entry("_hparams_/session_start_info", new HParams { SessionStartInfo = start });
    }

    private static Summary.Types.Value Entry(string tag, HParams content) => new()
    {
        Tag = tag,
        Metadata = new Metadata
        {
            PluginData = new Metadata.Types.PluginData { PluginName = Plugin, Content = content.ToByteString() },
        },
    };

    private static Value ValueOf(JsonNode setting) => setting.GetValueKind() switch
    {
        JsonValueKind.Number => Value.ForNumber(setting.GetValue<double>()),
        JsonValueKind.True or JsonValueKind.False => Value.ForBool(setting.GetValue<bool>()),
        JsonValueKind.String => Value.ForString(setting.GetValue<string>()),
        _ => Value.ForString(setting.ToJsonString()),
    };

    private static HParamType TypeOf(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.NumberValue => HParamType.DataTypeFloat64,
        Value.KindOneofCase.BoolValue => HParamType.DataTypeBool,
        _ => HParamType.DataTypeString,
    };
}
