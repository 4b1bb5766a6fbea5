namespace ILGPU;

/// <summary>Makes specialized values.</summary>
public static class SpecializedValue
{
    public static SpecializedValue<T> New<T>(T value)
        where T : unmanaged, IEquatable<T> => new(value);
}

/// <summary>
/// An argument that is a constant inside the kernel: where kernels are compiled, each value gives a kernel of its own.
/// </summary>
public readonly struct SpecializedValue<T>(T value) : IEquatable<SpecializedValue<T>>
    where T : unmanaged, IEquatable<T>
{
    public T Value { get; } = value;

    public static implicit operator T(SpecializedValue<T> specialized) => specialized.Value;

    public static bool operator ==(SpecializedValue<T> left, SpecializedValue<T> right) => left.Equals(right);

    public static bool operator !=(SpecializedValue<T> left, SpecializedValue<T> right) => !left.Equals(right);

    public bool Equals(SpecializedValue<T> other) => Value.Equals(other.Value);

    public override bool Equals(object? obj) => obj is SpecializedValue<T> other && Equals(other);

    public override int GetHashCode() => Value.GetHashCode();

    public override string? ToString() => Value.ToString();
}
