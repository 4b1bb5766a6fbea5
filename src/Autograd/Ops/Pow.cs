using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Autograd;

/// <summary>A fixed power of elements, <c>y = xᵖ</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = p · xᵖ⁻¹ · dY.</para>
/// <para>As IEEE 754 has pow: of x &lt; 0 only whole powers are numbers, others NaN; x⁰ is 1 for every x, NaN too; 0ᵖ is 0, or ∞
/// for p below 0. The relative error grows with |p·ln x|: below (2·|p·ln x| + 3)·6e-8. For x² and √x use <see cref="Square"/> and
/// <see cref="Sqrt"/>. Deterministic.</para>
/// </remarks>
public readonly struct Pow : IInputGradient
{
    private readonly float exponent;
    private readonly float signOfNegative; // 1 for even powers, −1 for odd ones, NaN where the power of a negative number is none

    /// <param name="exponent">p.</param>
    public Pow(float exponent)
    {
        this.exponent = exponent;
        signOfNegative = MathF.Abs(exponent % 2) switch
        {
            0 => 1,
            1 => -1,
            _ => float.NaN,
        };
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Value<T>(T x)
        where T : struct, ILane<T> => Power(x, exponent, signOfNegative);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Gradient<T>(T x, T dY)
        where T : struct, ILane<T> =>
        T.IfEqual(exponent, 0, 0, exponent * Power(x, exponent - 1, -signOfNegative) * dY);

    /// <summary>The op, on a variable of any shape.</summary>
    /// <exception cref="ArgumentException">The exponent is not finite.</exception>
    public static Variable Apply(Variable x, float exponent) => float.IsFinite(exponent)
        ? Elementwise.RecordWithInput("pow", x, new Pow(exponent))
        : throw new ArgumentException($"pow: expected a finite exponent; got {exponent}.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Power<T>(T x, float exponent, float signOfNegative)
        where T : struct, ILane<T>
    {
        var magnitude = T.Exp(exponent * T.Log(T.Abs(x)));
        var power = T.IfLess(x, 0, signOfNegative * magnitude, magnitude);
        return T.IfEqual(exponent, 0, 1, power);
    }
}
