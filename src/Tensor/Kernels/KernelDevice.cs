using System.Globalization;
using ILGPU;
using ILGPU.IR;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using IlgpuVq.Tensors.Memory;
using IlgpuVq.Tensors.Profiling;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>A device that runs the primitives' C# kernels.</summary>
internal sealed partial class KernelDevice : Device
{
    private readonly KernelEngine engine;
    private readonly bool usesGraphs;

    /// <param name="name">The name that opens it again.</param>
    /// <param name="engine">What runs the kernels; disposed with the device.</param>
    /// <param name="options">Those of every device.</param>
    public KernelDevice(string name, KernelEngine engine, DeviceOptions options)
        : base(name, options)
    {
        this.engine = engine;
        Precision = options.Precision;
        usesGraphs = options.UseGraphs;
    }

    public override string Description => engine.Accelerator.Name;

    public override Precision Precision { get; }

    /// <inheritdoc cref="KernelEngine.HasFastGroups"/>
    public bool HasFastGroups => engine.HasFastGroups;

    internal override bool HasTensorCores => engine.HasTensorCores;

    internal override bool CanCapture => usesGraphs && engine.CanCapture;

    /// <summary>The memory that calls use while they are captured; null for no capture.</summary>
    internal HashSet<Storage>? Captured { get; private set; }

    public static DeviceInfo CpuInfo() =>
        new("kernels", "the C# kernels run as methods on the processor, for debugging and tests", IsUsable: true, "always");

    public static KernelDevice OpenCpu(DeviceOptions options) => new("kernels", new KernelEngine(CpuContext(warps: 0)), options);

    /// <summary>ILGPU's context for an accelerator: with its functions of numbers, and optimised so that pointers in OpenCL C
    /// name their address space.</summary>
    public static Context CreateContext(Action<Context.Builder> devices) => Context.Create(builder =>
    {
        devices(builder.EnableAlgorithms().Optimize(OptimizationLevel.O2));
        DeviceArithmetic.Register(builder.GetIntrinsicManager());
        DeviceArithmetic.FenceSharedMemory();
    });

    public override void Synchronize() => Try(engine.Stream.Synchronize);

    /// <summary>Copies as the device copies its own memory.</summary>
    public void Copy<T>(ArrayView<T> source, ArrayView<T> target)
        where T : unmanaged
    {
        var start = Watching?.Now ?? 0;
        engine.Copy(source, target);
        if (Watching is { } timeline)
        {
            Synchronize();
            timeline.Add(SliceKind.Copy, "copy on device", start, details: BytesOf(source.Length));
        }
    }

    /// <summary>Runs a kernel once per index from 0 to <paramref name="extent"/>; nothing happens for an empty extent.</summary>
    public void Launch<TKernel>(int extent, TKernel kernel)
        where TKernel : struct, IKernel
    {
        if (extent == 0)
        {
            return;
        }

        var start = Watching?.Now ?? 0;
        engine.Launch(extent, kernel);
        if (Watching is { } timeline)
        {
            Add(timeline, start, new KernelLaunch(typeof(TKernel), Groups: null, $"{extent}"));
        }
    }

    private protected override void Perform<TCall>(in TCall call)
    {
        try
        {
            call.OnKernels(this);
        }
        catch (Exception exception) when (engine.IsFailure(exception))
        {
            throw Failed(exception);
        }
    }

    private protected override void Write<T>(ReadOnlySpan<T> values, Storage storage)
    {
        if (values.IsEmpty)
        {
            return;
        }

        try
        {
            ((KernelStorage)storage).View<T>(values.Length).CopyFromCPU(engine.Stream, values);
            engine.Stream.Synchronize();
        }
        catch (Exception exception) when (engine.IsFailure(exception))
        {
            throw Failed(exception);
        }
    }

    private protected override void Read<T>(Storage storage, Span<T> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        try
        {
            ((KernelStorage)storage).View<T>(values.Length).CopyToCPU(engine.Stream, values);
            engine.Stream.Synchronize();
        }
        catch (Exception exception) when (engine.IsFailure(exception))
        {
            throw Failed(exception);
        }
    }

    internal override bool IsCapturing => Captured is not null;

    internal override CapturedWork? TryCapture(Action calls, out string obstacle)
    {
        var used = Captured = [];
        try
        {
            return engine.TryCapture(calls, out obstacle) is { } captured
                ? new CapturedWork(() => Try(captured.Launch), captured, [.. used])
                : null;
        }
        catch (Exception exception) when (engine.IsFailure(exception))
        {
            throw Failed(exception);
        }
        finally
        {
            Captured = null;
        }
    }

    /// <summary>Does something with the accelerator, whose failure is one of the device.</summary>
    /// <exception cref="DeviceException">It failed.</exception>
    internal void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (engine.IsFailure(exception))
        {
            throw Failed(exception);
        }
    }

    /// <summary>Fills with a byte, in order with the launches.</summary>
    internal void Fill(MemoryBuffer1D<int, Stride1D.Dense> buffer, byte value) => Try(() => engine.Fill(buffer, value));

    private protected override Storage Allocate(int words)
    {
        try
        {
            return new KernelStorage(this, engine.Allocate(words));
        }
        catch (Exception exception) when (engine.IsFailure(exception))
        {
            const double mebi = 1 << 20;
            var (wanted, use) = (words * sizeof(int) / mebi, Memory);
            throw new DeviceException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Name}: expected room for {wanted:F1} MiB on {Description}; got {KernelEngine.WordsOf(exception)}, with " +
                    $"{use.LiveBytes / mebi:F1} MiB in use by {use.LiveBuffers} buffers. Take smaller batches."),
                exception);
        }
    }

    private protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        engine.Dispose();
    }

    /// <summary>Waits for a launch, and tells of it.</summary>
    private void Add(Timeline timeline, long start, KernelLaunch launch)
    {
        Synchronize();
        timeline.Add(SliceKind.Kernel, KernelEntry.NameOf(launch.Kernel), start, details: launch);
    }

    private DeviceException Failed(Exception exception) =>
        new($"{Name}: expected {Description} to do its work; got {KernelEngine.WordsOf(exception)}.", exception);

    /// <summary>ILGPU's CPU accelerator with groups of so many threads, each one of the host.</summary>
    /// <param name="warps">Warps of 32 threads; 8 are what the kernels for groups ask for. 0 for two threads,
    /// all that plain kernels need.</param>
    internal static Context CpuContext(int warps = 8) => CreateContext(builder => builder.CPU(
        warps == 0 ? new CPUDevice(2, 1, 1) : new CPUDevice(numThreadsPerWarp: 32, warps, numMultiprocessors: 1)));
}
