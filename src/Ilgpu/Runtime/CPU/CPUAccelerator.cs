using ILGPU.Frontend;

namespace ILGPU.Runtime.CPU;

/// <summary>Runs the method of a kernel itself, once per thread of the launch, with every access checked.</summary>
/// <remarks>
/// <para>A launch is done when its call returns, and what a kernel throws comes out of that call as
/// <see cref="AcceleratorException"/>, after which the accelerator goes on as if nothing had happened.</para>
/// <para>Results do not depend on the number of processors: kernels with atomics, whose order could show in a sum of floats, and
/// kernels whose threads wait for each other run in one fixed order; all others are shared out over one thread per
/// processor.</para>
/// <para>Launches from several threads of the host wait for each other.</para>
/// </remarks>
public sealed class CPUAccelerator : Accelerator
{
    /// <summary>Each team has up to as many threads as a group; more teams than this gain little.</summary>
    private const int MaxLaneTeams = 4;

    private readonly Lock gate = new();
    private readonly WorkerTeam workers;
    private readonly LaneTeam?[] laneTeams;

    internal CPUAccelerator(Context context, CPUDevice device, CPUAcceleratorMode mode)
        : base(context, device)
    {
        Mode = mode;
        workers = new(mode == CPUAcceleratorMode.Sequential ? 1 : Environment.ProcessorCount, device.Name);
        laneTeams = new LaneTeam?[Math.Min(workers.Size, MaxLaneTeams)];
        DefaultStream = new CPUStream(this);
    }

    public CPUAcceleratorMode Mode { get; }

    public override AcceleratorStream DefaultStream { get; }

    /// <summary>
    /// Runs <paramref name="range"/> over the parts of [0, length), at the same time where the order cannot matter.
    /// </summary>
    internal void Share(long length, bool inOrder, Action<long, long> range)
    {
        lock (gate)
        {
            ThrowIfDisposed();
            Run(length, inOrder ? 1 : workers.Size, (_, start, end) => range(start, end));
        }
    }

    /// <summary>As <see cref="Share"/> for groups whose threads wait for each other: each part has lanes for one group.</summary>
    internal void ShareLanes(long groups, bool inOrder, Action<LaneTeam, long, long> range)
    {
        lock (gate)
        {
            ThrowIfDisposed();
            Run(groups, inOrder ? 1 : laneTeams.Length, (part, start, end) => range(laneTeams[part] ??= new(Name), start, end));
        }
    }

    private void Run(long length, int parts, Action<int, long, long> range)
    {
        if (parts == 1 || length == 1)
        {
            range(0, 0, length);
        }
        else
        {
            workers.Run(parts, part => range(part, Bound(length, part, parts), Bound(length, part + 1, parts)));
        }
    }

    private protected override AcceleratorStream CreateStreamCore() => new CPUStream(this);

    private protected override void SynchronizeCore()
    {
    }

    private protected override MemoryBuffer AllocateCore(long length, int elementSize) =>
        new CPUMemoryBuffer(this, length, elementSize);

    private protected override Kernel LoadCore(
        KernelSource source,
        bool isImplicitlyGrouped,
        KernelSpecialization specialization) => new CPUKernel(this, source, specialization);

    private protected override void DisposeCore()
    {
        lock (gate)
        {
            workers.Dispose();
            Array.ForEach(laneTeams, team => team?.Dispose());
        }
    }

    private static long Bound(long length, int part, int parts) => (long)((Int128)length * part / parts);
}
