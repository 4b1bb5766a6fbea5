using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using IlgpuVq.Models.Onnx.Messages;

namespace IlgpuVq.Models.Onnx;

/// <summary>Nodes and constants of a graph, under names of their own.</summary>
internal sealed class GraphBuilder
{
    private readonly Dictionary<string, string> known = [];
    private int count;

    public Graph Message { get; } = new();

    /// <summary>Adds a node of one result.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="inputs">What it reads; "" for an optional input that is not there. Those at the end are left out.</param>
    /// <param name="attributes">Of type long, long[], float or string.</param>
    /// <returns>The result.</returns>
    public string Node(string op, ReadOnlySpan<string> inputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var node = new Node { OpType = op, Name = $"{op}_{count}", Output = { $"v{count++}" } };
        node.Input.AddRange(inputs.TrimEnd("").ToArray());
        foreach (var (name, value) in attributes)
        {
            node.Attribute.Add(AttributeOf(name, value));
        }

        Message.Node.Add(node);
        return node.Output[0];
    }

    /// <summary>Gives a value the name of an output.</summary>
    public void Name(string value, string output) => Message.Node.Add(
        new Node { OpType = "Identity", Name = $"Identity_{count++}", Input = { value }, Output = { output } });

    /// <summary>A constant of one number, of shape ().</summary>
    public string Number(float value) => Known(
        $"f {BitConverter.SingleToInt32Bits(value)}", name => Floats(name, [value], []));

    /// <summary>A constant of one whole number, of shape ().</summary>
    public string WholeNumber(long value) => Known($"i {value}", name => Integers(name, [value], []));

    /// <summary>A constant (N) of whole numbers.</summary>
    public string WholeNumbers(params long[] values) => Known(
        $"n {string.Join(',', values)}", name => Integers(name, values, [values.Length]));

    /// <summary>A constant of any shape.</summary>
    public string Floats(string? name, float[] values, ReadOnlySpan<int> shape) =>
        Add(name, ElementType.Float32, MemoryMarshal.AsBytes<float>(values), shape);

    /// <inheritdoc cref="Floats"/>
    public string Integers(string? name, long[] values, ReadOnlySpan<int> shape) =>
        Add(name, ElementType.Int64, MemoryMarshal.AsBytes<long>(values), shape);

    /// <summary>Removes constants that no node reads, such as radices whose numbers stand in others.</summary>
    public void RemoveUnread()
    {
        var read = Message.Node.SelectMany(node => node.Input).ToHashSet();
        var constants = Message.Initializer.Where(constant => read.Contains(constant.Name)).ToList();
        Message.Initializer.Clear();
        Message.Initializer.AddRange(constants);
    }

    private string Known(string key, Func<string?, string> make) =>
        known.TryGetValue(key, out var name) ? name : known[key] = make(null);

    private string Add(string? name, ElementType type, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> shape)
    {
        var tensor = new Messages.Tensor { Name = name ?? $"c{count++}", DataType = type, RawData = ByteString.CopyFrom(bytes) };
        foreach (var length in shape)
        {
            tensor.Dims.Add(length);
        }

        Message.Initializer.Add(tensor);
        return tensor.Name;
    }

    private static Messages.Attribute AttributeOf(string name, object value)
    {
        var attribute = new Messages.Attribute { Name = name };
        switch (value)
        {
            case long whole:
                (attribute.Type, attribute.I) = (Messages.Attribute.Types.Type.Int, whole);
                break;
            case long[] wholes:
                attribute.Type = Messages.Attribute.Types.Type.Ints;
                attribute.Ints.AddRange(wholes);
                break;
            case float number:
                (attribute.Type, attribute.F) = (Messages.Attribute.Types.Type.Float, number);
                break;
            default:
                var text = Convert.ToString(value, CultureInfo.InvariantCulture);
                (attribute.Type, attribute.S) = (Messages.Attribute.Types.Type.String, ByteString.CopyFromUtf8(text));
                break;
        }

        return attribute;
    }
}
