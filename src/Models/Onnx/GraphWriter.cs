using IlgpuVq.Models.Onnx.Messages;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Models.Onnx;

/// <summary>Writes traced work as a graph of ONNX's operators, version <see cref="OperatorVersion"/>.</summary>
/// <remarks>What no output depends on, such as losses, is left out. What depends on no input is written as its numbers. Shapes
/// that follow from the inputs' are computed in the graph.</remarks>
internal sealed partial class GraphWriter
{
    /// <summary>Of ONNX's own operators.</summary>
    public const int OperatorVersion = 17;

    private readonly Probes probes;
    private readonly IReadOnlyList<string> axes;
    private readonly GraphBuilder graph = new();
    private readonly Dictionary<int, string> names = [];
    private readonly Dictionary<Length, string> lengths = [];

    private GraphWriter(Probes probes, IReadOnlyList<string> axes) => (this.probes, this.axes) = (probes, axes);

    /// <param name="probes">The work.</param>
    /// <param name="axes">What its axes are called.</param>
    /// <exception cref="OnnxException">Some of it has no form in ONNX.</exception>
    public static Graph Write(Probes probes, IReadOnlyList<string> axes)
    {
        var writer = new GraphWriter(probes, axes);
        writer.Write();
        return writer.graph.Message;
    }

    private void Write()
    {
        foreach (var input in probes.Inputs)
        {
            names[input.Id] = input.Name!;
            graph.Message.Input.Add(Declare(input.Name!, input));
        }

        var isNeeded = FindNeeded();
        foreach (var value in probes.Values)
        {
            if (isNeeded[value.Id] && !names.ContainsKey(value.Id))
            {
                names[value.Id] = probes.IsFixed(value) ? WriteNumbers(value)
                    : value.Source is { } source ? WriteNode(value, source)
                    : throw OnnxException.AboutSize(
                        "constants that are the same for all batches and sizes of images", $"one of {value.Shape} that is not");
            }
        }

        foreach (var (name, value) in probes.Outputs)
        {
            graph.Name(Of(value), name);
            graph.Message.Output.Add(Declare(name, value));
        }

        graph.RemoveUnread();
    }

    /// <summary>What outputs depend on, through what is not fixed.</summary>
    private bool[] FindNeeded()
    {
        var isNeeded = new bool[probes.Values.Count];
        foreach (var (_, output) in probes.Outputs)
        {
            isNeeded[output.Id] = true;
        }

        for (var id = isNeeded.Length - 1; id >= 0; id--)
        {
            if (isNeeded[id] && !probes.IsFixed(probes.Values[id]))
            {
                foreach (var input in probes.Values[id].Source?.Inputs ?? [])
                {
                    isNeeded[input?.Id ?? id] = true;
                }
            }
        }

        return isNeeded;
    }

    private string Of(TracedValue? value) => value is null ? "" : names[value.Id];

    private string WriteNumbers(TracedValue value) => value.IsInteger
        ? graph.Integers(value.Name, [.. value.Integers().Select(number => (long)number)], value.Shape.AsSpan())
        : graph.Floats(value.Name, value.Floats(), value.Shape.AsSpan());

    private Value Declare(string name, TracedValue value)
    {
        var shape = new Dimensions();
        for (var axis = 0; axis < value.Shape.Rank; axis++)
        {
            shape.Dim.Add(probes.LengthOf(value, axis) is { } length
                ? length.IsConstant
                    ? new Dimension { DimValue = length.Numerator }
                    : new Dimension { DimParam = length.ToText(axes) }
                : new Dimension { DimParam = $"{name}_{axis}" });
        }

        var tensor = new TensorType { ElemType = value.IsInteger ? ElementType.Int64 : ElementType.Float32, Shape = shape };
        return new Value { Name = name, Type = new Messages.ValueType { TensorType = tensor } };
    }

