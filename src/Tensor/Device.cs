using System.Globalization;
using System.Runtime.CompilerServices;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Memory;
using IlgpuVq.Tensors.Profiling;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors;

/// <summary>How a device is opened.</summary>
/// <param name="Threads">Threads of a host device, at most <see cref="MostThreads"/>; 0 for one per core. Results do not depend
/// on it.</param>
/// <param name="PoisonMemory">Fill every new tensor with NaN (−1 for int), so that a test sees a read
/// of what was never written.</param>
/// <param name="UseGraphs">Launch the replays of a <see cref="Recording"/> in one piece where the device can.
/// Results do not depend on it.</param>
/// <param name="Precision">How products multiply. Only CUDA devices with tensor cores have others than single precision.</param>
/// <param name="Reproducible">The same bits on every processor, of whatever kind and vector width: only <c>cpu</c> has it.
/// Products are slower, and a primitive that has no such form throws a <see cref="DeviceException"/>: forward passes of priors
/// have all that they need.</param>
public sealed record DeviceOptions(
    int Threads = 0, bool PoisonMemory = false, bool UseGraphs = true, Precision Precision = Precision.Fp32,
    bool Reproducible = false)
{
    /// <summary>More threads than any processor has use for, and few enough to be had.</summary>
    public const int MostThreads = 1024;
}

/// <summary>A device by the name that <see cref="Device.Open"/> takes, and why it can or cannot be used.</summary>
public sealed record DeviceInfo(string Name, string Description, bool IsUsable, string Reason);

/// <summary>Where tensors live and primitives run. Driven by one thread; one process uses one device.</summary>
public abstract class Device : IDisposable
{
    private protected Device(string name, DeviceOptions options)
    {
        Name = name;
        Pool = new BufferPool(name, Allocate, options.PoisonMemory);
    }

    /// <summary>The name that opens it again: cpu, kernels, ….</summary>
    public string Name { get; }

    /// <summary>One line for people: processor or card, threads or memory.</summary>
    public abstract string Description { get; }

    /// <summary>Threads of the processor that it works with; 1 where an accelerator does the work.</summary>
    public virtual int Threads => 1;

    /// <summary>Whether the processor does the work, through host forms.</summary>
    public virtual bool IsHost => false;

    /// <summary>Whether tensors are kept that a host form would read again in the gradient.</summary>
    internal virtual bool KeepsForHost => IsHost;

    /// <summary>How products multiply.</summary>
    public virtual Precision Precision => Precision.Fp32;

    public MemoryUse Memory => Pool.Use;

    /// <summary>What is told of each call, launch and copy; null for nothing, which costs nothing.</summary>
    public Timeline? Timeline
    {
        get;
        set
        {
            Synchronize(); // what was queued before is nobody's
            field = value;
        }
    }

    /// <summary>What calls are made for from now on.</summary>
    public CallPurpose? Purpose { get; set; }

    /// <summary>Where its memory comes from.</summary>
    internal BufferPool Pool { get; }

    /// <summary>Whether it was disposed, and its memory with it.</summary>
    internal bool IsDisposed => Pool.IsDisposed;

    /// <summary>What records the calls now; null for nothing.</summary>
    internal Recording? Recorder { get; private set; }

    /// <summary>What follows the calls now; null for nothing.</summary>
    internal Trace? Trace { get; private set; }

    /// <summary>Whether products can be multiplied in other formats than single precision.</summary>
    internal virtual bool HasTensorCores => false;

    /// <summary>Whether launches are taken as one piece now, and do not run.</summary>
    internal virtual bool IsCapturing => false;

    /// <summary>Whether <see cref="TryCapture"/> may succeed.</summary>
    internal virtual bool CanCapture => false;

