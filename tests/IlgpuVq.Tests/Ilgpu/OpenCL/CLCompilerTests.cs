using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.OpenCL;

public sealed unsafe class CLCompilerTests(CLFixture fixture) : IDisposable
{
    /// <summary>How often sources were compiled; tests of a class run one after another.</summary>
    private static int sources;

    private readonly TemporaryFolder cache = new();

    public void Dispose() => cache.Dispose();

    [Fact]
    public void Code_that_the_driver_refuses_is_shown_with_its_messages()
    {
        var error = Assert.Throws<InternalCompilerException>(
            () => fixture.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>>(HandWritten.Wrong));
        Assert.StartsWith(
            $"kernel HandWritten.Wrong: expected OpenCL C that {fixture.Accelerator.Name} compiles; got CL_BUILD_PROGRAM_FAILURE (-11). " +
            "Its source is in ",
            error.Message,
            StringComparison.Ordinal);
        Assert.Contains("undeclared", error.Message.Split('\n', 2)[1], StringComparison.Ordinal);
        var path = error.Message.Split('\n')[0].Split("Its source is in ")[1].Split(';')[0];
        Assert.Contains("undeclared = 1;", File.ReadAllText(path), StringComparison.Ordinal);
        File.Delete(path);
    }

    [Fact]
    public void Code_that_takes_other_arguments_than_launches_give_is_refused()
    {
        var error = Assert.Throws<InternalCompilerException>(
            () => fixture.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>>(HandWritten.TooFew));
        Assert.Equal(
            "kernel HandWritten.TooFew: expected OpenCL C with 4 arguments, for the parameters of the method; got 2.",
            error.Message);
    }

    [Fact]
    public void What_cannot_be_generated_is_an_error_of_loading()
    {
        var library = FaultyLibrary.With();
        using var accelerator = fixture.Open(library);
        var before = library.LiveObjects;
        Assert.Throws<CapabilityNotSupportedException>(
            () => accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>>(Unknown));
        Assert.Equal(before, library.LiveObjects);
    }

    [Fact]
    public void A_program_is_compiled_once_for_all_runs()
    {
        Assert.Equal(1, SourcesCompiled());
        Assert.Equal(0, SourcesCompiled());
        Assert.Single(Directory.GetFiles(cache.Path));
    }

    [Fact]
    public void A_damaged_program_is_compiled_again_and_replaced()
    {
        SourcesCompiled();
        var file = Directory.GetFiles(cache.Path).Single();
        var whole = File.ReadAllBytes(file);
        File.WriteAllBytes(file, whole[..^1]);
        Assert.Equal(1, SourcesCompiled());
        Assert.Equal(0, SourcesCompiled());
    }

    [Fact]
    public void A_program_that_the_driver_no_longer_takes_is_compiled_again_and_replaced()
    {
        SourcesCompiled();
        var key = Path.GetFileNameWithoutExtension(Directory.GetFiles(cache.Path).Single());
        new ILGPU.Backends.BinaryCache(cache.Path).Write(key, "of another driver"u8);
        Assert.Equal(1, SourcesCompiled());
        Assert.Equal(0, SourcesCompiled());
    }

    [Fact]
    public void A_kernel_that_is_loaded_twice_is_compiled_once()
    {
        var library = FaultyLibrary.With();
        using var accelerator = fixture.Open(library);
        accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(HandWritten.Scale);
        var before = library.LiveObjects;
        accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, float>(HandWritten.Scale);
        accelerator.LoadImplicitlyGroupedStreamKernel<Index1D, ArrayView<float>, float>(HandWritten.Scale, 64);
        Assert.Equal(before, library.LiveObjects);
    }

    private static void Unknown(Index1D i, ArrayView<float> v) => v[i] = 1;

    /// <summary>Runs a kernel on an accelerator of its own, as a new process would, and counts.</summary>
    private int SourcesCompiled()
    {
        _ = CLFixture.Device();
        sources = 0;
        var library = FaultyLibrary.With(
            ("clCreateProgramWithSource", (nint)(delegate* unmanaged<nint, uint, byte**, nuint*, CLError*, nint>)&CreateProgram));
        using (var accelerator = fixture.Open(library, cache.Path))
        {
            using var buffer = accelerator.Allocate1D([1f, 2, 3]);
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(HandWritten.Scale)(3, buffer.View, 2);
            Assert.Equal([2f, 4, 6], buffer.GetAsArray1D());
        }

        Assert.Equal(0, library.LiveObjects);
        return sources;
    }

    [UnmanagedCallersOnly]
    private static nint CreateProgram(nint context, uint count, byte** texts, nuint* lengths, CLError* status)
    {
        sources++;
        return ((delegate* unmanaged<nint, uint, byte**, nuint*, CLError*, nint>)FaultyLibrary.Real("clCreateProgramWithSource"))(
            context, count, texts, lengths, status);
    }
}
