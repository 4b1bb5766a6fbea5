using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Machine;

/// <summary>How an instruction changes what its lanes do next.</summary>
internal enum Flow
{
    Next,

    /// <summary>Active lanes go to <see cref="Step.Target"/>.</summary>
    Branch,

    /// <summary>Active lanes are done.</summary>
    End,

    /// <summary>Active lanes wait for other threads of the group.</summary>
    Barrier,

    /// <summary>Runs when all lanes of <see cref="Step.Companions"/> have come.</summary>
    Meet,
}

/// <summary>An instruction, decoded: what it does for the active lanes of a warp.</summary>
internal abstract class Step
{
    /// <summary>The text it came from.</summary>
    public PtxInstruction Source { get; set; } = null!;

    /// <summary>Where the predicate before the instruction is; -1 for none.</summary>
    public int Guard { get; set; } = -1;

    /// <summary>All ones where the instruction runs for those whose predicate is false.</summary>
    public uint GuardFlip { get; set; }

    /// <summary>Numbers of the registers that have to have a value.</summary>
    public int[] Reads { get; set; } = [];

    public int[] Writes { get; set; } = [];

    public virtual Flow Flow => Flow.Next;

    /// <summary>The number of the step that a branch leads to.</summary>
    public virtual int Target => -1;

    /// <summary>The lanes that have to run this together with the active ones.</summary>
    public virtual uint Companions(Warp warp, uint active) => 0;

    public abstract void Run(Warp warp, uint active);
}
