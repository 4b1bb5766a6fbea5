namespace ILGPU.Runtime;

/// <summary>What a device can do beyond what every device can.</summary>
public abstract class CapabilityContext
{
    private protected CapabilityContext()
    {
    }

    /// <summary>Arithmetic on <see cref="Half"/>.</summary>
    public bool Float16 { get; private protected init; }

    /// <summary>Arithmetic on <see cref="double"/>.</summary>
    public bool Float64 { get; private protected init; }

    /// <summary>Atomic operations on 64-bit integers.</summary>
    public bool Int64_Atomics { get; private protected init; }
}
