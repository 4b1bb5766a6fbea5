using System.Globalization;
using System.Runtime.InteropServices;

namespace ILGPU;

/// <summary>A 16-bit floating-point number (IEEE 754 binary16); arithmetic is done in 32 bits and rounded.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Half : IEquatable<Half>, IComparable<Half>
{
    private readonly System.Half value;

    private Half(System.Half value)
    {
        this.value = value;
    }

    public static readonly Half Zero;

    public static readonly Half One = (Half)1f;

    public static readonly Half MinValue = new(System.Half.MinValue);

    public static readonly Half MaxValue = new(System.Half.MaxValue);

    public static readonly Half NaN = new(System.Half.NaN);

    public static readonly Half PositiveInfinity = new(System.Half.PositiveInfinity);

    public static readonly Half NegativeInfinity = new(System.Half.NegativeInfinity);

    /// <summary>The bits of the number.</summary>
    internal ushort RawValue => BitConverter.HalfToUInt16Bits(value);

    public static bool IsNaN(Half half) => System.Half.IsNaN(half.value);

    public static bool IsInfinity(Half half) => System.Half.IsInfinity(half.value);

    public static bool IsFinite(Half half) => System.Half.IsFinite(half.value);

    public static implicit operator float(Half half) => (float)half.value;

    public static implicit operator double(Half half) => (double)half.value;

    public static explicit operator Half(float value) => new((System.Half)value);

    public static explicit operator Half(double value) => new((System.Half)value);

    public static explicit operator Half(int value) => new((System.Half)value);

    public static explicit operator int(Half half) => (int)half.value;

    public static Half operator -(Half half) => new(-half.value);

    public static Half operator +(Half left, Half right) => new(left.value + right.value);

    public static Half operator -(Half left, Half right) => new(left.value - right.value);

    public static Half operator *(Half left, Half right) => new(left.value * right.value);

    public static Half operator /(Half left, Half right) => new(left.value / right.value);

    public static bool operator ==(Half left, Half right) => left.value == right.value;

    public static bool operator !=(Half left, Half right) => left.value != right.value;

    public static bool operator <(Half left, Half right) => left.value < right.value;

    public static bool operator <=(Half left, Half right) => left.value <= right.value;

    public static bool operator >(Half left, Half right) => left.value > right.value;

    public static bool operator >=(Half left, Half right) => left.value >= right.value;

    public int CompareTo(Half other) => value.CompareTo(other.value);

    public bool Equals(Half other) => value.Equals(other.value);

    public override bool Equals(object? obj) => obj is Half other && Equals(other);

    public override int GetHashCode() => value.GetHashCode();

    public override string ToString() => value.ToString(CultureInfo.InvariantCulture);
}
