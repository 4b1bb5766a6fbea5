using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using IlgpuVq.Tests.Ptx.Driver;
using IlgpuVq.Tests.Support;

namespace IlgpuVq.Tests.Ilgpu.Differential.Harness;

/// <summary>The accelerators of the suite, opened when first asked for.</summary>
/// <remarks>
/// The reference is the CPU accelerator, which calls the method of the kernel. It is also the device "cpu", in another shape and
/// with all its threads, so that a kernel whose result depends on either is found here and not on a device.
/// </remarks>
public sealed class DifferentialDevices : IDisposable
{
    private const string Cpu = "cpu";

    /// <summary>The one place to add another: how a device is opened, or why there is none.</summary>
    private static readonly Dictionary<string, Func<Context, (Accelerator? Accelerator, string WhyNot)>> Kinds = new()
    {
        [Cpu] = context => (CPUDevice.Nvidia.CreateAccelerator(context), ""),
        ["opencl"] = context => context.GetCLDevices().Count > 0
            ? (context.CreateCLAccelerator(0), "")
            : (null, string.Join("; ", CLDeviceReport.All.Select(report => $"{report.Name}: {report.Reason}"))),

        // Where there is no card, the machine of the tests takes its place, unless a card is required.
        ["cuda"] = context => context.GetCudaDevices().Count > 0 ? (context.CreateCudaAccelerator(0), "")
            : RequiredDevices.Names.Contains("cuda")
                ? (null, string.Join("; ", CudaDeviceReport.All.Select(report => $"{report.Name}: {report.Reason}")))
                : (EmulatedCuda.Open(context, new EmulatedCudaDriver()), ""),

        // The oldest device and driver that the runtime takes: what they do not have is refused by the machine of the tests.
        ["oldest cuda"] = context => (
            EmulatedCuda.Open(context, new EmulatedCudaDriver { Capability = (5, 0), Version = 11000 }), ""),
    };

    private readonly Context context = Context.Create(builder => builder.CPU(CPUDeviceKind.Default).OpenCL().Cuda());
    private readonly Dictionary<string, (Accelerator? Accelerator, string WhyNot)> open = [];
    private readonly Lazy<Accelerator> reference;

    public DifferentialDevices()
    {
        reference = new(() => context.CreateCPUAccelerator(0));
    }

    public static IEnumerable<string> Names => Kinds.Keys;

    /// <summary>The devices for which kernels are compiled, and refused where that is not possible.</summary>
    public static IEnumerable<string> Compiling => Names.Where(name => name != Cpu);

    /// <summary>The accelerator that calls the method of the kernel.</summary>
    public Accelerator Reference => reference.Value;

    /// <summary>The device of that name. Where there is none, the test is skipped, or fails if the device is required.</summary>
    public Accelerator Open(string name)
    {
        if (!open.TryGetValue(name, out var opened))
        {
            open[name] = opened = Kinds[name](context);
        }

        if (opened.Accelerator is null)
        {
            RequiredDevices.Miss(name, $"device {name}: {opened.WhyNot}");
        }

        return opened.Accelerator!;
    }

    public void Dispose() => context.Dispose();
}
