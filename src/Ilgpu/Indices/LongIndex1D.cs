namespace ILGPU;

/// <summary>A one-dimensional index or extent of 64 bits; converts from and to <see cref="long"/>.</summary>
public readonly struct LongIndex1D(long x) : ILongIndex<LongIndex1D, Index1D>
{
    public static readonly LongIndex1D Zero = new(0);

    public static readonly LongIndex1D One = new(1);

    public static readonly LongIndex1D Invalid = new(-1);

    public long X { get; } = x;

    public bool IsFirst => X == 0;

    public IndexType IndexType => IndexType.LongIndex1D;

    public long Size => X;

    public static implicit operator LongIndex1D(long value) => new(value);

    public static implicit operator long(LongIndex1D index) => index.X;

    public static explicit operator ulong(LongIndex1D index) => (ulong)index.X;

    public static implicit operator LongIndex1D(Index1D index) => new(index.X);

    public static explicit operator Index1D(LongIndex1D index) => index.ToIntIndex();

    public static LongIndex1D operator +(LongIndex1D left, LongIndex1D right) => new(left.X + right.X);

    public static LongIndex1D operator -(LongIndex1D left, LongIndex1D right) => new(left.X - right.X);

    public static LongIndex1D operator *(LongIndex1D left, LongIndex1D right) => new(left.X * right.X);

    public static LongIndex1D operator /(LongIndex1D left, LongIndex1D right) => new(left.X / right.X);

    public static bool operator ==(LongIndex1D left, LongIndex1D right) => left.Equals(right);

    public static bool operator !=(LongIndex1D left, LongIndex1D right) => !left.Equals(right);

    public static LongIndex1D Add(LongIndex1D left, LongIndex1D right) => left + right;

    public static LongIndex1D Subtract(LongIndex1D left, LongIndex1D right) => left - right;

    public static LongIndex1D Multiply(LongIndex1D left, LongIndex1D right) => left * right;

    public static LongIndex1D Divide(LongIndex1D left, LongIndex1D right) => left / right;

    public static LongIndex1D Min(LongIndex1D first, LongIndex1D second) =>
        new(Math.Min(first.X, second.X));

    public static LongIndex1D Max(LongIndex1D first, LongIndex1D second) =>
        new(Math.Max(first.X, second.X));

    public static LongIndex1D Clamp(LongIndex1D value, LongIndex1D min, LongIndex1D max) => Max(Min(value, max), min);

    public LongIndex1D Add(LongIndex1D rhs) => this + rhs;

    public LongIndex1D Subtract(LongIndex1D rhs) => this - rhs;

    public bool InBounds(LongIndex1D dimension) => X >= 0 && X < dimension.X;

    public bool InBoundsInclusive(LongIndex1D dimension) => X >= 0 && X <= dimension.X;

    public Index1D ToIntIndex() => new(checked((int)X));

    public bool Equals(LongIndex1D other) => X == other.X;

    public override bool Equals(object? obj) => obj is LongIndex1D other && Equals(other);

    public override int GetHashCode() => X.GetHashCode();

    public override string ToString() => $"{X}";
}
