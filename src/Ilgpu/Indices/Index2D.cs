namespace ILGPU;

/// <summary>A two-dimensional index or extent of 32-bit components.</summary>
public readonly struct Index2D(int x, int y) : IIntIndex<Index2D, LongIndex2D>
{
    /// <summary>The same value in every component.</summary>
    public Index2D(int value)
        : this(value, value)
    {
    }

    public static readonly Index2D Zero = new(0, 0);

    public static readonly Index2D One = new(1, 1);

    public static readonly Index2D Invalid = new(-1, -1);

    public int X { get; } = x;

    public int Y { get; } = y;

    public bool IsFirst => X == 0 && Y == 0;

    public IndexType IndexType => IndexType.Index2D;

    public int Size => X * Y;

    public long LongSize => (long)X * Y;

    long IIndex.Size => LongSize;

    public static implicit operator Index2D((int X, int Y) index) => new(index.X, index.Y);

    public static Index2D operator +(Index2D left, Index2D right) => new(left.X + right.X, left.Y + right.Y);

    public static Index2D operator -(Index2D left, Index2D right) => new(left.X - right.X, left.Y - right.Y);

    public static Index2D operator *(Index2D left, Index2D right) => new(left.X * right.X, left.Y * right.Y);

    public static Index2D operator /(Index2D left, Index2D right) => new(left.X / right.X, left.Y / right.Y);

    public static bool operator ==(Index2D left, Index2D right) => left.Equals(right);

    public static bool operator !=(Index2D left, Index2D right) => !left.Equals(right);

    public static Index2D Add(Index2D left, Index2D right) => left + right;

    public static Index2D Subtract(Index2D left, Index2D right) => left - right;

    public static Index2D Multiply(Index2D left, Index2D right) => left * right;

    public static Index2D Divide(Index2D left, Index2D right) => left / right;

    public static Index2D Min(Index2D first, Index2D second) =>
        new(Math.Min(first.X, second.X), Math.Min(first.Y, second.Y));

    public static Index2D Max(Index2D first, Index2D second) =>
        new(Math.Max(first.X, second.X), Math.Max(first.Y, second.Y));

    public static Index2D Clamp(Index2D value, Index2D min, Index2D max) => Max(Min(value, max), min);

    public Index2D Add(Index2D rhs) => this + rhs;

    public Index2D Subtract(Index2D rhs) => this - rhs;

    public bool InBounds(Index2D dimension) => X >= 0 && X < dimension.X && Y >= 0 && Y < dimension.Y;

    public bool InBoundsInclusive(Index2D dimension) => X >= 0 && X <= dimension.X && Y >= 0 && Y <= dimension.Y;

    public LongIndex2D ToLongIndex() => new(X, Y);

    public (int X, int Y) ToValueTuple() => (X, Y);

    public void Deconstruct(out int x, out int y) => (x, y) = (X, Y);

    public bool Equals(Index2D other) => X == other.X && Y == other.Y;

    public override bool Equals(object? obj) => obj is Index2D other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(X, Y);

    public override string ToString() => $"({X}, {Y})";
}
