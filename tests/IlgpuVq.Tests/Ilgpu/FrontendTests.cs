using System.Reflection;
using System.Reflection.Emit;
using ILGPU;
using ILGPU.Frontend;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu;

public sealed class FrontendTests
{
    private interface IOperation
    {
        static abstract int Apply(int value);

        int Run<T>(T value);

        int Default() => Group.IdxX;
    }

    [Fact]
    public void Every_method_of_this_assembly_decodes_with_each_branch_at_the_start_of_an_instruction()
    {
        const BindingFlags All =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static |
            BindingFlags.DeclaredOnly;
        var methods = typeof(FrontendTests).Assembly.GetTypes().SelectMany(type => type.GetMethods(All)).ToArray();
        Assert.True(methods.Length > 100);
        foreach (var method in methods)
        {
            var instructions = InstructionReader.Read(method);
            var starts = instructions.Select(instruction => (long)instruction.Offset).ToHashSet();
            Assert.Equal(instructions.Count, starts.Count);
            foreach (var instruction in instructions)
            {
                var isBranch = instruction.OpCode.OperandType is OperandType.InlineBrTarget or OperandType.ShortInlineBrTarget;
                Assert.True(!isBranch || starts.Contains(instruction.Operand), $"{method.Name} {instruction}");
                Assert.All(instruction.Targets ?? [], target => Assert.Contains(target, starts));
            }

            var isClosed = instructions is not [.., var last]
                || last.OpCode.FlowControl is FlowControl.Return or FlowControl.Throw or FlowControl.Branch;
            Assert.True(isClosed, method.Name);
        }
    }

    [Fact]
    public void Operands_are_decoded_with_their_sign_and_width()
    {
        var constants = InstructionReader.Read(Method(nameof(Constants)))
            .Where(instruction => instruction.OpCode.Name!.StartsWith("ldc", StringComparison.Ordinal))
            .ToArray();
        Assert.Contains(constants, constant => constant.OpCode == OpCodes.Ldc_I4_S && constant.Operand == -100);
        Assert.Contains(constants, constant => constant.OpCode == OpCodes.Ldc_I4 && constant.Operand == 123456789);
        Assert.Contains(constants, constant => constant.OpCode == OpCodes.Ldc_I8 && constant.Operand == -9_000_000_000);
        Assert.Contains(constants, constant =>
            constant.OpCode == OpCodes.Ldc_R8 && BitConverter.Int64BitsToDouble(constant.Operand) == 2.5);
        Assert.Contains(
            constants,
            constant => constant.OpCode == OpCodes.Ldc_R4 && BitConverter.Int32BitsToSingle((int)constant.Operand) == 1.5f);
    }

    [Fact]
    public void A_switch_lists_its_targets()
    {
        var choice = Assert.Single(InstructionReader.Read(Method(nameof(Choose))), instruction =>
            instruction.OpCode == OpCodes.Switch);
        Assert.Equal(5, choice.Targets!.Length);
        Assert.Equal(5, choice.Operand);
    }

    [Fact]
    public void Calls_through_type_arguments_resolve_to_the_methods_of_the_argument()
    {
        var calls = CallResolver.CallsOf(Method(nameof(CallAll)).MakeGenericMethod(typeof(Doubling))).ToArray();
        Assert.Contains(calls, call =>
            call.DeclaringType == typeof(Doubling) && call.Name.EndsWith("Apply", StringComparison.Ordinal));
        var run = Assert.Single(calls, call => call.Name == "Run");
        Assert.Equal(typeof(Doubling), run.DeclaringType);
        Assert.Equal([typeof(long)], run.GetGenericArguments());
        Assert.Contains(calls, call => call.DeclaringType == typeof(IOperation) && call.Name == "Default");
        Assert.Contains(calls, call => call is ConstructorInfo && call.DeclaringType == typeof(Doubling));
        Assert.Contains(calls, call => call.DeclaringType == typeof(Doubling) && call.Name == nameof(ToString));
    }

    [Fact]
    public void The_scan_finds_features_through_helpers_type_arguments_lambdas_and_recursion()
    {
        Assert.Equal(KernelFeatures.None, KernelScan.Of(Method(nameof(Constants))).Features);
        Assert.Equal(
            KernelFeatures.GroupIndex,
            KernelScan.Of(Method(nameof(CallAll)).MakeGenericMethod(typeof(Doubling))).Features);
        Assert.Equal(
            KernelFeatures.GroupIndex | KernelFeatures.Rendezvous | KernelFeatures.Atomics,
            KernelScan.Of(Method(nameof(CallAll)).MakeGenericMethod(typeof(Waiting))).Features);
        Assert.Equal(KernelFeatures.SharedMemory, KernelScan.Of(Method(nameof(Recurse))).Features);
        Assert.Equal(KernelFeatures.Atomics, KernelScan.Of(Method(nameof(UseLambda))).Features);
    }

    [Fact]
    public void The_scan_says_where_a_feature_is_used()
    {
        var use = Assert.Single(KernelScan.Of(Method(nameof(Recurse))).Uses);
        Assert.Equal("SharedMemory.GetDynamic<Int32>", MethodName.Of(use.Member));
        Assert.Equal("FrontendTests.Recurse", MethodName.Of(use.Caller));
    }

    [Fact]
    public void Names_of_methods_read_as_in_the_source()
    {
        Assert.Equal(
            "FrontendTests.CallAll<FrontendTests.Doubling>",
            MethodName.Of(Method(nameof(CallAll)).MakeGenericMethod(typeof(Doubling))));
        Assert.Equal("Group.IdxX", MethodName.Of(typeof(Group).GetProperty(nameof(Group.IdxX))!.GetMethod!));
        Func<int, int> lambda = value => value + 1;
        Assert.Equal("FrontendTests.Names_of_methods_read_as_in_the_source.lambda", MethodName.Of(lambda.Method));
        Assert.Equal("FrontendTests.Names_of_methods_read_as_in_the_source.Local", MethodName.Of(((Func<int>)Local).Method));

        static int Local() => 3;
    }

    private static MethodInfo Method(string name) =>
        typeof(FrontendTests).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;

    private static double Constants(int x, float y)
    {
        var small = x * -100;
        var large = small + 123456789;
        var wide = large * -9_000_000_000;
        return (wide * 2.5) + (y * 1.5f);
    }

    private static int Choose(int value) => value switch
    {
        0 => 17,
        1 => 4,
        2 => 21,
        3 => 9,
        4 => 30,
        _ => 0,
    };

    private static int CallAll<T>(int value)
        where T : struct, IOperation
    {
        var operation = new T();
        var doubling = new Doubling(value);
        return T.Apply(value) + operation.Run(5L) + operation.Default() + operation.ToString()!.Length + doubling.Value;
    }

    private static int Recurse(int depth) => depth == 0 ? SharedMemory.GetDynamic<int>().IntLength : Recurse(depth - 1);

    private static int UseLambda(int value)
    {
        Func<int, int> add = number => Atomic.Add(ref number, 1);
        return add(value);
    }

    private readonly struct Doubling(int value) : IOperation
    {
        public int Value { get; } = value;

        static int IOperation.Apply(int value) => 2 * value;

        public int Run<T>(T value) => Value;

        public override string ToString() => "doubling";
    }

    private readonly struct Waiting : IOperation
    {
        public static int Apply(int value)
        {
            Group.Barrier();
            return value;
        }

        public int Run<T>(T value)
        {
            var counter = 0;
            return Atomic.Add(ref counter, 1);
        }

        public int Default() => 0;
    }
}
