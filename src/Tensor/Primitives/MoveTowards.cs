using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>One step of a moving average, in place:
    /// <c>average[i] ← average[i] + weight·(value[i] − average[i])</c>.</summary>
    /// <remarks>
    /// <para>Shapes: average and value alike, weight ().</para>
    /// <para>NaN and ∞ as IEEE 754 has them; ∞ in both gives NaN.</para>
    /// <para>Deterministic: one owner for each element.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes differ, or the weight is not ().</exception>
    public static void MoveTowards(Tensor<float> average, Tensor<float> value, Tensor<float> weight)
    {
        ReadOnlySpan<(string Name, Shape Shape)> shapes =
            [("average", average.Shape), ("value", value.Shape), ("weight", weight.Shape)];
        if (value.Shape != average.Shape || weight.Shape != [])
        {
            throw new ShapeException("move-towards", "average and value of one shape, weight ()", shapes);
        }

        average.CheckMayChange("move-towards");
        var broadcast = Broadcast.Of("move-towards", shapes);
        average.Device.Run(new ZipKernels.Call3<Moved>(
            average, value, weight, average, broadcast[0], broadcast[1], broadcast[2], default));
    }
}

/// <summary><c>a + c·(b − a)</c>.</summary>
internal readonly struct Moved : ITernaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b, T c)
        where T : struct, ILane<T> => a + c * (b - a);
}
