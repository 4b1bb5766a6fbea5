using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Cuda;

/// <summary>An accelerator on a <see cref="FakeCudaDriver"/>. When it is disposed, nothing of the driver may be left or misused.</summary>
internal sealed class FakeCuda : IDisposable
{
    private readonly TemporaryFolder cache = new();

    public FakeCuda(FakeCudaDriver? driver = null, Action<Context.Builder>? configure = null)
    {
        Driver = driver ?? new FakeCudaDriver();
        Context = Context.Create(builder =>
        {
            builder.Profiling();
            configure?.Invoke(builder);
        });
        Device = new CudaDevice(Driver, 0);
        Accelerator = Open();
        Driver.Kernels["Scale"] = launch =>
        {
            // (extent, x, factor)
            var x = launch.View<float>(1);
            var factor = launch.Read<float>(4);
            for (var i = 0; i < launch.Read<int>(0); i++)
            {
                x[i] *= factor;
            }
        };
    }

    public FakeCudaDriver Driver { get; }

    public Context Context { get; }

    public CudaDevice Device { get; }

    public CudaAccelerator Accelerator { get; }

    /// <summary>A kernel that the driver knows.</summary>
    public static void Scale(Index1D i, ArrayView<float> x, float factor) => x[i] *= factor;

    /// <summary>Another accelerator for the device, with the same programs on disk.</summary>
    public CudaAccelerator Open() => new(Context, Device, new CudaCompiler(PTXGenerator.Generate, new BinaryCache(cache.Path)));

    public void Dispose()
    {
        Driver.Fault = _ => CudaError.CUDA_SUCCESS;
        Context.Dispose();
        cache.Dispose();
        Assert.Empty(Driver.Misuse);
        Assert.Equal(0, Driver.LiveObjects);
    }
}
