using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Laws.Reference;

/// <summary>A row-major array of doubles: what the references compute with. Slow and plain on purpose.</summary>
internal sealed class DoubleTensor
{
    private readonly int[] strides;

    public DoubleTensor(Shape shape, double[] values)
    {
        Assert.Equal(shape.Size, values.Length);
        Shape = shape;
        Values = values;
        strides = shape.Strides();
    }

    public Shape Shape { get; }

    public double[] Values { get; }

    /// <summary>The element at one index per axis.</summary>
    public double this[params ReadOnlySpan<int> at]
    {
        get => Values[Offset(at)];
        set => Values[Offset(at)] = value;
    }

    public static DoubleTensor Zeros(Shape shape) => new(shape, new double[shape.Size]);

    /// <summary>The tensor whose element at each index is <paramref name="element"/> of that index.</summary>
    public static DoubleTensor Build(Shape shape, Func<int[], double> element)
    {
        var result = Zeros(shape);
        foreach (var at in Indices(shape))
        {
            result[at] = element(at);
        }

        return result;
    }

    /// <summary>Every index of a shape, the last axis fastest. The array is the caller's to keep.</summary>
    public static IEnumerable<int[]> Indices(Shape shape)
    {
        var strides = shape.Strides();
        for (var i = 0; i < shape.Size; i++)
        {
            var at = new int[shape.Rank];
            for (var axis = 0; axis < shape.Rank; axis++)
            {
                at[axis] = i / strides[axis] % shape[axis];
            }

            yield return at;
        }
    }

    public DoubleTensor Map(Func<double, double> function) => new(Shape, Array.ConvertAll(Values, x => function(x)));

    /// <summary>A copy with element <paramref name="i"/>, counted row-major, replaced.</summary>
    public DoubleTensor With(int i, double value)
    {
        var values = (double[])Values.Clone();
        values[i] = value;
        return new DoubleTensor(Shape, values);
    }

    /// <summary>Σ a·b over all elements.</summary>
    public double Dot(DoubleTensor other)
    {
        Assert.Equal(Shape, other.Shape);
        return Values.Zip(other.Values, (a, b) => a * b).Sum();
    }

    public float[] ToFloats() => Array.ConvertAll(Values, x => (float)x);

    private int Offset(ReadOnlySpan<int> at)
    {
        var offset = 0;
        for (var axis = 0; axis < strides.Length; axis++)
        {
            offset += at[axis] * strides[axis];
        }

        return offset;
    }
}
