namespace ILGPU;

/// <summary>A one-dimensional index or extent of 32 bits; converts from and to <see cref="int"/>.</summary>
public readonly struct Index1D(int x) : IIntIndex<Index1D, LongIndex1D>
{
    public static readonly Index1D Zero = new(0);

    public static readonly Index1D One = new(1);

    public static readonly Index1D Invalid = new(-1);

    public int X { get; } = x;

    public bool IsFirst => X == 0;

    public IndexType IndexType => IndexType.Index1D;

    public int Size => X;

    public long LongSize => X;

    long IIndex.Size => LongSize;

    public static implicit operator Index1D(int value) => new(value);

    public static implicit operator int(Index1D index) => index.X;

    public static explicit operator uint(Index1D index) => (uint)index.X;

    public static Index1D operator +(Index1D left, Index1D right) => new(left.X + right.X);

    public static Index1D operator -(Index1D left, Index1D right) => new(left.X - right.X);

    public static Index1D operator *(Index1D left, Index1D right) => new(left.X * right.X);

    public static Index1D operator /(Index1D left, Index1D right) => new(left.X / right.X);

    public static bool operator ==(Index1D left, Index1D right) => left.Equals(right);

    public static bool operator !=(Index1D left, Index1D right) => !left.Equals(right);

    public static Index1D Add(Index1D left, Index1D right) => left + right;

    public static Index1D Subtract(Index1D left, Index1D right) => left - right;

    public static Index1D Multiply(Index1D left, Index1D right) => left * right;

    public static Index1D Divide(Index1D left, Index1D right) => left / right;

    public static Index1D Min(Index1D first, Index1D second) =>
        new(Math.Min(first.X, second.X));

    public static Index1D Max(Index1D first, Index1D second) =>
        new(Math.Max(first.X, second.X));

    public static Index1D Clamp(Index1D value, Index1D min, Index1D max) => Max(Min(value, max), min);

    public Index1D Add(Index1D rhs) => this + rhs;

    public Index1D Subtract(Index1D rhs) => this - rhs;

    public bool InBounds(Index1D dimension) => X >= 0 && X < dimension.X;

    public bool InBoundsInclusive(Index1D dimension) => X >= 0 && X <= dimension.X;

    public LongIndex1D ToLongIndex() => new(X);

    public bool Equals(Index1D other) => X == other.X;

    public override bool Equals(object? obj) => obj is Index1D other && Equals(other);

    public override int GetHashCode() => X.GetHashCode();

    public override string ToString() => $"{X}";
}
