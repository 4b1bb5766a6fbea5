using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tests.Ptx.Launching;
using IlgpuVq.Tests.Ptx.Machine;
using Xunit;
using Group = ILGPU.Group;

namespace IlgpuVq.Tests.Ptx.Tests;

/// <summary>Kernels from C# to the machine: arguments, memory, groups, captured launches.</summary>
public sealed class PtxEngineTests : IDisposable
{
    private readonly PtxEngine engine = new();

    public void Dispose() => engine.Dispose();

    [Fact]
    public void Arguments_arrive_whatever_their_sizes_and_nesting()
    {
        using var integers = Allocate([7, 8, 9]);
        using var result = Allocate(new int[8]);
        var kernel = new Arguments(
            3, integers.View, 0x1_0000_0002, new Inner(-4, new Empty(), integers.View.SubView(1, 2), 5), 0.5f, new Empty(),
            result.View);
        engine.Launch(1, kernel);
        Assert.Equal([3, 7, 0x1_0000, -4, 8, 5, BitConverter.SingleToInt32Bits(0.5f), 3 + 2 + 8], result.GetAsArray1D());
    }

    [Fact]
    public void A_kernel_runs_for_each_index_and_no_further()
    {
        using var x = Allocate(new int[1000]);
        engine.Launch(999, new Count(x.View));
        Assert.Equal([.. Enumerable.Range(1, 999), 0], x.GetAsArray1D());
        Assert.True(engine.LaneInstructions > 999);
    }

    [Fact]
    public void A_kernel_that_leaves_its_memory_is_a_failure_of_the_device_and_says_where()
    {
        using var x = Allocate(new int[64]);
        var fault = Assert.Throws<PtxFault>(() => engine.Launch(100_000, new Count(x.View)));
        Assert.True(engine.IsFailure(fault));
        Assert.StartsWith("Kernel_ForEach, line ", fault.Message, StringComparison.Ordinal);
        Assert.Contains("no 4 bytes of global memory at 0x", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_that_was_given_back_is_nobodys()
    {
        var x = Allocate(new int[64]);
        using var launches = engine.TryCapture(() => engine.Launch(64, new Count(x.View)), out _)!;
        launches.Launch();
        Assert.Equal(64, x.GetAsArray1D()[63]);
        x.Dispose();
        Assert.Contains(
            "of global memory", Assert.Throws<PtxFault>(launches.Launch).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_that_nobody_wrote_is_poisoned()
    {
        using var x = engine.Allocate(3);
        Assert.Equal(unchecked([(int)DeviceMemory.Poison, (int)DeviceMemory.Poison, (int)DeviceMemory.Poison]), x.GetAsArray1D());
    }

    [Fact]
    public void Groups_have_the_shared_memory_that_the_launch_brings()
    {
        const int Threads = 64;
        using var x = Allocate(new int[2 * Threads]);
        var shared = SharedMemoryConfig.RequestDynamic<int>(Threads);
        engine.LaunchGroups(new KernelConfig(2, Threads, shared), new Reverse(x.View));
        Assert.Equal(
            Enumerable.Range(0, Threads).Reverse().Concat(Enumerable.Range(Threads, Threads).Reverse()), x.GetAsArray1D());
        Assert.Contains(
            "no 4 bytes of shared memory",
            Assert.Throws<PtxFault>(() => engine.LaunchGroups(new KernelConfig(2, Threads), new Reverse(x.View))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Launches_that_no_card_takes_are_refused()
    {
        using var x = Allocate(new int[1]);
        Assert.Equal(
            "PtxEngineTests.Reverse: expected groups of 1 to 1024 threads and at most 166912 bytes of shared memory, in a grid "
                + "of at most 65535 " +
            "along y and z; got groups of (1025, 1, 1) with 0 bytes in a grid of (1, 1, 1)",
            Assert.Throws<PtxFault>(() => engine.LaunchGroups(new KernelConfig(1, 1025), new Reverse(x.View))).Message);
        Assert.Throws<PtxFault>(() => engine.LaunchGroups(
            new KernelConfig(new Index3D(1, 65536, 1), new Index3D(1, 1, 1)), new Reverse(x.View)));
        Assert.Throws<PtxFault>(() => engine.LaunchGroups(
            new KernelConfig(1, 32, SharedMemoryConfig.RequestDynamic<int>(1 << 16)), new Reverse(x.View)));
    }

    private MemoryBuffer1D<int, Stride1D.Dense> Allocate(int[] values)
    {
        var buffer = engine.Allocate(values.Length);
        buffer.CopyFromCPU(values);
        return buffer;
    }

    public readonly record struct Empty;

    public readonly record struct Inner(short Small, Empty Nothing, ArrayView<int> View, byte Byte);

    public readonly struct Arguments(int a, ArrayView<int> x, ulong b, Inner inner, float c, Empty nothing, ArrayView<int> y)
        : IKernel
    {
        public void Run(int i)
        {
            y[0] = a;
            y[1] = x[i];
            y[2] = (int)(b >> 16);
            y[3] = inner.Small;
            y[4] = inner.View[i];
            y[5] = inner.Byte;
            y[6] = (int)Interop.FloatAsInt(c);
            y[7] = (int)(x.Length + inner.View.Length + y.Length);
            _ = nothing;
        }
    }

    public readonly struct Count(ArrayView<int> x) : IKernel
    {
        public void Run(int i) => x[i] = i + 1;
    }

    public readonly struct Reverse(ArrayView<int> x) : IGroupKernel
    {
        public void Run()
        {
            var shared = SharedMemory.GetDynamic<int>();
            shared[Group.IdxX] = Grid.IdxX * Group.DimX + Group.IdxX;
            Group.Barrier();
            x[Grid.IdxX * Group.DimX + Group.IdxX] = shared[Group.DimX - 1 - Group.IdxX];
        }
    }
}
