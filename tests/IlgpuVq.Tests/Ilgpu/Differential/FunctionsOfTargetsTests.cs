using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Frontend;
using ILGPU.Frontend.Translation;
using ILGPU.IR;
using ILGPU.IR.Passes;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;
using IlgpuVq.Tests.Ilgpu.Differential.Kernels;
using Xunit;
using Instruction = ILGPU.IR.Instruction;

namespace IlgpuVq.Tests.Ilgpu.Differential;

/// <summary>What a target has no function for is code in the kernel; what it has is left to it.</summary>
public sealed class FunctionsOfTargetsTests
{
    private static readonly KernelTarget Exact = new(AcceleratorType.Cuda, 32);

    private static readonly KernelTarget Fast = new(AcceleratorType.Cuda, 32, FastMath: true);

    private static readonly MathFunction[] Native =
    [
        MathFunction.Abs, MathFunction.Sqrt, MathFunction.FusedMultiplyAdd, MathFunction.Min, MathFunction.Max,
        MathFunction.MinUnsigned, MathFunction.MaxUnsigned, MathFunction.Floor, MathFunction.Ceiling, MathFunction.Truncate,
        MathFunction.Round, MathFunction.CopySign, MathFunction.PopCount, MathFunction.LeadingZeroCount,
        MathFunction.TrailingZeroCount, MathFunction.MultiplyHigh, MathFunction.MultiplyHighUnsigned,
        MathFunction.HalfToFloat, MathFunction.FloatToHalf, MathFunction.DoubleToHalf,
    ];

    private static readonly MathFunction[] Approximations =
    [
        MathFunction.Exp, MathFunction.Exp2, MathFunction.Log, MathFunction.Log2, MathFunction.Sin, MathFunction.Cos,
        MathFunction.Tanh, MathFunction.ReciprocalSqrt,
    ];

    [Fact]
    public void Kernels_for_cuda_use_only_functions_that_it_has()
    {
        var count = 0;
        foreach (var kernel in Kernels(typeof(MathFunctionTests), typeof(FloatTests), typeof(HalfTests), typeof(BitTests)))
        {
            Assert.All(FunctionsOf(kernel, Exact), used =>
                Assert.True(Native.Contains(used.Function), $"{kernel.Name}: {used.Function} of {used.Kind}"));
            count++;
        }

        Assert.True(count > 100, $"{count} kernels");
    }

    [Fact]
    public void Fast_kernels_for_cuda_have_approximations_in_32_bits_only()
    {
        var approximations = new HashSet<MathFunction>();
        foreach (var kernel in Kernels(typeof(MathFunctionTests)))
        {
            foreach (var (function, kind) in FunctionsOf(kernel, Fast).Where(used => !Native.Contains(used.Function)))
            {
                Assert.True(
                    kind == ValueKind.Float32 && Approximations.Contains(function), $"{kernel.Name}: {function} of {kind}");
                approximations.Add(function);
            }
        }

        Assert.Equal(Approximations.Order(), approximations.Order());
    }

    [Fact]
    public void Other_targets_have_every_function()
    {
        foreach (var type in (AcceleratorType[])[AcceleratorType.OpenCL, AcceleratorType.CPU])
        {
            var target = new KernelTarget(type, 32);
            Assert.All(Enum.GetValues<MathFunction>(), function =>
                Assert.True(target.HasMath(function, ValueKind.Float32) && target.HasMath(function, ValueKind.Float64)));
            Assert.True(target.HasFloatRemainder);
        }
    }

    [Fact]
    public void Every_function_that_cuda_lacks_has_code_in_both_precisions()
    {
        var missing = Enum.GetValues<MathFunction>().Where(function => !Exact.HasMath(function, ValueKind.Float64)).ToArray();
        Assert.Equal(Enum.GetValues<MathFunction>().Except(Native), missing);
        Assert.All(missing, function => Assert.All((Type[])[typeof(float), typeof(double)], type =>
            Assert.Single(typeof(DeviceMath).GetMethods(), method =>
                method.Name == function.ToString() && method.ReturnType == type &&
                method.GetParameters().All(parameter => parameter.ParameterType == type))));
    }

    [Fact]
    public void Remainders_of_floats_are_code_and_those_of_integers_are_not()
    {
        var floats = Translate((Index1D i, ArrayView<float> x, ArrayView<float> y) => y[i] = x[i] % y[i], Exact);
        Assert.DoesNotContain(floats, instruction => instruction.Operation == Operation.Remainder);
        var integers = Translate((Index1D i, ArrayView<int> x, ArrayView<int> y) => y[i] = x[i] % y[i], Exact);
        Assert.Contains(integers, instruction => instruction.Operation == Operation.Remainder);
    }

    [Fact]
    public void Functions_of_constants_are_computed_when_the_kernel_is_compiled()
    {
        var stored = Assert.Single(
            Translate((Index1D i, ArrayView<float> y) => y[i] = MathF.Exp(1) + (5.5f % 2) + (float)Math.Pow(2, 0.5), Exact),
            instruction => instruction.Operation == Operation.Store);
        var expected = DeviceMath.Exp(1f) + 1.5f + (float)DeviceMath.Pow(2, 0.5);
        Assert.Equal(expected, Assert.IsType<Constant>(stored[1]).AsFloat);
    }

    private static IEnumerable<KernelCase> Kernels(params Type[] sets) => sets.SelectMany(set =>
    {
        var kernels = new KernelSet();
        set.GetMethod(nameof(IKernelSet.AddTo))!.Invoke(null, [kernels]);
        return kernels.Cases.Where(kernel => kernel.Kernel is not null);
    });

    private static IEnumerable<(MathFunction Function, ValueKind Kind)> FunctionsOf(KernelCase kernel, KernelTarget target) =>
        Translate(kernel.Kernel!, target)
            .Where(instruction => instruction.Operation == Operation.Math)
            .Select(instruction => ((MathFunction)instruction.Detail!, instruction[0].Kind));

    private static List<Instruction> Translate(Delegate kernel, KernelTarget target)
    {
        var parameters = kernel.Method.GetParameters();
        var isImplicitlyGrouped = typeof(IIndex).IsAssignableFrom(parameters[0].ParameterType);
        var constants = new object?[parameters.Length - (isImplicitlyGrouped ? 1 : 0)];
        var form = Translator.Translate(KernelSource.Of(kernel), isImplicitlyGrouped, constants, target);
        Optimizer.Run(form);
        return [.. form.Blocks().SelectMany(block => block.Instructions)];
    }
}
