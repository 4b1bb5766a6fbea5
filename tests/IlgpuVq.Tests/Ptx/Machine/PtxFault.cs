namespace IlgpuVq.Tests.Ptx.Machine;

internal enum FaultKind
{
    IllegalAddress,
    Misaligned,
    IllegalInstruction,
    Deadlock,
    Timeout,

    /// <summary>What a device would not notice: the result would not be defined.</summary>
    Undefined,
}

/// <summary>A kernel did what ends it, or what must not happen.</summary>
internal sealed class PtxFault(FaultKind kind, string message, int? lane = null) : Exception(message)
{
    public FaultKind Kind { get; } = kind;

    /// <summary>The lane of the warp, where it is one.</summary>
    public int? Lane { get; } = lane;
}
