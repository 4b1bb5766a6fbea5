using Google.Protobuf;
using IlgpuVq.Models.Onnx.Messages;

namespace IlgpuVq.Models.Onnx;

/// <summary>A part of a model as an ONNX file.</summary>
public sealed class OnnxFile
{
    private readonly Model message;

    internal OnnxFile(string name, Model message) => (Name, this.message) = (name, message);

    /// <summary>Its name, such as <c>encoder.onnx</c>.</summary>
    public string Name { get; }

    /// <summary>Its bytes.</summary>
    public long Length => message.CalculateSize();

    /// <summary>What it takes, with the shapes: <c>image (batch, 3, height, width)</c>.</summary>
    public IReadOnlyList<string> Inputs => [.. message.Graph.Input.Select(Describe)];

    /// <summary>What it gives, with the shapes.</summary>
    public IReadOnlyList<string> Outputs => [.. message.Graph.Output.Select(Describe)];

    /// <summary>Writes it.</summary>
    public void WriteTo(Stream stream) => message.WriteTo(stream);

    private static string Describe(Value value) =>
        $"{value.Name} ({string.Join(", ", value.Type.TensorType.Shape.Dim.Select(Describe))})";

    private static string Describe(Dimension dimension) =>
        dimension.ValueCase == Dimension.ValueOneofCase.DimParam ? dimension.DimParam : $"{dimension.DimValue}";
}
