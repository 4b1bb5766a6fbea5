using IlgpuVq.Models.Onnx;
using IlgpuVq.Models.Onnx.Messages;
using IlgpuVq.Tensors;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace IlgpuVq.Tests.Models.Onnx;

/// <summary>A file in ONNX Runtime, which knows nothing of this library.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly SessionOptions options = new() { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
    private readonly InferenceSession session;

    private OnnxSession(byte[] file)
    {
        Message = Model.Parser.ParseFrom(file);
        session = new InferenceSession(file, options);
    }

    /// <summary>The file as it was read back.</summary>
    public Model Message { get; }

    /// <summary>What ONNX Runtime read of the file's properties.</summary>
    public IReadOnlyDictionary<string, string> Properties => session.ModelMetadata.CustomMetadataMap;

    public IReadOnlyList<string> InputNames => session.InputNames;

    public IReadOnlyList<string> OutputNames => session.OutputNames;

    public static OnnxSession Open(OnnxFile file)
    {
        using var stream = new MemoryStream();
        file.WriteTo(stream);
        return new OnnxSession(stream.ToArray());
    }

    /// <summary>All outputs, by name.</summary>
    /// <param name="inputs">Tensors of floats or ints, by name.</param>
    public Dictionary<string, (Shape Shape, double[] Numbers)> Run(params (string Name, IDisposable Tensor)[] inputs)
    {
        var values = inputs.ToDictionary(input => input.Name, input => ToValue(input.Tensor));
        using var run = new RunOptions();
        using var results = session.Run(run, values, session.OutputNames);
        foreach (var value in values.Values)
        {
            value.Dispose();
        }

        return session.OutputNames.Zip(results).ToDictionary(pair => pair.First, pair => Read(pair.Second));
    }

    public void Dispose()
    {
        session.Dispose();
        options.Dispose();
    }

    /// <summary>Shapes and numbers are those of a tensor here, within a bound on each number.</summary>
    public static void AssertSame(
        string name, Tensor<float> expected, (Shape Shape, double[] Numbers) actual, double bound = 1e-4)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        var numbers = expected.ToArray();
        for (var i = 0; i < numbers.Length; i++)
        {
            Assert.True(
                Math.Abs(numbers[i] - actual.Numbers[i]) <= bound,
                $"{name} {expected.Shape}: expected {numbers[i]} at {i}; got {actual.Numbers[i]}.");
        }
    }

    /// <summary>Shapes and whole numbers are those of a tensor here.</summary>
    public static void AssertSame(Tensor<int> expected, (Shape Shape, double[] Numbers) actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.Equal(expected.ToArray().Select(id => (double)id), actual.Numbers);
    }

    private static OrtValue ToValue(IDisposable tensor) => tensor switch
    {
        Tensor<float> floats => OrtValue.CreateTensorValueFromMemory(floats.ToArray(), Longs(floats.Shape)),
        Tensor<int> ids => OrtValue.CreateTensorValueFromMemory(
            ids.ToArray().Select(id => (long)id).ToArray(), Longs(ids.Shape)),
        _ => throw new ArgumentException("expected a tensor of floats or ints", nameof(tensor)),
    };

    private static long[] Longs(Shape shape) => [.. shape.Select(length => (long)length)];

    private static (Shape Shape, double[] Numbers) Read(OrtValue value)
    {
        var type = value.GetTensorTypeAndShape();
        return (Shape.Create([.. type.Shape.Select(length => (int)length)]),
            type.ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64
                ? [.. value.GetTensorDataAsSpan<long>().ToArray().Select(number => (double)number)]
                : [.. value.GetTensorDataAsSpan<float>().ToArray().Select(number => (double)number)]);
    }
}
