using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Cuda;

/// <summary>Instructions of PTX in kernels.</summary>
public sealed class CudaAsmTests(DifferentialDevices devices) : IClassFixture<DifferentialDevices>
{
    private static readonly int[] Numbers = [.. Enumerable.Range(0, 64).Select(i => i * i - 900)];

    [Fact]
    public void Arguments_are_registers()
    {
        Assert.Equal(Numbers.Select(x => x * 3 + 7), Run("cuda", (i, x, y) =>
        {
            CudaAsm.Emit("mad.lo.s32 %0, %1, %2, 7;", out int result, x[i], 3);
            y[i] = result;
        }));
        Assert.Equal(Enumerable.Range(0, 64).Select(i => i % 32), Run("cuda", (i, x, y) =>
        {
            CudaAsm.Emit("mov.u32 %0, %%laneid;", out int lane);
            y[i] = lane;
        }));
    }

    [Fact]
    public void A_register_that_is_read_and_written_does_not_change_the_value_it_came_from() =>
        Assert.Equal(Numbers.Select(x => (x + 5) * 100 + x), Run("cuda", (i, x, y) =>
        {
            var number = x[i];
            Ref<int> sum = number;
            Input<int> five = 5;
            var copy = default(Output<int>);
            CudaAsm.EmitRef("{ .reg .b32 t; mov.b32 t, %2; add.s32 %0, %0, t; mov.b32 %1, %0; }", ref sum, ref copy, ref five);
            y[i] = (sum.Value == copy.Value ? copy.Value * 100 : 0) + number;
        }));

    [Fact]
    public void Instructions_in_a_loop_that_is_unrolled_have_registers_of_their_own() =>
        Assert.Equal(Numbers.Select(x => 16 * x), Run("cuda", (i, x, y) =>
        {
            Ref<int> sum = x[i];
            for (var round = 0; round < 4; round++)
            {
                CudaAsm.EmitRef("add.s32 %0, %0, %0;", ref sum);
            }

            y[i] = sum.Value;
        }));

    [Fact]
    public unsafe void Addresses_are_those_that_instructions_want()
    {
        var accelerator = devices.Open("cuda");
        using var x = accelerator.Allocate1D(Numbers);
        using var y = accelerator.Allocate1D<int>(Numbers.Length);
        accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>((from, to) =>
        {
            var shared = SharedMemory.Allocate<int>(32);
            var target = (int)(long)(nint)Unsafe.AsPointer(ref shared[31 - Group.IdxX]);
            var source = (long)(nint)Unsafe.AsPointer(ref from[Grid.GlobalIndex.X]);
            CudaAsm.Emit("cp.async.ca.shared.global [%0], [%1], 4;", target, source);
            CudaAsm.Emit("cp.async.wait_all;");
            Group.Barrier();
            to[Grid.GlobalIndex.X] = shared[Group.IdxX];
        })((2, 32), x.View, y.View);
        Assert.Equal(Numbers.Chunk(32).SelectMany(chunk => chunk.Reverse()), y.GetAsArray1D());
    }

    [Theory]
    [InlineData("cpu", 0)]
    [InlineData("opencl", 0)]
    [InlineData("cuda", 1)]
    public void Kernels_know_whether_they_may(string device, int isSupported) =>
        Assert.Equal(Enumerable.Repeat(isSupported, 64), Run(device, (i, x, y) =>
        {
            y[i] = 0;
            if (CudaAsm.IsSupported)
            {
                CudaAsm.Emit("mov.u32 %0, 1;", out int one);
                y[i] = one;
            }
        }));

    [Fact]
    public void Hosts_may_not()
    {
        Assert.False(CudaAsm.IsSupported);
        var error = Assert.Throws<InvalidKernelOperationException>(() => CudaAsm.Emit("membar.gl;"));
        Assert.Equal(
            "CudaAsm.Emit: expected a kernel on a CUDA device; got another place. Ask CudaAsm.IsSupported first.", error.Message);
    }

    [Fact]
    public void What_is_not_right_is_refused_when_the_kernel_is_loaded()
    {
        Refused("opencl", "CudaAsm.Emit on OpenCL", (i, x, y) => CudaAsm.Emit("membar.gl;"));
        Refused("cuda", "CudaAsm with %2 and 2 arguments", (i, x, y) => CudaAsm.Emit("add.s32 %0, %1, %2;", x[i], y[i]));
        Refused("cuda", "CudaAsm with %t and 1 arguments", (i, x, y) => CudaAsm.Emit("mov.u32 %0, %tid.x;", x[i]));
        Refused("cuda", "with an argument of type ArrayView`1", (i, x, y) => CudaAsm.Emit("mov.u32 %0, 1;", x));
    }

    private int[] Run(string device, Action<Index1D, ArrayView<int>, ArrayView<int>> kernel)
    {
        var accelerator = devices.Open(device);
        using var x = accelerator.Allocate1D(Numbers);
        using var y = accelerator.Allocate1D<int>(Numbers.Length);
        accelerator.LoadAutoGroupedStreamKernel(kernel)(Numbers.Length, x.View, y.View);
        return y.GetAsArray1D();
    }

    private void Refused(string device, string reason, Action<Index1D, ArrayView<int>, ArrayView<int>> kernel)
    {
        var error = Assert.Throws<InternalCompilerException>(() => devices.Open(device).LoadAutoGroupedStreamKernel(kernel));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
