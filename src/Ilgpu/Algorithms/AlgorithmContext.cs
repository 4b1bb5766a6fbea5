namespace ILGPU.Algorithms;

/// <summary>Lets a context use <see cref="XMath"/>.</summary>
public static class AlgorithmContext
{
    /// <summary>Makes the functions of <see cref="XMath"/> available to kernels; here they always are.</summary>
    public static Context.Builder EnableAlgorithms(this Context.Builder builder) => builder;
}
