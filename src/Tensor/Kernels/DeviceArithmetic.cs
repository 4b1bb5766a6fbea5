using System.Reflection;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;
using Value = ILGPU.IR.Value;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>Arithmetic that devices have and ILGPU 1.5.3 does not reach.</summary>
internal static class DeviceArithmetic
{
    /// <summary>a·b + c, rounded once: the same bits on every device.</summary>
    /// <remarks>ILGPU leaves <see cref="MathF.FusedMultiplyAdd"/> as a call of an unknown function,
    /// so its code is told here.</remarks>
    [IntrinsicImplementation]
    public static float Fma(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    /// <summary>Tells a context's back ends how to write these functions.</summary>
    public static void Register(IntrinsicImplementationManager manager)
    {
        var method = Find(nameof(Fma), BindingFlags.Public);
        manager.RegisterMethod(method, new PTXIntrinsic(
            Find(nameof(WritePtx), BindingFlags.NonPublic), IntrinsicImplementationMode.GenerateCode));
        manager.RegisterMethod(method, new CLIntrinsic(
            Find(nameof(WriteOpenCl), BindingFlags.NonPublic), IntrinsicImplementationMode.GenerateCode));
    }

    /// <summary>Makes barriers of groups in OpenCL C hold for shared memory, which they are there for.</summary>
    /// <remarks>ILGPU 1.5.3 writes a fence of global memory alone, which the specification of
    /// OpenCL does not call enough.</remarks>
    public static void FenceSharedMemory()
    {
        var flags = typeof(CLBackend).Assembly.GetType("ILGPU.Backends.OpenCL.CLInstructions")
            ?.GetField("MemoryFenceFlags", BindingFlags.Static | BindingFlags.NonPublic)?.GetValue(null) as string[]
            ?? throw new InvalidOperationException(
                "kernels: expected ILGPU 1.5.3, whose flags of fences are known; got another version.");
        flags[0] = "CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE";
    }

    private static MethodInfo Find(string name, BindingFlags visibility) =>
        typeof(DeviceArithmetic).GetMethod(name, BindingFlags.Static | visibility)!;

    private static void WritePtx(PTXBackend _, PTXCodeGenerator generator, Value value)
    {
        var call = (MethodCall)value;
        var (a, b, c) = (generator.LoadPrimitive(call[0]), generator.LoadPrimitive(call[1]), generator.LoadPrimitive(call[2]));
        using var command = generator.BeginCommand("fma.rn.f32");
        command.AppendArgument(generator.AllocateHardware(value));
        command.AppendArgument(a);
        command.AppendArgument(b);
        command.AppendArgument(c);
    }

    private static void WriteOpenCl(CLBackend _, CLCodeGenerator generator, Value value)
    {
        var call = (MethodCall)value;
        var (a, b, c) = (generator.Load(call[0]), generator.Load(call[1]), generator.Load(call[2]));
        using var statement = generator.BeginStatement(generator.Allocate(value), "fma");
        statement.BeginArguments();
        statement.AppendArgument(a);
        statement.AppendArgument(b);
        statement.AppendArgument(c);
        statement.EndArguments();
    }
}
