using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Cuda;

/// <summary>Drivers and devices that fail.</summary>
public sealed class CudaFailureTests
{
    [Fact]
    public void A_device_that_is_lost_says_the_same_in_every_later_call()
    {
        const string Lost =
            "expected Fake GPU 0 to do its work; got CUDA_ERROR_ILLEGAL_ADDRESS (700): an illegal memory access was encountered. The device " +
            "is lost to this process: a kernel that ran before left its memory or failed. Start the program again; the CPU accelerator " +
            "checks every index.";
        using var cuda = new FakeCuda();
        var accelerator = cuda.Accelerator;
        using var buffer = accelerator.Allocate1D<float>(10);
        var scale = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(FakeCuda.Scale);
        cuda.Driver.Fault = call =>
            call == "SynchronizeStream" ? CudaError.CUDA_ERROR_ILLEGAL_ADDRESS : CudaError.CUDA_SUCCESS;
        Assert.Equal($"Synchronize: {Lost}", Assert.Throws<CudaException>(accelerator.Synchronize).Message);

        // The driver answers as if nothing had been; the runtime knows better.
        cuda.Driver.Fault = _ => CudaError.CUDA_SUCCESS;
        cuda.Driver.Calls.Clear();
        var later = new (string Operation, Action Call)[]
        {
            ("Synchronize", accelerator.Synchronize),
            ("Allocate", () => accelerator.Allocate1D<int>(1)),
            ("CopyToCPU", () => buffer.GetAsArray1D()),
            ("CopyFromCPU", () => buffer.CopyFromCPU(new float[10])),
            ("MemSet", () => buffer.MemSetToZero()),
            ("kernel FakeCuda.Scale", () => scale(10, buffer.View, 2)),
            ("AddProfilingMarker", () => accelerator.DefaultStream.AddProfilingMarker()),
            ("CreateStream", () => accelerator.CreateStream()),
            ("AllocatePageLocked", () => accelerator.AllocatePageLocked1D<int>(10)),
        };
        foreach (var (operation, call) in later)
        {
            var exception = Assert.Throws<CudaException>(call);
            Assert.Equal((CudaError.CUDA_ERROR_ILLEGAL_ADDRESS, $"{operation}: {Lost}"), (exception.Error, exception.Message));
        }

        Assert.Empty(cuda.Driver.Calls);
    }

    [Theory]
    [InlineData(214, true)]
    [InlineData(226, true)]
    [InlineData(702, true)]
    [InlineData(715, true)]
    [InlineData(716, true)]
    [InlineData(719, true)]
    [InlineData(999, true)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(701, false)]
    [InlineData(801, false)]
    [InlineData(901, false)]
    public void Errors_last_where_the_context_is_lost_by_them(int error, bool isLasting)
    {
        using var cuda = new FakeCuda();
        using var buffer = cuda.Accelerator.Allocate1D<int>(10);
        cuda.Driver.Fault = call => call == "FillWords" ? (CudaError)error : CudaError.CUDA_SUCCESS;
        Assert.Equal((CudaError)error, Assert.Throws<CudaException>(buffer.MemSetToZero).Error);
        if (isLasting)
        {
            Assert.Equal((CudaError)error, Assert.Throws<CudaException>(cuda.Accelerator.Synchronize).Error);
        }
        else
        {
            cuda.Accelerator.Synchronize();
        }
    }

    [Fact]
    public void A_launch_that_the_driver_refuses_names_the_kernel()
    {
        using var cuda = new FakeCuda();
        using var buffer = cuda.Accelerator.Allocate1D<float>(10);
        var scale = cuda.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(FakeCuda.Scale);
        cuda.Driver.Fault = call =>
            call == "Launch" ? CudaError.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES : CudaError.CUDA_SUCCESS;
        Assert.Equal(
            "kernel FakeCuda.Scale: expected a request that Fake GPU 0 accepts; got CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES (701). The driver " +
            "refuses its sizes or arguments.",
            Assert.Throws<CudaException>(() => scale(10, buffer.View, 2)).Message);
    }

