using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Frontend;
using ILGPU.Frontend.Translation;
using ILGPU.IR;
using ILGPU.IR.Passes;
using ILGPU.Runtime;
using Xunit;
using Instruction = ILGPU.IR.Instruction;

namespace IlgpuVq.Tests.Ilgpu.IR;

/// <summary>What is left of kernels, when everything is folded that is known before they run.</summary>
public class OptimizerTests
{
    [Fact]
    public void A_counted_loop_over_local_memory_becomes_registers()
    {
        var form = Compile(SumOfLocalArray);
        Assert.Empty(Find(form, Operation.Allocate));
        Assert.DoesNotContain(form.Blocks(), block => block.Parameters.Count > 0);
        Assert.Equal(4, Find(form, Operation.Load).Count);
    }

    [Fact]
    public void Nested_loops_over_a_tile_of_registers_are_unrolled_inside_a_loop_that_is_not()
    {
        var form = Compile(MultiplyInRegisters);
        Assert.Empty(Find(form, Operation.Allocate));
        Assert.Equal(4, Find(form, Operation.Math).Count(instruction => instruction.Detail is MathFunction.FusedMultiplyAdd));
        var loop = Assert.Single(LoopsOf(form));
        Assert.Equal(5, loop.Header.Parameters.Count); // the counter, and four sums
    }

    [Fact]
    public void A_loop_that_would_become_too_long_stays_a_loop()
    {
        var form = Compile(LongLoop);
        Assert.Single(LoopsOf(form));
        Assert.Single(Find(form, Operation.Load));
    }

    [Fact]
    public void A_local_array_with_an_index_that_only_the_kernel_knows_stays_memory()
    {
        var form = Compile(LookUp);
        var allocation = Assert.IsType<Allocation>(Assert.Single(Find(form, Operation.Allocate)).Detail);
        Assert.Equal((AddressSpace.Private, 16L), (allocation.Space, allocation.Bytes));
    }

    [Theory]
    [InlineData(0, nameof(Operation.Add))]
    [InlineData(1, nameof(Operation.Multiply))]
    public void A_specialized_value_decides_branches(int mode, string kept)
    {
        var form = Compile(Choose, new SpecializedArgument(3, mode));
        Operation[] candidates = [Operation.Add, Operation.Multiply];
        Assert.Equal([kept], candidates.Where(operation => Find(form, operation).Count > 0).Select(operation => $"{operation}"));
        Assert.DoesNotContain(form.Parameters, parameter => parameter.Name == "mode");
    }

    [Fact]
    public void Checks_of_bounds_are_gone() => Assert.Equal(3, Compile(Copy2D).Blocks().Count); // the body, around it, and the end

    [Fact]
    public void Short_choices_become_selections()
    {
        var form = Compile(Clamp);
        Assert.Equal(2, Find(form, Operation.Select).Count);
        Assert.Equal(3, form.Blocks().Count);
    }

    [Fact]
    public void A_division_is_not_moved_in_front_of_its_test()
    {
        var form = Compile(DivideIfPossible);
        Assert.Empty(Find(form, Operation.Select));
        var division = Assert.Single(Find(form, Operation.Divide));
        var entry = form.Blocks().First(block => block.Terminator.Condition is Instruction { Operation: Operation.Compare, Detail: Comparison.NotEqual });
        Assert.DoesNotContain(division, entry.Instructions);
    }

    [Fact]
    public void Equal_values_are_computed_once() => Assert.Single(Find(Compile(SquareOfSum), Operation.Add));

    [Fact]
    public void Integer_sums_are_regrouped_and_floating_ones_are_not()
    {
        Assert.Single(Find(Compile(AddIntegers), Operation.Add));
        var floats = Compile(AddFloats);
        Assert.Single(Find(floats, Operation.Add));
        Assert.Single(Find(floats, Operation.Subtract));
    }

