using System.Text.Json;
using System.Text.Json.Serialization;

namespace IlgpuVq.Train.Runs;

/// <summary>One line of <c>metrics.jsonl</c>: a flat object with the step, the seconds and figures by name.</summary>
/// <remarks>Figures that are NaN or infinite are written as null, and null is read as NaN. Fields that are no numbers are passed
/// over.</remarks>
/// <param name="Step">Training steps done.</param>
/// <param name="Seconds">Time of training so far, the time before a resume included.</param>
/// <param name="Figures">What was measured, by name, in the order of the file.</param>
[JsonConverter(typeof(MetricsLineConverter))]
public sealed record MetricsLine(long Step, double Seconds, IReadOnlyList<KeyValuePair<string, double>> Figures)
{
    /// <summary>A figure; NaN where the line has none of that name.</summary>
    public double this[string name]
    {
        get
        {
            foreach (var (key, value) in Figures)
            {
                if (key == name)
                {
                    return value;
                }
            }

            return double.NaN;
        }
    }

    public bool Equals(MetricsLine? other) =>
        other is not null && (Step, Seconds) == (other.Step, other.Seconds) && Figures.SequenceEqual(other.Figures);

    public override int GetHashCode() => HashCode.Combine(Step, Seconds, Figures.Count);
}

/// <summary>Lines as flat JSON objects.</summary>
internal sealed class MetricsLineConverter : JsonConverter<MetricsLine>
{
    private const string Step = "step";
    private const string Seconds = "seconds";

    public override MetricsLine Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("expected an object");
        }

        long? step = null;
        var seconds = 0.0;
        var figures = new List<KeyValuePair<string, double>>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!names.Add(name))
            {
                throw new JsonException($"{name} twice");
            }

            reader.Read();
            switch (reader.TokenType)
            {
                case JsonTokenType.Number when name == Step:
                    step = reader.TryGetInt64(out var whole) ? whole : throw new JsonException("a step that is no whole number");
                    break;
                case JsonTokenType.Number when name == Seconds:
                    seconds = reader.GetDouble();
                    break;
                case JsonTokenType.Number:
                    figures.Add(new(name, reader.GetDouble()));
                    break;
                case JsonTokenType.Null:
                    figures.Add(new(name, double.NaN));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new MetricsLine(step ?? throw new JsonException("no step"), seconds, figures);
    }

    public override void Write(Utf8JsonWriter writer, MetricsLine value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber(Step, value.Step);
        foreach (var (name, figure) in value.Figures)
        {
            // Figures are sums of floats: more digits tell nothing.
            if ((float)figure is var number && float.IsFinite(number))
            {
                writer.WriteNumber(name, number);
            }
            else
            {
                writer.WriteNull(name);
            }
        }

        writer.WriteNumber(Seconds, value.Seconds);
        writer.WriteEndObject();
    }
}
