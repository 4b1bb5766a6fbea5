using System.Text.Json;
using System.Text.Json.Serialization;

namespace IlgpuVq.Train.Runs;

/// <summary>The JSON forms of a run's files.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    NewLine = "\n",
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(RunConfig))]
internal sealed partial class RunJson : JsonSerializerContext;

/// <summary>The JSON form of one line of metrics.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(MetricsLine))]
internal sealed partial class MetricsJson : JsonSerializerContext;

/// <summary>JSON has no NaN and no infinity: both are written as null, and null is read as NaN.</summary>
internal sealed class NullForNonFinite : JsonConverter<float>
{
    public override bool HandleNull => true;

    public override float Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? float.NaN : reader.GetSingle();

    public override void Write(Utf8JsonWriter writer, float value, JsonSerializerOptions options)
    {
        if (float.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
