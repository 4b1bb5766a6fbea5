using System.Reflection;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using IlgpuVq.Tensors.Memory;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>An accelerator that runs the primitives' C# kernels. Launches are queued on one stream, in order.</summary>
internal sealed partial class KernelDevice : Device
{
    private readonly Context context;
    private readonly Accelerator accelerator;
    private readonly Dictionary<MethodInfo, Delegate> loaded = [];
    private readonly bool usesGraphs;

    public KernelDevice(string name, Context context, Accelerator accelerator, DeviceOptions options, bool hasFastGroups = true)
        : base(name, options)
    {
        this.context = context;
        this.accelerator = accelerator;
        HasFastGroups = hasFastGroups;
        Precision = options.Precision;
        usesGraphs = options.UseGraphs;
    }

    public override string Description => accelerator.Name;

    public static DeviceInfo CpuInfo() =>
        new("kernels", "the C# kernels run as methods on the processor, for debugging and tests", IsUsable: true, "always");

    /// <param name="options">Those of every device.</param>
    /// <param name="hasFastGroups">Runs the forms for groups, which take their time here.</param>
    public static KernelDevice OpenCpu(DeviceOptions options, bool hasFastGroups = false)
    {
        var context = Context.Create(builder => builder.CPU().EnableAlgorithms());
        return new KernelDevice("kernels", context, context.CreateCPUAccelerator(0), options, hasFastGroups);
    }

    /// <summary>Told of every kernel when it is loaded.</summary>
    internal Action<Delegate>? KernelLoaded { get; set; }

    /// <summary>What the kernels run on, for tests.</summary>
    internal Accelerator Accelerator => accelerator;

    /// <summary>The memory that calls use while they are captured; null for no capture.</summary>
    internal HashSet<Storage>? Captured { get; private set; }

    internal override bool CanCapture => usesGraphs && OwnIlgpu.CanCapture(accelerator);

    public override void Synchronize() => Try(accelerator.Synchronize);

    internal override void Execute<TCall>(in TCall call)
    {
        try
        {
            call.OnKernels(this);
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Failed(exception);
        }
    }

    internal override void Upload<T>(ReadOnlySpan<T> values, Storage storage)
    {
        if (values.IsEmpty)
        {
            return;
        }

        try
        {
            ((KernelStorage)storage).View<T>(values.Length).CopyFromCPU(accelerator.DefaultStream, values);
            OwnIlgpu.FinishCopy(accelerator);
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Failed(exception);
        }
    }

    internal override void Download<T>(Storage storage, Span<T> values)
    {
        if (values.IsEmpty)
        {
            return;
        }

        try
        {
            ((KernelStorage)storage).View<T>(values.Length).CopyToCPU(accelerator.DefaultStream, values);
            OwnIlgpu.FinishCopy(accelerator);
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Failed(exception);
        }
    }

    internal override CapturedWork? TryCapture(Action calls, out string obstacle)
    {
        var used = Captured = [];
        try
        {
            return OwnIlgpu.TryCapture(accelerator, calls, out obstacle) is var (launch, graph)
                ? new CapturedWork(() => Try(launch), graph, [.. used])
                : null;
        }
        catch (Exception exception) when (IsFailure(exception))
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
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Failed(exception);
        }
    }

    private protected override Storage Allocate(int words)
    {
        try
        {
            return new KernelStorage(this, accelerator.Allocate1D<int>(words));
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw Failed(exception);
        }
    }

    private protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        accelerator.Dispose();
        context.Dispose();
    }

    /// <summary>
    /// Whether it is the device that failed, and the user who has to know. On the processor it is a mistake in a kernel.
    /// </summary>
    private bool IsFailure(Exception exception) => accelerator.AcceleratorType != AcceleratorType.CPU &&
        exception is AcceleratorException or CapabilityNotSupportedException or InternalCompilerException;

    private DeviceException Failed(Exception exception) => new($"{Name}: {exception.Message}", exception);

    /// <summary>The delegate that launches a kernel which was loaded before, or null.</summary>
    private TLauncher? Find<TLauncher>(Delegate kernel)
        where TLauncher : Delegate => (TLauncher?)loaded.GetValueOrDefault(kernel.Method);

    private TLauncher Add<TLauncher>(Delegate kernel, TLauncher launcher)
        where TLauncher : Delegate
    {
        loaded.Add(kernel.Method, launcher);
        KernelLoaded?.Invoke(kernel);
        return launcher;
    }
}
