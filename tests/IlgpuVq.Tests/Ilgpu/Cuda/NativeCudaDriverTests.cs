using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using ILGPU.Runtime.Cuda;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Cuda;

/// <summary>What the functions of the library are given, and what is made of what they give: by a library of functions of the test.</summary>
public sealed unsafe class NativeCudaDriverTests
{
    private static readonly List<ulong> Received = [];

    private static CudaError answer;

    public NativeCudaDriverTests()
    {
        Received.Clear();
        answer = CudaError.CUDA_SUCCESS;
    }

    [Fact]
    public void A_library_without_a_function_that_all_have_is_too_old() => Assert.Equal(
        "it has no cuMemHostAlloc",
        Assert.Throws<EntryPointNotFoundException>(() => new NativeCudaDriver(name => name == "cuMemHostAlloc" ? 0 : 1)).Message);

    [Fact]
    public void Functions_that_later_versions_brought_may_be_missing()
    {
        var full = Library();
        Assert.Equal((true, true), (full.HasMemoryPools, full.HasGraphs));
        foreach (var name in (string[])["cuMemAllocAsync", "cuMemFreeAsync", "cuDeviceGetDefaultMemPool", "cuMemPoolTrimTo", "cuMemPoolSetAttribute"])
        {
            var old = Without(name);
            Assert.Equal((false, true), (old.HasMemoryPools, old.HasGraphs));
            Assert.Equal(CudaError.CUDA_ERROR_NOT_SUPPORTED, old.AllocateAsync(100, 1, out _));
            Assert.Equal(CudaError.CUDA_ERROR_NOT_SUPPORTED, old.FreeAsync(100, 1));
            Assert.Equal(CudaError.CUDA_ERROR_NOT_SUPPORTED, old.GetDefaultPool(0, out _));
            Assert.Equal(CudaError.CUDA_ERROR_NOT_SUPPORTED, old.TrimPool(1, 0));
            Assert.Equal(CudaError.CUDA_ERROR_NOT_SUPPORTED, old.SetPoolReleaseThreshold(1, 0));
        }

        foreach (var name in (string[])["cuStreamBeginCapture_v2", "cuStreamEndCapture", "cuGraphLaunch", "cuGraphExecDestroy"])
        {
            var old = Without(name);
            Assert.Equal((true, false), (old.HasMemoryPools, old.HasGraphs));
            Assert.Equal(CudaError.CUDA_ERROR_NOT_SUPPORTED, old.BeginCapture(1));
            Assert.Equal(CudaError.CUDA_ERROR_NOT_SUPPORTED, old.EndCapture(1, out _));
            Assert.Equal(CudaError.CUDA_ERROR_NOT_SUPPORTED, old.InstantiateGraph(1, out _));
            Assert.Equal(CudaError.CUDA_ERROR_NOT_SUPPORTED, old.LaunchGraph(1, 1));
        }

        Assert.True(Without("cuGraphInstantiateWithFlags").HasGraphs);
        Assert.True(Without("cuGraphInstantiate_v2").HasGraphs);

        static NativeCudaDriver Without(string missing) => new(name => name == missing ? 0 : 1);
    }

    [Fact]
    public void Launches_are_given_in_the_order_of_the_driver()
    {
        var library = Library(("cuLaunchKernel",
            (nint)(delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, CudaError>)&LaunchKernel));
        var number = 42;
        void* argument = &number;
        Assert.Equal(CudaError.CUDA_SUCCESS, library.Launch(11, new(2, 3, 4), new(5, 6, 7), 8, 9, &argument));
        Assert.Equal([11, 2, 3, 4, 5, 6, 7, 8, 9, 42, 0], Received);
    }