    /// <summary>Opens a device.</summary>
    /// <param name="name"><c>cpu</c>: the processor through host forms. <c>kernels</c>: the C# kernels on the processor, for
    /// debugging and tests. <c>cuda</c>, <c>cuda:1</c>, …: the C# kernels on an NVIDIA device. <c>opencl</c>,
    /// <c>opencl:1</c>, …: on an OpenCL device, graphics cards first. <c>auto</c>: <c>cuda</c> where it can be used, else an
    /// OpenCL graphics card, else <c>cpu</c>.</param>
    /// <param name="options">Threads and debugging aids; null for the defaults.</param>
    /// <exception cref="DeviceException">No such device, or it cannot be used here, or not with these options.</exception>
    public static Device Open(string name, DeviceOptions? options = null)
    {
        options ??= new DeviceOptions();
        if (options.Threads is < 0 or > DeviceOptions.MostThreads)
        {
            throw new DeviceException(
                $"threads: expected 0 to {DeviceOptions.MostThreads}; got {options.Threads}. Take 0 for one per core.");
        }

        var device = name switch
        {
            "auto" => Open(CudaDevices.HasUsable ? "cuda" : OpenClDevices.HasGpu ? "opencl" : "cpu", options),
            "cpu" => new HostDevice(options),
            "kernels" => KernelDevice.OpenCpu(options),
            _ => CudaDevices.Open(name, options) ?? OpenClDevices.Open(name, options) ??
                throw DeviceException.CannotOpen(name, List()),
        };
        var description = device.Description;
        if (options.Reproducible && !device.IsHost)
        {
            device.Dispose();
            throw new DeviceException(
                $"reproducible: expected the device cpu; got {device.Name} ({description}). Take cpu, whatever else runs "
                    + "elsewhere.");
        }

        if (options.Precision == Precision.Fp32 || device.HasTensorCores)
        {
            return device;
        }

        device.Dispose();
        throw new DeviceException(
            "precision: expected a CUDA device of compute capability 8.0 or later for " +
            $"{options.Precision.ToString().ToLowerInvariant()}; got {device.Name} ({description}). Take fp32.");
    }

    /// <summary>A device that computes nothing and holds nothing: after some work on it, <see cref="Memory"/> says what the
    /// tensors of that work take on any other device.</summary>
    /// <remarks>Every element reads as 0. Working memory inside of primitives, such as convolutions take, is not
    /// counted.</remarks>
    public static Device OpenDry() => new DryDevice();

    /// <summary>All devices that this build knows, usable or not.</summary>
    public static IReadOnlyList<DeviceInfo> List() =>
    [
        HostDevice.Info(),
        KernelDevice.CpuInfo(),
        .. OpenClDevices.List,
        .. CudaDevices.List,
    ];

