using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Where lanes go next, and where they wait.</summary>
internal static class ControlInstructions
{
    public static IEnumerable<(string Opcode, Decoder Decode)> All =>
    [
        ("bra", Branch),
        ("ret", reader => Leave(reader)),
        ("exit", reader => Leave(reader)),
        ("trap", Trap),
        ("bar", Barrier),
        ("barrier", Barrier),
        ("membar", reader => Fence(reader, "cta", "gl", "sys")),
        ("fence", ScopedFence),
        ("nanosleep", Sleep),
    ];

    private static Step Branch(InstructionReader reader)
    {
        var isUniform = reader.Take("uni");
        reader.EndModifiers();
        var guard = reader.Instruction.Guard;
        return new BranchStep(reader.Label(), isUniform && guard is not null);
    }

    private static Step Leave(InstructionReader reader)
    {
        reader.Take("uni");
        return new EndStep();
    }

    private static Step Trap(InstructionReader reader)
    {
        reader.EndModifiers();
        return new LaneStep((_, lane) =>
            throw new PtxFault(FaultKind.IllegalInstruction, "the kernel asked to be stopped", lane));
    }

    /// <summary><c>bar.sync</c> is <c>barrier.sync.aligned</c>: lanes of a warp come together.</summary>
    private static Step Barrier(InstructionReader reader)
    {
        var isOld = reader.Instruction.Opcode == "bar";
        if (reader.Take("warp"))
        {
            return isOld ? WarpInstructions.SynchronizeWarp(reader) : throw reader.Error("expected bar.warp.sync");
        }

        if (!isOld)
        {
            reader.Require(6, 0, 30);
        }

        if (reader.Take("cta"))
        {
            reader.Require(7, 8, 30);
        }

        var waits = reader.Expect("sync", "arrive") == "sync";
        var isAligned = reader.Take("aligned") || isOld;
        reader.EndModifiers();
        var barrier = (int)reader.Literal(0, Barriers.Count - 1);
        if (!waits && reader.OperandsLeft == 0)
        {
            throw reader.Error("expected the number of threads");
        }

        var threads = reader.OperandsLeft > 0 ? (int)reader.Literal(Warp.Size, 1024) : 0;
        return threads % Warp.Size == 0
            ? new BarrierStep(barrier, threads, waits, isAligned)
            : throw reader.Error($"expected a multiple of {Warp.Size} threads; got {threads}");
    }

    private static Step Fence(InstructionReader reader, params ReadOnlySpan<string> scopes)
    {
        reader.Expect(scopes);
        return new WarpStep((_, _) => { });
    }

    private static Step ScopedFence(InstructionReader reader)
    {
        reader.Require(6, 0, 70);
        reader.TakeAny("sc", "acq_rel");
        return Fence(reader, "cta", "gpu", "sys");
    }

    private static Step Sleep(InstructionReader reader)
    {
        reader.Require(6, 3, 70);
        reader.Expect("u32");
        reader.Source(PtxType.Get("u32"));
        return new WarpStep((_, _) => { });
    }

    private sealed class BranchStep(int target, bool isUniform) : Step
    {
        public override Flow Flow => Flow.Branch;

        public override int Target => target;

        /// <summary>Called only where lanes part.</summary>
        public override void Run(Warp warp, uint active)
        {
            if (isUniform)
            {
                throw new PtxFault(FaultKind.Undefined, "lanes part at a branch that all should take alike");
            }
        }
    }

    private sealed class EndStep : Step
    {
        public override Flow Flow => Flow.End;

        public override void Run(Warp warp, uint active)
        {
        }
    }

    private sealed class BarrierStep(int barrier, int threads, bool waits, bool isAligned) : Step
    {
        public override Flow Flow => waits ? Flow.Barrier : Flow.Next;

        public override void Run(Warp warp, uint active) =>
            warp.Group.Barriers.Arrive(barrier, warp, active, threads, waits, isAligned);
    }
}
