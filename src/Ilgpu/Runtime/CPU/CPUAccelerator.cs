using ILGPU.Frontend;

namespace ILGPU.Runtime.CPU;

/// <summary>Runs the method of a kernel itself, once per thread of the launch, with every access checked.</summary>
/// <remarks>
/// <para>A launch is done when its call returns, and what a kernel throws comes out of that call as
/// <see cref="AcceleratorException"/>, after which the accelerator goes on as if nothing had happened.</para>
/// <para>Results do not depend on the number of processors: kernels with atomics, whose order could show in a sum of floats, and
/// kernels whose threads wait for each other run in one fixed order; all others are shared out over one thread per processor.</para>
/// <para>Launches from several threads of the host wait for each other.</para>
/// </remarks>
public sealed class CPUAccelerator : Accelerator
{
    private readonly Lock gate = new();
    private readonly WorkerTeam workers;
    private readonly LaneTeam lanes;

    internal CPUAccelerator(Context context, CPUDevice device, CPUAcceleratorMode mode)
        : base(context, device)
    {
        Mode = mode;
        workers = new(mode == CPUAcceleratorMode.Sequential ? 1 : Environment.ProcessorCount, device.Name);
        lanes = new(device.Name);
        DefaultStream = new CPUStream(this);
    }

    public CPUAcceleratorMode Mode { get; }

    public override AcceleratorStream DefaultStream { get; }

    /// <summary>Runs <paramref name="range"/> over the parts of [0, length), at the same time where that is asked for.</summary>
    internal void Share(long length, bool inOrder, Action<long, long> range)
    {
        lock (gate)
        {
            ThrowIfDisposed();
            if (inOrder || length == 1)
            {
                range(0, length);
            }
            else
            {
                var parts = workers.Size;
                workers.Run(part => range(Bound(length, part, parts), Bound(length, part + 1, parts)));
            }
        }
    }

    /// <summary>Runs groups one after another, their threads on lanes that can wait.</summary>
    internal void RunWaitingGroups(KernelLaunch launch, Action body)
    {
        lock (gate)
        {
            ThrowIfDisposed();
            var group = new GroupState(launch);
            for (var i = 0L; i < launch.GridDimension.LongSize; i++)
            {
                group.Begin(i);
                lanes.RunGroup(launch, group, body);
            }
        }
    }

    private protected override AcceleratorStream CreateStreamCore() => new CPUStream(this);

    private protected override void SynchronizeCore()
    {
    }

    private protected override MemoryBuffer AllocateCore(long length, int elementSize) => new CPUMemoryBuffer(this, length, elementSize);

    private protected override Kernel LoadCore(KernelSource source, KernelSpecialization specialization) =>
        new CPUKernel(this, source, specialization);

    private protected override void DisposeCore()
    {
        lock (gate)
        {
            workers.Dispose();
            lanes.Dispose();
        }
    }

    private static long Bound(long length, int part, int parts) => (long)((Int128)length * part / parts);
}