    [Fact]
    public void A_view_that_is_in_one_memory_or_another_is_refused()
    {
        var form = Compile(MixSpaces, implicitly: false);
        var error = Assert.Throws<InternalCompilerException>(() => new PointerTypes(form));
        Assert.Contains("in Global or in Shared memory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_printed_form_names_what_the_source_names()
    {
        var text = FormPrinter.Print(Compile(SquareOfSum));
        Assert.Equal(
            """
            kernel OptimizerTests.SquareOfSum(extent_x: Int32, x_buffer: Int32*, x_offset: Int64, x_length: Int64, y_buffer: Int32*, y_offset: Int64, y_length: Int64, summand: Int32)
            block 0():
              i: Int32 = Thread GlobalIndexX
              v0: Bool = Compare Less i, extent_x
              x: Pointer = Address [·1 + 0] x_buffer, x_offset
              y: Pointer = Address [·1 + 0] y_buffer, y_offset
              if v0 goto 1() else goto 2()
            block 1():
              v1: Int64 = Convert Int64 i
              v2: Pointer = Address [·4 + 0] x, v1
              value: Int32 = Load Int32 v2
              v3: Pointer = Address [·4 + 0] y, v1
              v4: Int32 = Add value, summand
              v5: Int32 = Multiply v4, v4
              Store Int32 v3, v5
              goto 2()
            block 2():
              return

            """,
            text,
            ignoreLineEndingDifferences: true);
    }

    private static void SumOfLocalArray(Index1D i, ArrayView<float> x, ArrayView<float> y)
    {
        var values = LocalMemory.Allocate<float>(4);
        for (var j = 0; j < 4; j++)
        {
            values[j] = x[(i * 4) + j];
        }

        var sum = 0f;
        for (var j = 3; j >= 0; j--)
        {
            sum += values[j];
        }

        y[i] = sum;
    }

    private static void MultiplyInRegisters(Index1D i, ArrayView<float> a, ArrayView<float> b, ArrayView<float> y, int length)
    {
        var sums = new float[4];
        for (var k = 0; k < length; k++)
        {
            for (var row = 0; row < 2; row++)
            {
                for (var column = 0; column < 2; column++)
                {
                    sums[(row * 2) + column] =
                        MathF.FusedMultiplyAdd(a[(k * 2) + row], b[(k * 2) + column], sums[(row * 2) + column]);
                }
            }
        }

        for (var j = 0; j < 4; j++)
        {
            y[(i * 4) + j] = sums[j];
        }
    }

    private static void LongLoop(Index1D i, ArrayView<float> x, ArrayView<float> y)
    {
        var sum = 0f;
        for (var j = 0; j < 1000; j++)
        {
            sum += x[j];
        }

        y[i] = sum;
    }

    private static void LookUp(Index1D i, ArrayView<int> x, ArrayView<int> y)
    {
        var table = LocalMemory.Allocate<int>(4);
        for (var j = 0; j < 4; j++)
        {
            table[j] = j * j;
        }

        y[i] = table[x[i] & 3];
    }

    private static void Choose(Index1D i, ArrayView<float> x, ArrayView<float> y, float operand, SpecializedValue<int> mode) =>
        y[i] = mode.Value == 0 ? x[i] + operand : x[i] * operand;

    private static void Copy2D(
        Index2D i, ArrayView2D<float, Stride2D.DenseX> x, ArrayView2D<float, Stride2D.DenseY> y) => y[i] = x[i.X, i.Y];

    private static void Clamp(Index1D i, ArrayView<int> x, ArrayView<int> y)
    {
        var value = x[i];
        if (value < 0)
        {
            value = 0;
        }

        y[i] = value > 255 ? 255 : value;
    }

    private static void DivideIfPossible(Index1D i, ArrayView<int> x, ArrayView<int> y, int divisor) =>
        y[i] = divisor != 0 ? x[i] / divisor : 0;

    private static void SquareOfSum(Index1D i, ArrayView<int> x, ArrayView<int> y, int summand)
    {
        var value = x[i];
        y[i] = (value + summand) * (value + summand);
    }

    private static void AddIntegers(Index1D i, ArrayView<int> x, ArrayView<int> y) => y[i] = x[i] + 3 - 5;

    private static void AddFloats(Index1D i, ArrayView<float> x, ArrayView<float> y) => y[i] = x[i] + 1e8f - 1e8f;

    private static void MixSpaces(ArrayView<float> x, int choice)
    {
        var shared = SharedMemory.Allocate<float>(4);
        var view = choice > 0 ? x : shared;
        view[Group.IdxX] = XMath.Sqrt(2f);
    }

    private static List<Instruction> Find(KernelForm form, Operation operation) =>
        [.. form.Blocks().SelectMany(block => block.Instructions).Where(instruction => instruction.Operation == operation)];

    private static KernelForm Compile(Delegate kernel, SpecializedArgument? specialized = null, bool implicitly = true)
    {
        var constants = new object?[kernel.Method.GetParameters().Length - (implicitly ? 1 : 0)];
        if (specialized is { } argument)
        {
            constants[argument.Position] = argument.Value;
        }

        var form = Translator.Translate(
            KernelSource.Of(kernel), implicitly, constants, new KernelTarget(AcceleratorType.OpenCL, WarpSize: 32));
        Optimizer.Run(form);
        return form;
    }

    private readonly record struct SpecializedArgument(int Position, object Value);

    private static IReadOnlyList<Loop> LoopsOf(KernelForm form)
    {
        var blocks = form.Blocks();
        var edgesInto = KernelForm.EdgesInto(blocks);
        return new LoopTree(new Dominators(blocks, edgesInto), edgesInto).Loops;
    }
}
