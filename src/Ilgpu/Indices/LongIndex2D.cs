namespace ILGPU;

/// <summary>A two-dimensional index or extent of 64-bit components.</summary>
public readonly struct LongIndex2D(long x, long y) : ILongIndex<LongIndex2D, Index2D>
{
    /// <summary>The same value in every component.</summary>
    public LongIndex2D(long value)
        : this(value, value)
    {
    }

    public static readonly LongIndex2D Zero = new(0, 0);

    public static readonly LongIndex2D One = new(1, 1);

    public static readonly LongIndex2D Invalid = new(-1, -1);

    public long X { get; } = x;

    public long Y { get; } = y;

    public bool IsFirst => X == 0 && Y == 0;

    public IndexType IndexType => IndexType.LongIndex2D;

    public long Size => X * Y;

    public static implicit operator LongIndex2D((long X, long Y) index) => new(index.X, index.Y);

    public static implicit operator LongIndex2D(Index2D index) => new(index.X, index.Y);

    public static explicit operator Index2D(LongIndex2D index) => index.ToIntIndex();

    public static LongIndex2D operator +(LongIndex2D left, LongIndex2D right) => new(left.X + right.X, left.Y + right.Y);

    public static LongIndex2D operator -(LongIndex2D left, LongIndex2D right) => new(left.X - right.X, left.Y - right.Y);

    public static LongIndex2D operator *(LongIndex2D left, LongIndex2D right) => new(left.X * right.X, left.Y * right.Y);

    public static LongIndex2D operator /(LongIndex2D left, LongIndex2D right) => new(left.X / right.X, left.Y / right.Y);

    public static bool operator ==(LongIndex2D left, LongIndex2D right) => left.Equals(right);

    public static bool operator !=(LongIndex2D left, LongIndex2D right) => !left.Equals(right);

    public static LongIndex2D Add(LongIndex2D left, LongIndex2D right) => left + right;

    public static LongIndex2D Subtract(LongIndex2D left, LongIndex2D right) => left - right;

    public static LongIndex2D Multiply(LongIndex2D left, LongIndex2D right) => left * right;

    public static LongIndex2D Divide(LongIndex2D left, LongIndex2D right) => left / right;

    public static LongIndex2D Min(LongIndex2D first, LongIndex2D second) =>
        new(Math.Min(first.X, second.X), Math.Min(first.Y, second.Y));

    public static LongIndex2D Max(LongIndex2D first, LongIndex2D second) =>
        new(Math.Max(first.X, second.X), Math.Max(first.Y, second.Y));

    public static LongIndex2D Clamp(LongIndex2D value, LongIndex2D min, LongIndex2D max) => Max(Min(value, max), min);

    public LongIndex2D Add(LongIndex2D rhs) => this + rhs;

    public LongIndex2D Subtract(LongIndex2D rhs) => this - rhs;

    public bool InBounds(LongIndex2D dimension) => X >= 0 && X < dimension.X && Y >= 0 && Y < dimension.Y;

    public bool InBoundsInclusive(LongIndex2D dimension) => X >= 0 && X <= dimension.X && Y >= 0 && Y <= dimension.Y;

    public Index2D ToIntIndex() => new(checked((int)X), checked((int)Y));

    public (long X, long Y) ToValueTuple() => (X, Y);

    public void Deconstruct(out long x, out long y) => (x, y) = (X, Y);

    public bool Equals(LongIndex2D other) => X == other.X && Y == other.Y;

    public override bool Equals(object? obj) => obj is LongIndex2D other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(X, Y);

    public override string ToString() => $"({X}, {Y})";
}
