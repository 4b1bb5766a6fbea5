using ILGPU.Frontend;
using ILGPU.Runtime.CPU;

namespace ILGPU.Runtime;

/// <summary>A device in use: its memory, its streams and the kernels loaded for it.</summary>
/// <remarks>Buffers and streams belong to the accelerator and may not be used after it is disposed; buffers keep their own
/// memory.</remarks>
public abstract partial class Accelerator : IDisposable
{
    [ThreadStatic]
    private static Accelerator? current;

    private int disposed;

    private protected Accelerator(Context context, Device device)
    {
        ArgumentNullException.ThrowIfNull(context);
        Context = context;
        Device = device;
        context.Add(this);
    }

    /// <summary>The accelerator that was last bound to this thread; in a kernel, the one that runs it.</summary>
    public static Accelerator? Current => KernelThread.Current?.Launch.Accelerator ?? current;

    /// <summary>The kind of accelerator that runs the kernel: a constant where kernels are compiled.</summary>
    public static AcceleratorType CurrentType => Current?.AcceleratorType ?? AcceleratorType.CPU;

    public Context Context { get; }

    public Device Device { get; }

    public string Name => Device.Name;

    public AcceleratorType AcceleratorType => Device.AcceleratorType;

    public CapabilityContext Capabilities => Device.Capabilities;

    public long MemorySize => Device.MemorySize;

    public Index3D MaxGridSize => Device.MaxGridSize;

    public Index3D MaxGroupSize => Device.MaxGroupSize;

    public int MaxNumThreadsPerGroup => Device.MaxNumThreadsPerGroup;

    public int MaxSharedMemoryPerGroup => Device.MaxSharedMemoryPerGroup;

    public int MaxConstantMemory => Device.MaxConstantMemory;

    public int WarpSize => Device.WarpSize;

    public int NumMultiprocessors => Device.NumMultiprocessors;

    public int MaxNumThreadsPerMultiprocessor => Device.MaxNumThreadsPerMultiprocessor;

    public int MaxNumThreads => Device.MaxNumThreads;

    /// <summary>The stream of everything that names none.</summary>
    public abstract AcceleratorStream DefaultStream { get; }

    public bool IsDisposed => Volatile.Read(ref disposed) != 0;

    /// <summary>How much memory of this accelerator is in use.</summary>
    internal MemoryAccount Memory { get; } = new();

    /// <summary>Makes this the <see cref="Current"/> accelerator of the calling thread.</summary>
    public void Bind()
    {
        ThrowIfDisposed();
        current = this;
    }

    /// <summary>A stream beside the default one.</summary>
    public AcceleratorStream CreateStream()
    {
        ThrowIfDisposed();
        return CreateStreamCore();
    }

    /// <summary>Waits for everything that was given to any stream.</summary>
    public void Synchronize()
    {
        ThrowIfDisposed();
        SynchronizeCore();
    }

    /// <summary>The group size at which the kernel fills a multiprocessor.</summary>
    public int EstimateGroupSize(Kernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return Math.Min(kernel.Specialization.MaxNumThreadsPerGroup ?? MaxNumThreadsPerGroup, MaxNumThreadsPerGroup);
    }

    /// <summary>Writes name and limits, one per line.</summary>
    public void PrintInformation(TextWriter writer) => Device.PrintInformation(writer);

    public override string ToString() => Device.ToString();

    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            Context.Remove(this);
            DisposeCore();
        }

        GC.SuppressFinalize(this);
    }

    /// <exception cref="ObjectDisposedException">The accelerator was disposed.</exception>
    internal void ThrowIfDisposed()
    {
        if (IsDisposed)
        {
            throw new ObjectDisposedException(Name, $"{Name}: expected a live accelerator; got one that was disposed.");
        }
    }

    /// <summary>Lets the accelerator copy from and to memory of the host on its own, until the result is disposed.</summary>
    /// <param name="address">Memory that does not move.</param>
    /// <param name="bytes">Its size.</param>
    /// <returns>Null where it cannot: its copies wait.</returns>
    internal virtual IDisposable? LockPages(nint address, long bytes) => null;

    /// <summary>Loads a kernel whose groups the accelerator forms: its method takes an index first.</summary>
    internal Kernel LoadIndexed(Delegate action, int? groupSize)
    {
        ThrowIfDisposed();
        if (groupSize is { } size && (size < 1 || size > MaxNumThreadsPerGroup))
        {
            throw new ArgumentOutOfRangeException(
                nameof(groupSize),
                $"LoadImplicitlyGroupedKernel: expected a group size in [1, {MaxNumThreadsPerGroup}]; got {size}.");
        }

        var source = KernelSource.Of(action);
        source.RequireImplicitGrouping();
        return LoadCore(source, isImplicitlyGrouped: true, new KernelSpecialization(groupSize, null));
    }

    /// <summary>Loads a kernel that is launched with a grid of groups.</summary>
    internal Kernel LoadGrouped(Delegate action, KernelSpecialization specialization)
    {
        ThrowIfDisposed();
        if (specialization.MaxNumThreadsPerGroup is { } threads && threads > MaxNumThreadsPerGroup)
        {
            throw new ArgumentOutOfRangeException(
                nameof(specialization),
                $"LoadKernel: expected at most {MaxNumThreadsPerGroup} threads per group on {Name}; got {threads}.");
        }

        return LoadCore(KernelSource.Of(action), isImplicitlyGrouped: false, specialization);
    }

    private protected abstract AcceleratorStream CreateStreamCore();

    private protected abstract void SynchronizeCore();

    private protected abstract MemoryBuffer AllocateCore(long length, int elementSize);

    private protected abstract Kernel LoadCore(
        KernelSource source,
        bool isImplicitlyGrouped,
        KernelSpecialization specialization);

    private protected abstract void DisposeCore();
}
