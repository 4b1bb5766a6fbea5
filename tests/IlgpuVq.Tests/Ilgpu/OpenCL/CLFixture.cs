using ILGPU;
using ILGPU.Backends;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.OpenCL;
using IlgpuVq.Tests.Ilgpu.OpenCL;
using IlgpuVq.Tests.Support;
using Xunit;

[assembly: AssemblyFixture(typeof(CLFixture))]

namespace IlgpuVq.Tests.Ilgpu.OpenCL;

/// <summary>One accelerator for the tests of the OpenCL runtime, whose kernels are written by hand: <see cref="HandWritten"/>.
/// Every test leaves it as it was.</summary>
public sealed class CLFixture : IDisposable
{
    private readonly Lazy<CLAccelerator> accelerator;
    private readonly TemporaryFolder cache = new();

    public CLFixture()
    {
        Context = Context.Create(builder => builder.CPU().OpenCL().Profiling());
        accelerator = new(() => Open());
    }

    public Context Context { get; }

    /// <summary>The accelerator; where there is no device, the test is skipped.</summary>
    public CLAccelerator Accelerator
    {
        get
        {
            _ = Device();
            return accelerator.Value;
        }
    }

    /// <summary>The device itself; where there is none, the test is skipped.</summary>
    internal static CLDevice Device()
    {
        if (CLDeviceReport.All.FirstOrDefault(report => report.Device is not null)?.Device is { } device)
        {
            return device;
        }

        RequiredDevices.Miss("opencl", string.Join("; ", CLDeviceReport.All.Select(report => $"{report.Name}: {report.Reason}")));
        throw new InvalidOperationException();
    }

    /// <summary>An accelerator of its own, for a test that counts, or that breaks something.</summary>
    /// <param name="library">The loader that it uses, the system's if none is given.</param>
    /// <param name="cacheFolder">Where it keeps programs, the fixture's folder if none is given.</param>
    internal CLAccelerator Open(CLLibrary? library = null, string? cacheFolder = null)
    {
        var device = Device();
        if (library is not null)
        {
            device = new CLDevice(library, device.PlatformId, device.DeviceId);
        }

        return new CLAccelerator(Context, device, new CLCompiler(HandWritten.Generate, new BinaryCache(cacheFolder ?? cache.Path)));
    }

    public void Dispose()
    {
        Context.Dispose();
        cache.Dispose();
    }
}
