using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Scale and shift by fixed numbers, <c>y = scale · x + shift</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = scale · dY.</para>
/// <para>NaN and ∞ as IEEE 754 has them; rounded after the product and after the sum. Deterministic.</para>
/// </remarks>
public readonly struct Affine(float scale, float shift) : IUnaryFunction
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => scale * x + shift;

    /// <summary>The op, on a variable of any shape.</summary>
    public static Variable Apply(Variable x, float scale, float shift = 0) => x.Tape.Record(
        "affine", Primitive.Map(x.Value, new Affine(scale, shift)), inputs: [x],
        dY => [scale == 1 ? dY.Share() : Primitive.Map(dY, new Affine(scale, shift: 0))]);
}
