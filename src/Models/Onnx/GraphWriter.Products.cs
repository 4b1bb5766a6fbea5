using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Models.Onnx;

/// <content>Sums and products: convolutions, matrices, norms, attention, pools.</content>
internal sealed partial class GraphWriter
{
    private string WriteConvolution(ConvolutionOperation op, string[] x)
    {
        var sum = graph.Node("Conv", x.AsSpan(0, 3), [.. Walk(op.How)]);
        return Activate(op.Activation, x[3].Length == 0 ? sum : graph.Node("Add", [sum, x[3]]));
    }

    private string WriteTransposedConvolution(TransposedConvolutionOperation op, string[] x) => Activate(
        op.Activation, graph.Node("ConvTranspose", x, [.. Walk(op.How), ("output_padding", Longs(op.OutputPadding))]));

    private static IEnumerable<(string Name, object Value)> Walk(Conv2dParams how) =>
    [
        ("strides", Longs(how.Stride)), ("pads", Longs(how.Padding)), ("dilations", Longs(how.Dilation)),
        ("group", (long)how.Groups),
    ];

    private static long[] Longs(Pair pair) => [pair.H, pair.W];

    private static long[] Longs(Padding padding) => [padding.Top, padding.Left, padding.Bottom, padding.Right];

    private string Activate(Activation activation, string x) => activation == Activation.Relu ? graph.Node("Relu", [x]) : x;

    private string WriteProduct(ProductOperation op, string[] x, int rank)
    {
        return graph.Node("MatMul", [Side(x[0], Transpose.A), Side(x[1], Transpose.B)]);

        string Side(string matrix, Transpose which) => !op.Transpose.HasFlag(which) ? matrix
            : graph.Node("Transpose", [matrix], ("perm", rank == 2 ? [1L, 0] : (long[])[0, 2, 1]));
    }

    private string WriteReduction(ReductionOperation op, string x)
    {
        var (axes, keeps) = (Longs(op.Axes), ("keepdims", (object)(op.KeepDims ? 1L : 0L)));
        return op.Kind == ReductionKind.Sum
            ? graph.Node("ReduceSum", [x, graph.WholeNumbers(axes)], keeps)
            : graph.Node(op.Kind == ReductionKind.Mean ? "ReduceMean" : "ReduceMax", [x], ("axes", axes), keeps);
    }

    private string WritePool(PoolOperation op, string x)
    {
        List<(string, object)> how =
            [("kernel_shape", Longs(op.Kernel)), ("strides", Longs(op.Stride)), ("pads", Longs(op.Padding))];
        if (!op.IsMax)
        {
            how.Add(("count_include_pad", op.CountsPadding ? 1L : 0L));
        }

        return graph.Node(op.IsMax ? "MaxPool" : "AveragePool", [x], [.. how]);
    }

    /// <summary>Means of windows as products from both sides, R·x·C.</summary>
    private string WriteAdaptivePool(string x, TracedValue from, TracedValue to)
    {
        var (rows, columns) = (Windows(axis: 2), Windows(axis: 3));
        var turned = graph.Node("Transpose", [columns], ("perm", (long[])[1, 0]));
        return graph.Node("MatMul", [graph.Node("MatMul", [rows, x]), turned]);

        string Windows(int axis)
        {
            if (!LengthOf(from, axis).IsConstant || !LengthOf(to, axis).IsConstant)
            {
                throw OnnxException.AboutSize("images of one size to pool to one of another", "images of any size");
            }

            var (length, count) = (from.Shape[axis], to.Shape[axis]);
            var shares = new float[count * length];
            for (var i = 0; i < count; i++)
            {
                var (start, end) = ((int)((long)i * length / count), (int)(((i + 1L) * length + count - 1) / count));
                shares.AsSpan(i * length + start, end - start).Fill(1f / (end - start));
            }

            return graph.Floats(null, shares, [count, length]);
        }
    }

    /// <summary>Groups as channels of an instance norm, then scale and shift of the channels.</summary>
    private string WriteGroupNorm(GroupNormOperation op, string[] x, int rank)
    {
        var ones = Enumerable.Repeat(1f, op.Groups).ToArray();
        var groups = graph.Node("Reshape", [x[0], graph.WholeNumbers(SameLength, op.Groups, Rest)]);
        var normed = graph.Node(
            "InstanceNormalization",
            [groups, graph.Floats(null, ones, [op.Groups]), graph.Floats(null, new float[op.Groups], [op.Groups])],
            ("epsilon", op.Epsilon));
        return ScaleChannels(graph.Node("Reshape", [normed, graph.Node("Shape", [x[0]])]), x[1], x[2], rank);
    }

    private string WriteChannelNorm(string[] x, int rank)
    {
        var centred = graph.Node("Sub", [x[0], AlongChannels(x[1], rank)]);
        return ScaleChannels(graph.Node("Mul", [centred, AlongChannels(x[2], rank)]), x[3], x[4], rank);
    }

    private string ScaleChannels(string x, string weight, string bias, int rank)
    {
        var scaled = weight.Length == 0 ? x : graph.Node("Mul", [x, AlongChannels(weight, rank)]);
        return bias.Length == 0 ? scaled : graph.Node("Add", [scaled, AlongChannels(bias, rank)]);
    }

    /// <summary>(C) → (C, 1, …), which broadcasts to (B, C, …).</summary>
    private string AlongChannels(string x, int rank) =>
        graph.Node("Reshape", [x, graph.WholeNumbers([Rest, .. Enumerable.Repeat(1L, rank - 2)])]);

    private string WriteAttention(AttentionOperation op, string[] x, IReadOnlyList<TracedValue?> inputs)
    {
        var scale = 1 / MathF.Sqrt((float)inputs[0]!.Shape[2] / op.Heads);
        var queries = graph.Node("Mul", [Heads(0, 0, 2, 1, 3), graph.Number(scale)]);
        var weights = graph.Node("Softmax", [graph.Node("MatMul", [queries, Heads(1, 0, 2, 3, 1)])], ("axis", -1L));
        var results = graph.Node("MatMul", [weights, Heads(2, 0, 2, 1, 3)]); // (B, heads, T, DV / heads)
        return graph.Node(
            "Reshape",
            [
                graph.Node("Transpose", [results], ("perm", (long[])[0, 2, 1, 3])),
                graph.WholeNumbers(SameLength, SameLength, inputs[2]!.Shape[2]),
            ]);

        // (B, T, D) → (B, T, heads, D / heads) → its axes in an order.
        string Heads(int operand, params long[] order) => graph.Node(
            "Transpose",
            [graph.Node("Reshape", [x[operand], graph.WholeNumbers(SameLength, SameLength, op.Heads, Rest)])], ("perm", order));
    }
}
