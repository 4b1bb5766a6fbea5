using ILGPU;
using ILGPU.Runtime.CPU;
using IlgpuVq.Tests.Ilgpu;
using Xunit;

[assembly: AssemblyFixture(typeof(AcceleratorFixture))]

namespace IlgpuVq.Tests.Ilgpu;

/// <summary>One CPU accelerator for all tests of kernels; every test leaves it as it was.</summary>
public sealed class AcceleratorFixture : IDisposable
{
    public AcceleratorFixture()
    {
        Context = Context.Create(builder => builder.Default().Profiling());
        Accelerator = Context.CreateCPUAccelerator(0);
    }

    public Context Context { get; }

    public CPUAccelerator Accelerator { get; }

    public void Dispose() => Context.Dispose();
}
