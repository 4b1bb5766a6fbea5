namespace IlgpuVq.Tensors.Functions;

/// <summary>A function of one number, as a value: its fields are the function's constants.</summary>
/// <remarks>For kernel devices ILGPU has to see the type: it is public, or internal in an assembly whose internals are
/// visible to <c>ILGPURuntime</c>. Implementations are inlined aggressively: a call for each vector would cost more
/// than most functions.</remarks>
public interface IUnaryFunction
{
    /// <summary>f(x).</summary>
    T Value<T>(T x)
        where T : struct, ILane<T>;
}

/// <summary>A function of two numbers, as a value.</summary>
/// <inheritdoc cref="IUnaryFunction"/>
public interface IBinaryFunction
{
    /// <summary>f(a, b).</summary>
    T Value<T>(T a, T b)
        where T : struct, ILane<T>;
}

/// <summary>A function of three numbers, as a value.</summary>
/// <inheritdoc cref="IUnaryFunction"/>
public interface ITernaryFunction
{
    /// <summary>f(a, b, c).</summary>
    T Value<T>(T a, T b, T c)
        where T : struct, ILane<T>;
}
