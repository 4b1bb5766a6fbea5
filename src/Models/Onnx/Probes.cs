using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Models.Onnx;

/// <summary>Images that some work is tried on.</summary>
/// <param name="Batch">How many.</param>
/// <param name="Height">Rows of one.</param>
/// <param name="Width">Pixels of a row.</param>
internal readonly record struct ProbeSize(int Batch, int Height, int Width);

/// <summary>Work to be traced: its inputs are named by <see cref="Trace.Input"/>.</summary>
/// <returns>What it ends with, by name.</returns>
internal delegate IReadOnlyList<(string Name, TracedValue Value)> Work(Trace trace, ProbeSize size);

/// <summary>The same work traced on images of several sizes, so that what depends on the size shows: each axis doubled, and then
/// all.</summary>
internal sealed class Probes : IDisposable
{
    private readonly List<Trace> traces = [];
    private readonly Dictionary<int, bool> isFixed = [];

    /// <param name="device">Where the work is done.</param>
    /// <param name="work">The work.</param>
    /// <param name="size">The first size.</param>
    /// <param name="isAnySize">Whether height and width are axes too, beside the batch.</param>
    /// <exception cref="OnnxException">It is other work on images of another size.</exception>
    public Probes(Device device, Work work, ProbeSize size, bool isAnySize)
    {
        AxisCount = isAnySize ? 3 : 1;
        try
        {
            foreach (var probe in SizesFrom(size))
            {
                var trace = new Trace(device);
                traces.Add(trace);
                try
                {
                    var outputs = work(trace, probe);
                    Outputs ??= outputs;
                }
                finally
                {
                    trace.Stop();
                }
            }

            Check();
            Sources = [.. Enumerable.Range(0, AxisCount).Select(FindSource)];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Batch, and height and width where they may be any.</summary>
    public int AxisCount { get; }

    /// <summary>What the first trace ended with.</summary>
    public IReadOnlyList<(string Name, TracedValue Value)> Outputs { get; } = null!;

    /// <summary>All values of the first trace, each behind those that it was computed from.</summary>
    public IReadOnlyList<TracedValue> Values => traces[0].Values;

    /// <summary>The inputs of the first trace.</summary>
    public IEnumerable<TracedValue> Inputs => Values.Where(value => value is { Source: null, IsConstant: false });

    /// <summary>Where the length of each axis can be read: an input, and one of its axes.</summary>
    public IReadOnlyList<(TracedValue Input, int Axis)> Sources { get; }

    /// <summary>Whether a value is the same numbers, of one shape, whatever the inputs are.</summary>
    public bool IsFixed(TracedValue value)
    {
        if (!isFixed.TryGetValue(value.Id, out var known))
        {
            known = value.IsConstant && traces.TrueForAll(trace => trace.Values[value.Id].HasNumbersOf(value));
            isFixed.Add(value.Id, known);
        }

        return known;
    }

    /// <summary>Whether the numbers of an operation, such as a factor, do not depend on the inputs' sizes.</summary>
    public bool IsSameEverywhere(TracedValue value) =>
        traces.TrueForAll(trace => Equals(trace.Values[value.Id].Source?.Operation, value.Source?.Operation));

    /// <summary>The lengths of an axis of a value in all traces.</summary>
    public int[] LengthsOf(TracedValue value, int axis) => [.. traces.Select(trace => trace.Values[value.Id].Shape[axis])];

    /// <summary>The length of an axis of a value, from those of the inputs; null where no formula fits.</summary>
    public Length? LengthOf(TracedValue value, int axis) =>
        Length.Of(LengthsOf(value, axis), [.. Sources.Select(source => source.Input.Shape[source.Axis])]);

    public void Dispose() => traces.ForEach(trace => trace.Dispose());

    private IEnumerable<ProbeSize> SizesFrom(ProbeSize size)
    {
        var (b, h, w) = size;
        ProbeSize[] doubled = [new(2 * b, h, w), new(b, 2 * h, w), new(b, h, 2 * w), new(2 * b, 2 * h, 2 * w)];
        return [size, .. AxisCount == 1 ? [doubled[0], doubled[0]] : doubled];
    }

    /// <summary>The input whose axis is longer where this axis is.</summary>
    private (TracedValue Input, int Axis) FindSource(int axis) => (
        from input in Inputs
        from at in Enumerable.Range(0, input.Shape.Rank)
        where traces[axis + 1].Values[input.Id].Shape[at] != input.Shape[at]
        select (input, at)).First();

    private void Check()
    {
        foreach (var trace in traces)
        {
            if (trace.Values.Count != Values.Count || !Values.Zip(trace.Values).All(pair => IsAlike(pair.First, pair.Second)))
            {
                throw OnnxException.AboutSize("the same ops for all sizes of images", "others for larger ones");
            }
        }
    }

    private static bool IsAlike(TracedValue a, TracedValue b) => (a.IsConstant, a.IsInteger, a.Shape.Rank) ==
        (b.IsConstant, b.IsInteger, b.Shape.Rank) && a.Source?.Operation.GetType() == b.Source?.Operation.GetType() &&
        Ids(a.Source).SequenceEqual(Ids(b.Source));

    private static IEnumerable<int?> Ids(TracedOperation? source) => source?.Inputs.Select(input => input?.Id) ?? [];
}
