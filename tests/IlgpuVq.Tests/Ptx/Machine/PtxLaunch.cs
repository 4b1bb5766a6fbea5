using IlgpuVq.Tests.Ptx.Decoding;

namespace IlgpuVq.Tests.Ptx.Machine;

/// <summary>A kernel with its arguments over a grid of groups.</summary>
internal sealed unsafe class PtxLaunch
{
    /// <summary>Lane instructions of one group after which a kernel counts as endless.</summary>
    private const long MaxLaneInstructions = 20_000_000_000;

    private readonly byte[] arguments;

    public PtxLaunch(
        PtxKernel kernel,
        DeviceMemory memory,
        (uint X, uint Y, uint Z) grid,
        (uint X, uint Y, uint Z) group,
        int dynamicSharedBytes,
        byte[] arguments)
    {
        (Kernel, Memory, Grid, Dimensions, DynamicSharedBytes, this.arguments) =
            (kernel, memory, grid, group, dynamicSharedBytes, arguments);
    }

    public PtxKernel Kernel { get; }

    public DeviceMemory Memory { get; }

    public (uint X, uint Y, uint Z) Grid { get; }

    public (uint X, uint Y, uint Z) Dimensions { get; }

    public int GroupThreads => (int)(Dimensions.X * Dimensions.Y * Dimensions.Z);

    public int DynamicSharedBytes { get; }

    /// <summary>In the layout of the parameters.</summary>
    public ReadOnlySpan<byte> Arguments => arguments;

    /// <summary>The same, while the launch runs.</summary>
    public byte* Parameters { get; private set; }

    public int ParameterBytes => arguments.Length;

    /// <summary>Instructions that lanes have gone through.</summary>
    public long LaneInstructions { get; private set; }

    /// <summary>Groups run on the host's processors, in order where the order could show: atomics on global memory.</summary>
    public void Run()
    {
        var groups = (long)Grid.X * Grid.Y * Grid.Z;
        fixed (byte* parameters = arguments)
        {
            Parameters = parameters;
            if (Kernel.UsesGlobalAtomics || groups * GroupThreads < 4096 || groups < 2)
            {
                RunRange(0, groups);
                return;
            }

            var workers = (int)Math.Min(groups, Environment.ProcessorCount);
            try
            {
                Parallel.For(0, workers, worker => RunRange(groups * worker / workers, groups * (worker + 1) / workers));
            }
            catch (AggregateException failures)
            {
                throw failures.InnerExceptions.OfType<PtxFault>().FirstOrDefault() ?? failures.InnerExceptions[0];
            }
        }
    }

    public static void CheckTime(long laneInstructions)
    {
        if (laneInstructions > MaxLaneInstructions)
        {
            throw new PtxFault(FaultKind.Timeout, $"a group ran {laneInstructions} instructions and has not ended");
        }
    }

    private void RunRange(long first, long end)
    {
        using var group = new Group(this);
        for (var number = first; number < end; number++)
        {
            group.Run(number);
        }

        lock (Kernel)
        {
            LaneInstructions += group.LaneInstructions;
        }
    }
}
