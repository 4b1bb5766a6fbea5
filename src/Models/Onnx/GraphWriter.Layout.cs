using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Models.Onnx;

/// <content>Where numbers lie.</content>
internal sealed partial class GraphWriter
{
    /// <summary>For an axis of a new shape: as long as the same axis of x, and what is left.</summary>
    private const long SameLength = 0, Rest = -1;

    private string WriteReshape(string x, TracedValue from, TracedValue to)
    {
        var rank = to.Shape.Rank;
        if (rank == from.Shape.Rank && Enumerable.Range(0, rank).All(axis => IsSameLength(from, to, axis)))
        {
            return x;
        }

        var target = new long[rank];
        var open = new List<int>();
        for (var axis = 0; axis < rank; axis++)
        {
            if (probes.LengthOf(to, axis) is { IsConstant: true } length)
            {
                target[axis] = length.Numerator;
            }
            else if (axis < from.Shape.Rank && IsSameLength(from, to, axis))
            {
                target[axis] = SameLength;
            }
            else
            {
                target[axis] = Rest;
                open.Add(axis);
            }
        }

        return graph.Node("Reshape", [x, open.Count <= 1 ? graph.WholeNumbers(target) : WriteShape(to)]);
    }

    private bool IsSameLength(TracedValue a, TracedValue b, int axis) =>
        probes.LengthsOf(a, axis).SequenceEqual(probes.LengthsOf(b, axis));

    private string WriteSlice(SliceOperation op, string x, TracedValue from, TracedValue to)
    {
        if (op.Step < 1)
        {
            throw OnnxException.Of("ranges in forward steps", $"a step of {op.Step}");
        }

        var whole = probes.LengthsOf(from, op.Axis);
        int[] ends = [.. probes.LengthsOf(to, op.Axis).Zip(whole, (length, all) => Math.Min(op.Start + length * op.Step, all))];
        int[] rests = [.. ends.Zip(whole, (end, all) => end - all)];
        var end = rests.All(rest => rest == 0) ? long.MaxValue
            : ends.All(end => end == ends[0]) ? ends[0]
            : rests.All(rest => rest == rests[0]) ? rests[0]
            : throw OnnxException.AboutSize(
                "ranges that end at one place, counted from either side", $"one on axis {op.Axis} of {from.Shape}");
        return graph.Node(
            "Slice",
            [x, graph.WholeNumbers(op.Start), graph.WholeNumbers(end), graph.WholeNumbers(op.Axis), graph.WholeNumbers(op.Step)]);
    }

    private string WritePad(PadOperation op, string x)
    {
        var mode = op.Mode switch
        {
            PadMode.Reflect => "reflect",
            PadMode.Replicate => "edge",
            _ => "constant",
        };
        return graph.Node(
            "Pad", [x, graph.WholeNumbers(Longs([.. op.Before, .. op.After])), graph.Number(op.Value)], ("mode", mode));
    }

    private string WriteResize(string x, TracedValue y, params ReadOnlySpan<(string Name, object Value)> how) =>
        graph.Node("Resize", [x, "", "", WriteShape(y)], how);
}
