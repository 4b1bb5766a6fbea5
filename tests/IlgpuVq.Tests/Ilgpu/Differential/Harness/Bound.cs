namespace IlgpuVq.Tests.Ilgpu.Differential.Harness;

/// <summary>How far a floating-point result of a device may be from that of the method. Integers have to be equal.</summary>
/// <remarks>Without arguments: the same bits, where every NaN equals every other, whose bits no language promises.</remarks>
/// <param name="Ulps">Numbers that may lie between the two, minus one; zeros of both signs are one number then.</param>
/// <param name="Absolute">The difference that is allowed whatever the size of the result.</param>
public readonly record struct Bound(int Ulps = 0, double Absolute = 0)
{
    public static Bound Exact => default;
}
