using System.Buffers;
using System.Diagnostics;
using System.Text.Json;

namespace IlgpuVq.Tensors.Profiling;

/// <summary>A <see cref="Timeline"/> as a file of the Trace Event Format, which Perfetto and chrome://tracing show.</summary>
/// <remarks>Each slice is one complete event ("X") with its times in microseconds. Calls of one op in a row are in a slice of
/// the op, named as on the tape.</remarks>
public static class ChromeTrace
{
    private const int Process = 1;

    /// <summary>Writes the whole file.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="timeline">What happened.</param>
    /// <param name="name">What the process is called.</param>
    /// <param name="notes">What else to say about the file, by names.</param>
    public static void Write(
        IBufferWriter<byte> output, Timeline timeline, string name, params (string Name, string Value)[] notes)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartObject("otherData");
        WritePairs(json, notes);
        json.WriteEndObject();
        json.WriteStartArray("traceEvents");
        WriteName(json, "process_name", thread: 0, name);
        foreach (var (thread, its) in timeline.Threads)
        {
            WriteName(json, "thread_name", thread, its);
        }

        foreach (var slice in WithOps(timeline.Slices))
        {
            Write(json, slice);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The slices in the order of their beginnings, those that hold others first, with one for each run of calls of an
    /// op.</summary>
    private static IEnumerable<(TimelineSlice Slice, bool IsOp)> WithOps(IReadOnlyList<TimelineSlice> slices)
    {
        List<(TimelineSlice Slice, bool IsOp)> all = [.. slices.Select(slice => (slice, false))];
        foreach (var thread in slices.Where(slice => slice.Kind == SliceKind.Primitive).GroupBy(slice => slice.Thread))
        {
            TimelineSlice? op = null;
            foreach (var call in thread)
            {
                if (op is not null && op.Purpose == call.Purpose)
                {
                    op = op with { End = call.End };
                    continue;
                }

                Add(op);
                op = call;
            }

            Add(op);
        }

        return all.OrderBy(each => each.Slice.Start).ThenByDescending(each => each.Slice.End).ThenByDescending(each => each.IsOp);

        void Add(TimelineSlice? op)
        {
            if (op?.Purpose?.Name is { } name)
            {
                all.Add((op with { Name = name }, true));
            }
        }
    }

    private static void Write(Utf8JsonWriter json, (TimelineSlice Slice, bool IsOp) each)
    {
        var (slice, isOp) = each;
        var (start, end) = (Microseconds(slice.Start), Microseconds(slice.End));
        json.WriteStartObject();
        json.WriteString("name", slice.Name);
        json.WriteString("cat", isOp ? "op" : slice.Kind.ToString().ToLowerInvariant());
        json.WriteString("ph", "X");
        json.WriteNumber("ts", start);
        json.WriteNumber("dur", end - start);
        json.WriteNumber("pid", Process);
        json.WriteNumber("tid", slice.Thread);
        json.WriteStartObject("args");
        WritePairs(json, isOp ? ArgumentsOf(slice.Purpose!) : slice.Arguments);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static IEnumerable<(string Name, string Value)> ArgumentsOf(CallPurpose purpose) => purpose.Owner is null
        ? []
        : [("node", $"%{purpose.Id}"), ("pass", purpose.IsBackward ? "backward" : "forward")];

    private static void WritePairs(Utf8JsonWriter json, IEnumerable<(string Name, string Value)> pairs)
    {
        foreach (var (name, value) in pairs)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteName(Utf8JsonWriter json, string what, int thread, string name)
    {
        json.WriteStartObject();
        json.WriteString("name", what);
        json.WriteString("ph", "M");
        json.WriteNumber("pid", Process);
        json.WriteNumber("tid", thread);
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>In 64ths, which are exact in binary: what ends with another ends with it too where a reader adds the duration to
    /// the time in double precision.</summary>
    private static decimal Microseconds(long ticks) => Math.Round(ticks * 64_000_000m / Stopwatch.Frequency) / 64;
}
