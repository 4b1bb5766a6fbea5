using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary><c>y = a where condition ≠ 0, else b</c>, with broadcasting of all three.</summary>
    /// <remarks>
    /// <para>Shapes: condition, a, b that broadcast → y their common shape.</para>
    /// <para>Numbers are copied bit by bit; what is not chosen does not matter, NaN or not. NaN in the condition chooses
    /// a.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor<float> Where(Tensor<float> condition, Tensor<float> a, Tensor<float> b)
    {
        var broadcast = Broadcast.Of("where", ("condition", condition.Shape), ("a", a.Shape), ("b", b.Shape));
        var y = a.Device.Empty<float>(broadcast.Result);
        a.Device.Run(
            new ZipKernels.Call3<Chosen>(condition, a, b, y, broadcast[0], broadcast[1], broadcast[2], default));
        a.Device.Trace?.Record(y, new ElementwiseOperation(Formulated.OfThree(default(Chosen))), condition, a, b);
        return y;
    }
}

/// <summary>b where a is not 0, else c.</summary>
internal readonly struct Chosen : ITernaryFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T a, T b, T c)
        where T : struct, ILane<T> => T.IfEqual(a, 0, c, b);
}
