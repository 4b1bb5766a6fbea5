using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.OpenCL;
using IlgpuVq.Tests.Laws;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Differential.Harness;

/// <summary>The accelerators of the suite: the one place to add another.</summary>
/// <remarks>
/// The reference is the CPU accelerator, which calls the method of the kernel. It is also the device "cpu", in another shape and
/// with all its threads, so that a kernel whose result depends on either is found here and not on a device.
/// </remarks>
public sealed class DifferentialDevices : IDisposable
{
    private static readonly Dictionary<string, Func<Context, Accelerator?>> Kinds = new()
    {
        ["cpu"] = context => CPUDevice.Nvidia.CreateAccelerator(context),
        ["opencl"] = context => context.GetCLDevices().Count > 0 ? context.CreateCLAccelerator(0) : null,
    };

    private readonly Context context = Context.Create(builder => builder.Default().CPU(CPUDeviceKind.Nvidia));
    private readonly Dictionary<string, Accelerator?> open = [];
    private readonly Lazy<Accelerator> reference;

    public DifferentialDevices()
    {
        reference = new(() => context.CreateCPUAccelerator(0));
    }

    public static IEnumerable<string> Names => Kinds.Keys;

    /// <summary>The devices for which kernels are compiled, and refused where that is not possible.</summary>
    public static IEnumerable<string> Compiling => Names.Where(name => name != "cpu");

    /// <summary>The accelerator that calls the method of the kernel.</summary>
    public Accelerator Reference => reference.Value;

    /// <summary>The device of that name. Where there is none, the test is skipped, or fails if the device is required.</summary>
    public Accelerator Open(string name)
    {
        if (!open.TryGetValue(name, out var accelerator))
        {
            open[name] = accelerator = Kinds[name](context);
        }

        if (accelerator is null)
        {
            Missing(name, "no such device was found");
        }

        return accelerator!;
    }

    /// <summary>Ends the test: as skipped, or as failed where the device is required.</summary>
    public static void Missing(string name, string reason)
    {
        Assert.SkipUnless(LawDevices.IsRequired(name), $"device {name}: {reason}");
        Assert.Fail($"device {name}: {reason}");
    }

    public void Dispose() => context.Dispose();
}
