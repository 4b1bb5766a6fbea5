namespace ILGPU;

/// <summary>A three-dimensional index or extent of 32-bit components.</summary>
public readonly struct Index3D(int x, int y, int z) : IIntIndex<Index3D, LongIndex3D>
{
    /// <summary>The same value in every component.</summary>
    public Index3D(int value)
        : this(value, value, value)
    {
    }

    public Index3D(Index2D xy, int z)
        : this(xy.X, xy.Y, z)
    {
    }

    public static readonly Index3D Zero = new(0, 0, 0);

    public static readonly Index3D One = new(1, 1, 1);

    public static readonly Index3D Invalid = new(-1, -1, -1);

    public int X { get; } = x;

    public int Y { get; } = y;

    public int Z { get; } = z;

    public bool IsFirst => X == 0 && Y == 0 && Z == 0;

    public IndexType IndexType => IndexType.Index3D;

    public int Size => X * Y * Z;

    public long LongSize => (long)X * Y * Z;

    long IIndex.Size => LongSize;

    public static implicit operator Index3D((int X, int Y, int Z) index) => new(index.X, index.Y, index.Z);

    public static Index3D operator +(Index3D left, Index3D right) => new(left.X + right.X, left.Y + right.Y, left.Z + right.Z);

    public static Index3D operator -(Index3D left, Index3D right) => new(left.X - right.X, left.Y - right.Y, left.Z - right.Z);

    public static Index3D operator *(Index3D left, Index3D right) => new(left.X * right.X, left.Y * right.Y, left.Z * right.Z);

    public static Index3D operator /(Index3D left, Index3D right) => new(left.X / right.X, left.Y / right.Y, left.Z / right.Z);

    public static bool operator ==(Index3D left, Index3D right) => left.Equals(right);

    public static bool operator !=(Index3D left, Index3D right) => !left.Equals(right);

    public static Index3D Add(Index3D left, Index3D right) => left + right;

    public static Index3D Subtract(Index3D left, Index3D right) => left - right;

    public static Index3D Multiply(Index3D left, Index3D right) => left * right;

    public static Index3D Divide(Index3D left, Index3D right) => left / right;

    public static Index3D Min(Index3D first, Index3D second) =>
        new(Math.Min(first.X, second.X), Math.Min(first.Y, second.Y), Math.Min(first.Z, second.Z));

    public static Index3D Max(Index3D first, Index3D second) =>
        new(Math.Max(first.X, second.X), Math.Max(first.Y, second.Y), Math.Max(first.Z, second.Z));

    public static Index3D Clamp(Index3D value, Index3D min, Index3D max) => Max(Min(value, max), min);

    public Index3D Add(Index3D rhs) => this + rhs;

    public Index3D Subtract(Index3D rhs) => this - rhs;

    public bool InBounds(Index3D dimension) =>
        X >= 0 && X < dimension.X && Y >= 0 && Y < dimension.Y && Z >= 0 && Z < dimension.Z;

    public bool InBoundsInclusive(Index3D dimension) =>
        X >= 0 && X <= dimension.X && Y >= 0 && Y <= dimension.Y && Z >= 0 && Z <= dimension.Z;

    public LongIndex3D ToLongIndex() => new(X, Y, Z);

    public (int X, int Y, int Z) ToValueTuple() => (X, Y, Z);

    public void Deconstruct(out int x, out int y, out int z) => (x, y, z) = (X, Y, Z);

    public bool Equals(Index3D other) => X == other.X && Y == other.Y && Z == other.Z;

    public override bool Equals(object? obj) => obj is Index3D other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(X, Y, Z);

    public override string ToString() => $"({X}, {Y}, {Z})";
}
