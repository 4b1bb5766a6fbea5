namespace ILGPU.Runtime.Cuda;

/// <summary>An argument that instructions read.</summary>
public struct Input<T>(T value)
    where T : struct
{
    public T Value { get; set; } = value;

    public static implicit operator Input<T>(T value) => new(value);
}

/// <summary>An argument that instructions write.</summary>
public struct Output<T>
    where T : struct
{
    public T Value { get; set; }
}

/// <summary>An argument that instructions read and write.</summary>
public struct Ref<T>(T value)
    where T : struct
{
    public T Value { get; set; } = value;

    public static implicit operator Ref<T>(T value) => new(value);
}