    [Fact]
    public void Copies_and_fills_are_given_in_the_order_of_the_driver()
    {
        var library = Library(
            ("cuMemcpyHtoDAsync_v2", (nint)(delegate* unmanaged<ulong, void*, nuint, nint, CudaError>)&CopyToDevice),
            ("cuMemcpyDtoHAsync_v2", (nint)(delegate* unmanaged<void*, ulong, nuint, nint, CudaError>)&CopyToHost),
            ("cuMemsetD8Async", (nint)(delegate* unmanaged<ulong, byte, nuint, nint, CudaError>)&FillBytes));
        library.CopyToDevice(1, (void*)2, 3L << 32, 4);
        library.CopyToHost((void*)5, 6, 7, 8);
        library.FillBytes(9, 10, 11, 12);
        Assert.Equal([1, 2, 3UL << 32, 4, 5, 6, 7, 8, 9, 10, 11, 12], Received);
    }

    [Fact]
    public void A_pool_keeps_what_its_64_bits_say()
    {
        var library = Library(("cuMemPoolSetAttribute", (nint)(delegate* unmanaged<nint, int, ulong*, CudaError>)&SetAttribute));
        library.SetPoolReleaseThreshold(5, ulong.MaxValue - 1);
        Assert.Equal([5, 4, ulong.MaxValue - 1], Received);
    }

    [Fact]
    public void Texts_of_the_driver_are_read()
    {
        var library = Library(
            ("cuGetErrorString", (nint)(delegate* unmanaged<CudaError, byte**, CudaError>)&GetErrorString),
            ("cuDeviceGetName", (nint)(delegate* unmanaged<byte*, int, int, CudaError>)&GetDeviceName));
        Assert.Equal("some error", library.GetErrorText(CudaError.CUDA_ERROR_INVALID_PC));
        Assert.Null(library.GetErrorText((CudaError)12345));
        library.GetDeviceName(3, out var name);
        Assert.Equal("NVIDIA 3", name);
    }

    [Theory]
    [InlineData(0, "note")]
    [InlineData(218, "line 7: wrong")]
    public void Programs_are_linked_with_their_logs(int error, string expected)
    {
        answer = (CudaError)error;
        var library = Library(
            ("cuLinkCreate_v2", (nint)(delegate* unmanaged<uint, int*, void**, nint*, CudaError>)&LinkCreate),
            ("cuLinkAddData_v2", (nint)(delegate* unmanaged<nint, int, byte*, nuint, byte*, uint, int*, void**, CudaError>)&LinkAddData),
            ("cuLinkComplete", (nint)(delegate* unmanaged<nint, void**, nuint*, CudaError>)&LinkComplete),
            ("cuLinkDestroy", (nint)(delegate* unmanaged<nint, CudaError>)&LinkDestroy));
        Assert.Equal(answer, library.Link("text\0"u8, 4, out var image, out var log));
        Assert.Equal(expected, log);
        Assert.Equal(error == 0 ? "IMAGE" : "", Encoding.UTF8.GetString(image));

        // Five options, the level of optimization; the linker, the kind of input, its size; the linker that is destroyed.
        Assert.Equal([5, 4, 77, 1, 5, 77], Received);
    }

    [Theory]
    [InlineData("cuGraphInstantiate_v2", 31)]
    [InlineData("cuGraphInstantiateWithFlags", 32)]
    public void Graphs_are_instantiated_by_the_function_that_there_is(string missing, int expected)
    {
        var functions = new Dictionary<string, nint>
        {
            ["cuGraphInstantiateWithFlags"] = (nint)(delegate* unmanaged<nint*, nint, ulong, CudaError>)&InstantiateWithFlags,
            ["cuGraphInstantiate_v2"] = (nint)(delegate* unmanaged<nint*, nint, nint*, byte*, nuint, CudaError>)&Instantiate,
        };
        var library = new NativeCudaDriver(name => name == missing ? 0 : functions.GetValueOrDefault(name, 1));
        Assert.Equal(CudaError.CUDA_SUCCESS, library.InstantiateGraph(30, out var executable));
        Assert.Equal(expected, executable);
    }

    /// <summary>A library in which these functions are those of the test, and no other may be called.</summary>
    private static NativeCudaDriver Library(params (string Name, nint Function)[] functions) => new(name =>
        functions.FirstOrDefault(entry => entry.Name == name).Function is var function and not 0 ? function : 1);

