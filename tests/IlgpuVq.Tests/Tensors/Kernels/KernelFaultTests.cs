using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tests.Ptx.Launching;
using Xunit;

namespace IlgpuVq.Tests.Tensors.Kernels;

/// <summary>The faults of ILGPU 1.5.3 that kernels are written around, each in a kernel that has it: the checks of texts find
/// them all. Where one of these fails, ILGPU is better than it was, and a rule may go.</summary>
public sealed class KernelFaultTests : IDisposable
{
    private readonly Context context = KernelDevice.CreateContext(_ => { });
    private readonly KernelCompiler compiler;

    public KernelFaultTests() => compiler = new KernelCompiler(context);

    public void Dispose()
    {
        compiler.Dispose();
        context.Dispose();
    }

    [Fact]
    public void A_conditional_of_integers_that_becomes_a_float_keeps_their_bits()
    {
        Assert.Equal("PTX has the bits of an integer as a float: 0f00000001", Assert.Single(FindInPtx<IntegerChoice>()));
        Assert.StartsWith(
            "OpenCL C has the bits of an integer as a float: 1.4",
            Assert.Single(KernelFaults.FindInOpenCl(compiler.OpenClOf(typeof(IntegerChoice)).Source)),
            StringComparison.Ordinal);
        Assert.Empty(FindInPtx<FloatChoice>());
        Assert.Empty(KernelFaults.FindInOpenCl(compiler.OpenClOf(typeof(FloatChoice)).Source));

        // On the machine for PTX one shows; on ILGPU's CPU accelerator it does not.
        using var ptx = new PtxEngine();
        Assert.Equal([0, float.Epsilon, 0], Choose(ptx, x => new IntegerChoice(x)));
        Assert.Equal([0, 1, 0], Choose(ptx, x => new FloatChoice(x)));
        using var processor = new KernelEngine(KernelDevice.CpuContext());
        Assert.Equal([0, 1, 0], Choose(processor, x => new IntegerChoice(x)));
    }

    [Fact]
    public void A_fused_multiply_add_is_a_function_that_nobody_has() =>
        Assert.Equal("PTX calls a function that nobody has", Assert.Single(FindInPtx<Fused>()));

    [Fact]
    public void An_array_of_a_thread_lies_in_memory() =>
        Assert.StartsWith("PTX has memory of the thread", Assert.Single(FindInPtx<ThreadArray>()), StringComparison.Ordinal);

    [Fact]
    public void Branches_at_which_threads_part_are_called_uniform_until_that_is_corrected()
    {
        using var backend = new PTXBackend(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_75, null!);
        var compiled = (PTXCompiledKernel)backend.Compile(KernelCompiler.EntryOf(typeof(CountDown)), default);
        Assert.StartsWith(
            "PTX promises for a branch", Assert.Single(KernelFaults.FindInPtx(compiled.PTXAssembly)), StringComparison.Ordinal);
        Assert.Empty(KernelFaults.FindInPtx(PtxCorrections.Correct(compiled).PTXAssembly));
        Assert.Empty(FindInPtx<CountDown>());
    }

    [Fact]
    public void Pointers_have_no_address_space_in_OpenCL_C_that_is_optimised_less()
    {
        using var simple = Context.Create(builder => builder.EnableAlgorithms().Optimize(OptimizationLevel.O1));
        using var backend = new CLBackend(
            simple, new CLCapabilityContext(true, true, true, true, true), CLDeviceVendor.Other, CLCVersion.CL20);
        var source = ((CLCompiledKernel)backend.Compile(KernelCompiler.EntryOf(typeof(CountDown)), default)).Source;
        Assert.Equal("OpenCL C has a pointer without an address space", Assert.Single(KernelFaults.FindInOpenCl(source)));
        Assert.Empty(KernelFaults.FindInOpenCl(compiler.OpenClOf(typeof(CountDown)).Source));
    }

    [Fact]
    public void Groups_of_256_threads_run_on_the_processor()
    {
        using var engine = new KernelEngine(KernelDevice.CpuContext());
        using var x = engine.Accelerator.Allocate1D<int>(2);
        engine.LaunchGroups(new KernelConfig(2, GroupSum.Threads), new GroupSum(x.View));
        Assert.Equal([GroupSum.Threads * 255 / 2, (GroupSum.Threads * 255 / 2) + GroupSum.Threads], x.GetAsArray1D());
    }

    private IEnumerable<string> FindInPtx<TKernel>() => KernelFaults.FindInPtx(compiler.PtxOf(typeof(TKernel)).PTXAssembly);

    private static float[] Choose<TKernel>(KernelEngine engine, Func<ArrayView<float>, TKernel> kernel)
        where TKernel : struct, IKernel
    {
        using var buffer = engine.Allocate(3);
        var view = buffer.View.BaseView.Cast<float>();
        engine.Launch(3, kernel(view));
        var values = new float[3];
        view.CopyToCPU(values);
        return values;
    }

    public readonly struct IntegerChoice(ArrayView<float> y) : IKernel
    {
        public void Run(int i) => y[i] = i == 1 ? 1 : 0;
    }

    public readonly struct FloatChoice(ArrayView<float> y) : IKernel
    {
        public void Run(int i) => y[i] = i == 1 ? 1f : 0f;
    }

    public readonly struct Fused(ArrayView<float> y) : IKernel
    {
        public void Run(int i) => y[i] = MathF.FusedMultiplyAdd(y[i], y[i], 1);
    }

    public readonly struct ThreadArray(ArrayView<float> y) : IKernel
    {
        public void Run(int i)
        {
            var sums = LocalMemory.Allocate1D<float>(4);
            for (var j = 0; j < 4; j++)
            {
                sums[j] = y[i] * j;
            }

            y[i] = sums[(int)y[i]];
        }
    }

    public readonly struct CountDown(ArrayView<float> y) : IKernel
    {
        public void Run(int i)
        {
            while (y[i] > 1)
            {
                y[i] -= 1;
            }
        }
    }

    public readonly struct GroupSum(ArrayView<int> y) : IGroupKernel
    {
        public const int Threads = 256;

        public void Run()
        {
            var values = SharedMemory.Allocate<int>(Threads);
            values[Group.IdxX] = Group.IdxX + Grid.IdxX;
            Group.Barrier();
            if (Group.IdxX == 0)
            {
                var sum = 0;
                for (var i = 0; i < Threads; i++)
                {
                    sum += values[i];
                }

                y[Grid.IdxX] = sum;
            }
        }
    }
}
