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

    private KernelDevice(string name, Context context, Accelerator accelerator, DeviceOptions options)
        : base(name, options)
    {
        this.context = context;
        this.accelerator = accelerator;
    }

    public override string Description => accelerator.Name;

    public static DeviceInfo CpuInfo() =>
        new("kernels", "the C# kernels run as methods on the processor, for debugging and tests", IsUsable: true, "always");

    public static KernelDevice OpenCpu(DeviceOptions options)
    {
        var context = Context.Create(builder => builder.CPU().EnableAlgorithms());
        return new KernelDevice("kernels", context, context.CreateCPUAccelerator(0), options);
    }

    public override void Synchronize() => accelerator.Synchronize();

    internal override void Execute<TCall>(in TCall call) => call.OnKernels(this);

    internal override void Upload<T>(ReadOnlySpan<T> values, Storage storage)
    {
        if (!values.IsEmpty)
        {
            ((KernelStorage)storage).View<T>(values.Length).CopyFromCPU(accelerator.DefaultStream, values);
            accelerator.Synchronize();
        }
    }

    internal override void Download<T>(Storage storage, Span<T> values)
    {
        if (!values.IsEmpty)
        {
            ((KernelStorage)storage).View<T>(values.Length).CopyToCPU(accelerator.DefaultStream, values);
            accelerator.Synchronize();
        }
    }

    private protected override Storage Allocate(int words) => new KernelStorage(accelerator.Allocate1D<int>(words));

    private protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        accelerator.Dispose();
        context.Dispose();
    }

    private TLauncher Load<TLauncher>(Delegate kernel, Func<TLauncher> load)
        where TLauncher : Delegate
    {
        if (!loaded.TryGetValue(kernel.Method, out var launcher))
        {
            loaded[kernel.Method] = launcher = load();
        }

        return (TLauncher)launcher;
    }
}
