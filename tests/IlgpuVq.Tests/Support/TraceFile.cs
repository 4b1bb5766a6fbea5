using System.Text.Json;
using Xunit;

namespace IlgpuVq.Tests.Support;

/// <summary>An event of a trace file; times in microseconds. It ends where a viewer has its end: in double precision, after its
/// duration.</summary>
internal sealed record TraceEvent(
    string Kind, string Name, double Start, double Duration, int Thread, Dictionary<string, string> Arguments)
{
    public double End => Start + Duration;

    public bool Holds(TraceEvent other) => Thread == other.Thread && Start <= other.Start && other.End <= End;
}

/// <summary>A trace file as a reader of the Trace Event Format takes it: nothing of the writer's code. Reading it fails where an
/// event has not what its phase needs: complete events ("X") a name, a time, a duration of at least 0 and a thread that metadata
/// ("M") names.</summary>
internal sealed class TraceFile
{
    private TraceFile(JsonElement root)
    {
        Notes = TextsOf(root.GetProperty("otherData"));
        List<TraceEvent> events = [];
        foreach (var each in root.GetProperty("traceEvents").EnumerateArray())
        {
            var (name, arguments) = (each.GetProperty("name").GetString()!, TextsOf(each.GetProperty("args")));
            var thread = each.GetProperty("tid").GetInt32();
            Assert.Equal(1, each.GetProperty("pid").GetInt32());
            if (each.GetProperty("ph").GetString() == "M")
            {
                Names[(name, thread)] = arguments["name"];
                continue;
            }

            Assert.Equal("X", each.GetProperty("ph").GetString());
            var (start, duration) = (each.GetProperty("ts").GetDouble(), each.GetProperty("dur").GetDouble());
            Assert.True(start >= 0 && duration >= 0 && name.Length > 0, $"{each}");
            events.Add(new TraceEvent(
                each.GetProperty("cat").GetString()!, name, start, duration, thread, arguments));
        }

        Events = events;
        Assert.NotEmpty(Names[("process_name", 0)]);
        Assert.All(events, each => Assert.NotEmpty(Names[("thread_name", each.Thread)]));
    }

    public Dictionary<string, string> Notes { get; }

    public Dictionary<(string What, int Thread), string> Names { get; } = [];

    public IReadOnlyList<TraceEvent> Events { get; }

    public static TraceFile Read(string path) => Read(File.ReadAllBytes(path));

    public static TraceFile Read(byte[] bytes)
    {
        using var json = JsonDocument.Parse(bytes);
        return new TraceFile(json.RootElement);
    }

    public IEnumerable<TraceEvent> Of(string kind) => Events.Where(each => each.Kind == kind);

    /// <summary>Two events of a thread are one within the other, or one after the other; those that hold others come
    /// first.</summary>
    public void AssertNests()
    {
        foreach (var thread in Events.GroupBy(each => each.Thread))
        {
            var open = new Stack<TraceEvent>();
            foreach (var each in thread)
            {
                while (open.TryPeek(out var last) && last.End <= each.Start && !last.Holds(each))
                {
                    open.Pop();
                }

                Assert.True(
                    open.Count == 0 || open.Peek().Holds(each), $"{each} begins within {(open.Count > 0 ? open.Peek() : null)}");
                open.Push(each);
            }
        }
    }

    private static Dictionary<string, string> TextsOf(JsonElement pairs) =>
        pairs.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!);
}