    [UnmanagedCallersOnly]
    private static CudaError LaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint groupX, uint groupY, uint groupZ, uint shared, nint stream, void** arguments,
        void** extra)
    {
        Received.AddRange(
            [(ulong)function, gridX, gridY, gridZ, groupX, groupY, groupZ, shared, (ulong)stream, (ulong)*(int*)arguments[0], (ulong)extra]);
        return CudaError.CUDA_SUCCESS;
    }

    [UnmanagedCallersOnly]
    private static CudaError CopyToDevice(ulong target, void* source, nuint size, nint stream)
    {
        Received.AddRange([target, (ulong)source, size, (ulong)stream]);
        return CudaError.CUDA_SUCCESS;
    }

    [UnmanagedCallersOnly]
    private static CudaError CopyToHost(void* target, ulong source, nuint size, nint stream)
    {
        Received.AddRange([(ulong)target, source, size, (ulong)stream]);
        return CudaError.CUDA_SUCCESS;
    }

    [UnmanagedCallersOnly]
    private static CudaError FillBytes(ulong target, byte value, nuint count, nint stream)
    {
        Received.AddRange([target, value, count, (ulong)stream]);
        return CudaError.CUDA_SUCCESS;
    }

    [UnmanagedCallersOnly]
    private static CudaError SetAttribute(nint pool, int attribute, ulong* value)
    {
        Received.AddRange([(ulong)pool, (ulong)attribute, *value]);
        return CudaError.CUDA_SUCCESS;
    }

    [UnmanagedCallersOnly]
    private static CudaError GetErrorString(CudaError error, byte** text)
    {
        if ((int)error == 12345)
        {
            return CudaError.CUDA_ERROR_INVALID_VALUE;
        }

        // The data of the assembly do not move.
        *text = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference("some error\0"u8));
        return CudaError.CUDA_SUCCESS;
    }

    [UnmanagedCallersOnly]
    private static CudaError GetDeviceName(byte* name, int length, int device)
    {
        Encoding.UTF8.GetBytes($"NVIDIA {device} \0", new Span<byte>(name, length));
        return CudaError.CUDA_SUCCESS;
    }

    [UnmanagedCallersOnly]
    private static CudaError LinkCreate(uint count, int* options, void** values, nint* linker)
    {
        var byOption = Enumerable.Range(0, (int)count).ToDictionary(i => options[i], i => (nint)values[i]);
        Received.AddRange([count, (ulong)byOption[7]]);
        "note\0"u8.CopyTo(new Span<byte>((void*)byOption[3], (int)byOption[4]));
        if (answer != CudaError.CUDA_SUCCESS)
        {
            "line 7: wrong\0"u8.CopyTo(new Span<byte>((void*)byOption[5], (int)byOption[6]));
        }

        *linker = 77;
        return CudaError.CUDA_SUCCESS;
    }

    [UnmanagedCallersOnly]
    private static CudaError LinkAddData(
        nint linker, int kind, byte* data, nuint size, byte* name, uint count, int* options, void** values)
    {
        Received.AddRange([(ulong)linker, (ulong)kind, size]);
        return answer;
    }

    [UnmanagedCallersOnly]
    private static CudaError LinkComplete(nint linker, void** image, nuint* size)
    {
        *image = Unsafe.AsPointer(ref MemoryMarshal.GetReference("IMAGE"u8));
        *size = 5;
        return CudaError.CUDA_SUCCESS;
    }

    [UnmanagedCallersOnly]
    private static CudaError LinkDestroy(nint linker)
    {
        Received.Add((ulong)linker);
        return CudaError.CUDA_SUCCESS;
    }

    [UnmanagedCallersOnly]
    private static CudaError InstantiateWithFlags(nint* executable, nint graph, ulong flags)
    {
        *executable = graph + 1 + (nint)flags;
        return CudaError.CUDA_SUCCESS;
    }

    [UnmanagedCallersOnly]
    private static CudaError Instantiate(nint* executable, nint graph, nint* node, byte* log, nuint size)
    {
        *executable = graph + 2 + (nint)node + (nint)log + (nint)size;
        return CudaError.CUDA_SUCCESS;
    }
}