    /// <summary>A tensor whose elements are undefined until written.</summary>
    /// <remarks>A shape has at most 2³¹ − 1 elements, see <see cref="Shape.Create"/>.</remarks>
    /// <exception cref="OutOfMemoryException">The machine has no room for it.</exception>
    /// <exception cref="DeviceException">The device has no room for it.</exception>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public Tensor<T> Empty<T>(Shape shape)
        where T : unmanaged
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(int))
        {
            throw new NotSupportedException($"tensor: expected elements of float or int; got {typeof(T).Name}.");
        }

        return new Tensor<T>(this, shape, Pool.Rent(shape.Size));
    }

    /// <summary>A tensor with the given elements, row-major.</summary>
    /// <exception cref="ShapeException">The number of values is not the shape's size.</exception>
    public Tensor<T> From<T>(ReadOnlySpan<T> values, Shape shape)
        where T : unmanaged
    {
        if (values.Length != shape.Size)
        {
            throw new ShapeException("from", $"{shape.Size} values for a tensor {shape}", $"{values.Length}");
        }

        var tensor = Empty<T>(shape);
        try
        {
            tensor.CopyFrom(values);
        }
        catch
        {
            tensor.Dispose();
            throw;
        }

        return tensor;
    }

    /// <summary>Promises that some tensors do not change until the result is disposed: the weights of a model that is used, not
    /// trained. What convolutions and searches of a codebook make of them, packed or transformed, is then made once and kept; the
    /// results are the same bits.</summary>
    /// <remarks>On a host device it costs the memory of what is kept: four times that of a 3×3 convolution's weight, six times
    /// that of a 4×4 one's with stride 2, once that of others; on other devices nothing. Whatever would change such a tensor
    /// refuses to, but for the replays of what was recorded before.</remarks>
    /// <param name="tensors">The tensors.</param>
    /// <param name="mostBytes">How much is kept at the most; what has no room is made anew each time.</param>
    /// <exception cref="InvalidOperationException">One is frozen already, or is on another device.</exception>
    public FrozenTensors Freeze(IEnumerable<Tensor<float>> tensors, long mostBytes = FrozenTensors.DefaultMostBytes)
    {
        Tensor<float>[] all = [.. tensors];
        foreach (var tensor in all)
        {
            tensor.CheckMayChange("freeze");
            if (tensor.Device != this)
            {
                throw new InvalidOperationException(
                    $"freeze: expected tensors of one device, {Name}; got {tensor}. Freeze it with the device that it is on.");
            }
        }

        return new FrozenTensors(all, mostBytes);
    }

    /// <summary>Waits until all queued work has run.</summary>
    public abstract void Synchronize();

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Executes a call, and records it where that is wanted.</summary>
    internal void Run<TCall>(in TCall call)
        where TCall : struct, IPrimitive
    {
        Trace?.Ran<TCall>();
        if (Recorder is null)
        {
            Execute(call);
            KeepAlive(call);
            return;
        }

        Recorder.Add(call);
        var arena = Pool.Arena;

        // Working memory of the call itself is nobody's for longer: the next replay borrows it anew.
        Pool.Arena = null;
        try
        {
            Execute(call);
        }
        finally
        {
            Pool.Arena = arena;
        }
    }

    /// <summary>Nobody else may hold a call's tensors any more while it runs; their memory is not to be taken back
    /// before.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void KeepAlive<TCall>(in TCall call) => _ = call;

    /// <summary>Refuses, while a recording is made, what a replay would not repeat.</summary>
    /// <exception cref="InvalidOperationException">A recording is made.</exception>
    internal void CheckNotRecorded(string what, string advice)
    {
        if (Recorder is not null)
        {
            throw Recording.Refused(what, advice);
        }
    }

    /// <summary>Executes a call that may be a recorded one.</summary>
    internal void Execute<TCall>(in TCall call)
        where TCall : struct, IPrimitive
    {
        if (Watching is not { } timeline)
        {
            Perform(call);
            return;
        }

        var start = timeline.Now;
        Perform(call);
        Synchronize();
        timeline.Add(SliceKind.Primitive, CallText.NameOf(typeof(TCall)), start, Purpose, call);
    }

    /// <summary>What is told of a call now; null for nothing.</summary>
    private protected Timeline? Watching => Timeline is { } timeline && !IsCapturing ? timeline : null;

    private protected abstract void Perform<TCall>(in TCall call)
        where TCall : struct, IPrimitive;

    internal void BeginRecording(Recording recording, MemoryArena arena) => (Recorder, Pool.Arena) = (recording, arena);

    internal void BeginTrace(Trace trace) => Trace = Trace is null ? trace : throw new InvalidOperationException(
        "trace: expected a device that no trace follows; got one that another follows. Dispose that one first.");

    internal void EndTrace(Trace trace) => Trace = Trace == trace ? null : Trace;

    internal void EndRecording() => (Recorder, Pool.Arena) = (null, null);

    /// <summary>Says whose recorded calls run from now on.</summary>
    /// <param name="arena">The memory of the recording.</param>
    /// <param name="working">Where working memory of the calls is borrowed from; null for the memory that all share.</param>
    internal void BeginReplay(MemoryArena arena, MemoryArena? working) => (Pool.Replaying, Pool.Arena) = (arena, working);

    internal void EndReplay() => (Pool.Replaying, Pool.Arena) = (null, null);

    /// <summary>Takes what recorded calls launch as one piece, without running it; null where that does not succeed.</summary>
    internal virtual CapturedWork? TryCapture(Action calls, out string obstacle)
    {
        obstacle = "the device takes no work in one piece";
        return null;
    }

    /// <summary>Takes the buffers of a recording back.</summary>
    internal void EndArena(MemoryArena arena) => Pool.Dissolve(arena);

    internal void Upload<T>(ReadOnlySpan<T> values, Storage storage)
        where T : unmanaged
    {
        var start = Timeline?.Now ?? 0;
        Write(values, storage);
        Timeline?.Add(SliceKind.Copy, "copy to device", start, details: BytesOf(values.Length));
    }

    internal void Download<T>(Storage storage, Span<T> values)
        where T : unmanaged
    {
        var start = Timeline?.Now ?? 0;
        Read(storage, values);
        Timeline?.Add(SliceKind.Copy, "copy to host", start, details: BytesOf(values.Length));
    }

    /// <summary>Copies words from the host, and waits for it.</summary>
    private protected abstract void Write<T>(ReadOnlySpan<T> values, Storage storage)
        where T : unmanaged;

    /// <summary>Copies words to the host, after all that was queued before.</summary>
    private protected abstract void Read<T>(Storage storage, Span<T> values)
        where T : unmanaged;

    /// <summary>What is said of a copy of so many words.</summary>
    private protected static (string, string)[] BytesOf(long words) =>
        [("bytes", (sizeof(float) * words).ToString(CultureInfo.InvariantCulture))];

    /// <summary>Memory for one call's own use, to be released by it.</summary>
    private protected Storage Rent(int words) => Pool.Rent(words);

    private protected abstract Storage Allocate(int words);

    private protected virtual void Dispose(bool disposing) => Pool.Dispose();
}