    private string WriteNode(TracedValue y, TracedOperation source)
    {
        if (!probes.IsSameEverywhere(y))
        {
            throw OnnxException.AboutSize(
                "ops whose numbers are the same for all sizes of images", $"{NameOf(source.Operation)}, whose are not");
        }

        var inputs = source.Inputs;
        string[] x = [.. inputs.Select(Of)];
        return source.Operation switch
        {
            ElementwiseOperation op => new FormulaWriter(graph, x).Write(op.Formula),
            ReshapeOperation => WriteReshape(x[0], inputs[0]!, y),
            PermutationOperation op => graph.Node("Transpose", x, ("perm", Longs(op.Axes))),
            SliceOperation op => WriteSlice(op, x[0], inputs[0]!, y),
            ConcatOperation op => graph.Node("Concat", x, ("axis", (long)op.Axis)),
            PadOperation op => WritePad(op, x[0]),
            ExpandOperation => graph.Node("Expand", [x[0], WriteShape(y)]),
            FillOperation op when y.Shape.Rank == 0 => graph.Number(op.Value),
            FillOperation op => graph.Node("Expand", [graph.Number(op.Value), WriteShape(y)]),
            NearestResizeOperation => WriteResize(x[0], y, ("mode", "nearest"), ("nearest_mode", "floor"),
                ("coordinate_transformation_mode", "asymmetric")),
            BilinearResizeOperation op => WriteResize(x[0], y, ("mode", "linear"),
                ("coordinate_transformation_mode", op.AlignsCorners ? "align_corners" : "half_pixel")),
            ConvolutionOperation op => WriteConvolution(op, x),
            TransposedConvolutionOperation op => WriteTransposedConvolution(op, x),
            ProductOperation op => WriteProduct(op, x, y.Shape.Rank),
            ReductionOperation op => WriteReduction(op, x[0]),
            PoolOperation op => WritePool(op, x[0]),
            AdaptivePoolOperation => WriteAdaptivePool(x[0], inputs[0]!, y),
            SoftmaxOperation op => graph.Node(op.IsLog ? "LogSoftmax" : "Softmax", x, ("axis", (long)op.Axis)),
            GroupNormOperation op => WriteGroupNorm(op, x, y.Shape.Rank),
            ChannelNormOperation => WriteChannelNorm(x, y.Shape.Rank),
            AttentionOperation { Diagonal: null } op => WriteAttention(op, x, inputs),
            GatherOperation op => graph.Node("Gather", x, ("axis", (long)op.Axis)),
            OneHotOperation op => WriteOneHot(op, x[0]),
            ArgExtremeOperation op => graph.Node(
                op.IsMax ? "ArgMax" : "ArgMin", x, ("axis", (long)op.Axis), ("keepdims", op.KeepDims ? 1L : 0L)),
            NearestCodeOperation => WriteNearestCode(x[0], x[1]),
            ComposeDigitsOperation => WriteComposeDigits(x[0], RadicesOf(inputs[1]!)),
            SplitDigitsOperation => WriteSplitDigits(x[0], RadicesOf(inputs[1]!)),
            IdMaskOperation => ToFloat(graph.Node("Not", [graph.Node("Equal", [x[0], graph.WholeNumber(-1)])])),
            var other => throw OnnxException.Of("ops that ONNX has", NameOf(other)),
        };
    }

    private static string NameOf(Operation operation) => operation switch
    {
        NamedOperation named => named.Name,
        AttentionOperation { Diagonal: not null } => "causal attention",
        _ => operation.GetType().Name,
    };

    private static long[] Longs(IEnumerable<int> numbers) => [.. numbers.Select(number => (long)number)];

    private string ToFloat(string x) => graph.Node("Cast", [x], ("to", (long)ElementType.Float32));

    /// <summary>The shape of a value as whole numbers (rank).</summary>
    private string WriteShape(TracedValue value)
    {
        var shape = Enumerable.Range(0, value.Shape.Rank).Select(axis => LengthOf(value, axis)).ToArray();
        return shape.All(length => length.IsConstant)
            ? graph.WholeNumbers([.. shape.Select(length => length.Numerator)])
            : graph.Node("Concat", [.. shape.Select(WriteLength)], ("axis", 0L));
    }

    private Length LengthOf(TracedValue value, int axis) => probes.LengthOf(value, axis) ?? throw OnnxException.AboutSize(
        "lengths that are multiples of products of the inputs' lengths", $"{value.Shape[axis]} on axis {axis} of {value.Shape}");

    /// <summary>A length as whole numbers (1).</summary>
    private string WriteLength(Length length)
    {
        if (lengths.TryGetValue(length, out var known))
        {
            return known;
        }

        var product = length.Numerator == 1 && !length.IsConstant ? null : graph.WholeNumbers(length.Numerator);
        for (var axis = 0; axis < length.Powers.Count; axis++)
        {
            for (var power = 0; power < length.Powers[axis]; power++)
            {
                var factor = WriteAxis(axis);
                product = product is null ? factor : graph.Node("Mul", [product, factor]);
            }
        }

        return lengths[length] = length.Denominator == 1
            ? product!
            : graph.Node("Div", [product!, graph.WholeNumbers(length.Denominator)]);
    }

    private string WriteAxis(int axis)
    {
        var (input, at) = probes.Sources[axis];
        return graph.Node("Gather", [graph.Node("Shape", [Of(input)]), graph.WholeNumbers(at)]);
    }
}
