using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>Limits elements to an interval, <c>y = min(max(x, min), max)</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = dY where min ≤ x ≤ max, at both kinks too, and 0 outside.</para>
/// <para>NaN stays NaN and passes dY. Deterministic.</para>
/// </remarks>
public readonly struct Clamp(float min, float max) : IInputGradient
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T>
    {
        var raised = T.IfLess(x, min, min, x);
        return T.IfGreater(raised, max, max, raised);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Gradient<T>(T x, T dY)
        where T : struct, ILane<T> => T.IfLess(x, min, 0, T.IfGreater(x, max, 0, dY));

    /// <summary>The op, on a variable of any shape.</summary>
    /// <exception cref="ArgumentException">min is above max, or one of them is NaN.</exception>
    public static Variable Apply(Variable x, float min, float max)
    {
        if (!(min <= max))
        {
            throw new ArgumentException($"clamp: expected min ≤ max; got min {min}, max {max}.");
        }

        return Elementwise.RecordWithInput("clamp", x, new Clamp(min, max));
    }
}
