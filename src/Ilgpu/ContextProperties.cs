namespace ILGPU;

/// <summary>How much the compiler of kernels does.</summary>
public enum OptimizationLevel
{
    O0,
    O1,
    O2,
    Debug = O0,
    Release = O1,
}

/// <summary>How exact mathematical functions are.</summary>
public enum MathMode
{
    /// <summary>As the source says.</summary>
    Default,

    /// <summary>Faster, less exact functions of the device.</summary>
    Fast,

    /// <summary>32-bit in place of 64-bit arithmetic.</summary>
    Fast32BitOnly,
}

/// <summary>Whether copies pin the memory of the host on their own.</summary>
public enum PageLockingMode
{
    Default,
    Auto,
    Aggressive,
}

/// <summary>The settings of a context.</summary>
public class ContextProperties
{
    internal ContextProperties()
    {
    }

    public OptimizationLevel OptimizationLevel { get; private protected set; } = OptimizationLevel.Release;

    public MathMode MathMode { get; private protected set; }

    public PageLockingMode PageLockingMode { get; private protected set; }

    public bool EnableAssertions { get; private protected set; }

    /// <summary>Whether streams take profiling markers.</summary>
    public bool EnableProfiling { get; private protected set; }
}