    [Fact]
    public void Ptx_that_the_driver_refuses_comes_with_the_kernel_the_log_and_a_file()
    {
        using var cuda = new FakeCuda();
        cuda.Driver.Log = "ptxas application ptx input, line 7; error: Unknown symbol";
        cuda.Driver.Fault = call => call == "Link" ? CudaError.CUDA_ERROR_INVALID_PTX : CudaError.CUDA_SUCCESS;
        var exception = Assert.Throws<InternalCompilerException>(
            () => cuda.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(FakeCuda.Scale));
        var lines = exception.Message.Split('\n');
        Assert.StartsWith(
            "kernel FakeCuda.Scale: expected PTX that Fake GPU 0 takes; got CUDA_ERROR_INVALID_PTX (218). Its source is in ", lines[0],
            StringComparison.Ordinal);
        Assert.Equal(cuda.Driver.Log, lines[1]);
        var path = lines[0].Split(" is in ")[1].Split(';')[0];
        Assert.Contains(".visible .entry Scale", File.ReadAllText(path), StringComparison.Ordinal);
        File.Delete(path);
    }

    [Fact]
    public void A_driver_without_its_translator_says_what_is_missing()
    {
        using var cuda = new FakeCuda();
        cuda.Driver.Fault = call => call == "Link" ? CudaError.CUDA_ERROR_JIT_COMPILER_NOT_FOUND : CudaError.CUDA_SUCCESS;
        var message = Assert.Throws<InternalCompilerException>(
            () => cuda.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(FakeCuda.Scale)).Message;
        Assert.Contains("(libnvidia-ptxjitcompiler) is not installed", message, StringComparison.Ordinal);
        Assert.EndsWith("\nThe driver gives no reason.", message, StringComparison.Ordinal);
        File.Delete(message.Split(" is in ")[1].Split(';')[0]);
    }

    [Fact]
    public void A_translation_without_memory_is_no_fault_of_the_kernel()
    {
        using var cuda = new FakeCuda();
        cuda.Driver.Fault = call => call == "Link" ? CudaError.CUDA_ERROR_OUT_OF_MEMORY : CudaError.CUDA_SUCCESS;
        Assert.StartsWith(
            "kernel FakeCuda.Scale, translation: expected enough memory on Fake GPU 0; got CUDA_ERROR_OUT_OF_MEMORY (2): out of memory",
            Assert.Throws<CudaException>(
                () => cuda.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(FakeCuda.Scale)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_kernel_leaves_no_module()
    {
        using var cuda = new FakeCuda();
        cuda.Driver.Fault = call => call == "GetFunctionAttribute" ? CudaError.CUDA_ERROR_NOT_FOUND : CudaError.CUDA_SUCCESS;
        Assert.Throws<CudaException>(
            () => cuda.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(FakeCuda.Scale));
        Assert.Equal(1, cuda.Driver.CountOf("UnloadModule"));
    }

    [Fact]
    public void Programs_of_earlier_runs_are_not_translated_again_unless_something_about_them_has_changed()
    {
        using var cuda = new FakeCuda();
        Load(cuda.Accelerator);
        using (var second = cuda.Open())
        {
            Load(second);
            Assert.Equal((1, 2), (cuda.Driver.CountOf("Link"), cuda.Driver.CountOf("LoadModule")));
        }

        // The driver has come to refuse the stored program.
        var isFirst = true;
        cuda.Driver.Fault = call =>
        {
            var refuses = call == "LoadModule" && isFirst;
            isFirst &= !refuses;
            return refuses ? CudaError.CUDA_ERROR_NO_BINARY_FOR_GPU : CudaError.CUDA_SUCCESS;
        };
        using (var third = cuda.Open())
        {
            Load(third);
            Assert.Equal(2, cuda.Driver.CountOf("Link"));
        }

        static void Load(CudaAccelerator accelerator) =>
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(FakeCuda.Scale);
    }

    [Fact]
    public void Programs_are_kept_for_one_version_of_the_driver_and_one_level_of_optimization()
    {
        var folder = new Support.TemporaryFolder();
        var links = new List<int>();
        foreach (var (version, level) in
            new[] { (12040, OptimizationLevel.O1), (12050, OptimizationLevel.O1), (12050, OptimizationLevel.O0), (12040, OptimizationLevel.O1) })
        {
            var driver = new FakeCudaDriver { Version = version };
            using var context = Context.Create(builder => builder.Optimize(level));
            using var accelerator = new CudaAccelerator(
                context, new CudaDevice(driver, 0), new CudaCompiler(PTXGenerator.Generate, new BinaryCache(folder.Path)));
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(FakeCuda.Scale);
            links.Add(driver.CountOf("Link"));
        }

        folder.Dispose();
        Assert.Equal([1, 1, 1, 0], links);
    }
}
