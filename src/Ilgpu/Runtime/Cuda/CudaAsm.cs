using System.Diagnostics.CodeAnalysis;

namespace ILGPU.Runtime.Cuda;

/// <summary>Instructions of PTX in a kernel, for what C# has no word for.</summary>
/// <remarks>
/// <para><c>%0</c>, <c>%1</c>, … stand for the registers of the arguments, <c>%%</c> for a percent sign. The text has to be a constant;
/// registers that it declares itself belong between braces. Only kernels for CUDA may come to such a call:
/// <see cref="IsSupported"/> is a constant in kernels, so the other way of a branch on it is not even read.</para>
/// <para>With <c>Emit</c> arguments are read, except for a first one that is <c>out</c>. With <c>EmitRef</c> each is an
/// <see cref="Input{T}"/>, an <see cref="Output{T}"/> or a <see cref="Ref{T}"/>, which is read and written.</para>
/// </remarks>
[SuppressMessage("Design", "CA1021:Avoid out parameters", Justification = "The API of ILGPU.")]
[SuppressMessage("Design", "CA1045:Do not pass types by reference", Justification = "The API of ILGPU.")]
public static partial class CudaAsm
{
    /// <summary>Whether the code runs on a CUDA device.</summary>
    public static bool IsSupported => false;

    public static void Emit(string asm) => throw NotHere();

    public static void Emit<T0>(string asm, T0 arg0) => throw NotHere();

    public static void Emit<T0>(string asm, out T0 arg0) => throw NotHere();

    public static void Emit<T0, T1>(string asm, T0 arg0, T1 arg1) => throw NotHere();

    public static void Emit<T0, T1>(string asm, out T0 arg0, T1 arg1) => throw NotHere();

    public static void Emit<T0, T1, T2>(string asm, T0 arg0, T1 arg1, T2 arg2) => throw NotHere();

    public static void Emit<T0, T1, T2>(string asm, out T0 arg0, T1 arg1, T2 arg2) => throw NotHere();

    public static void Emit<T0, T1, T2, T3>(string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3) => throw NotHere();

    public static void Emit<T0, T1, T2, T3>(string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3) => throw NotHere();

    public static void Emit<T0, T1, T2, T3, T4>(string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4) => throw NotHere();

    public static void Emit<T0, T1, T2, T3, T4>(string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4) => throw NotHere();

    public static void Emit<T0, T1, T2, T3, T4, T5>(
        string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5) => throw NotHere();

    public static void Emit<T0, T1, T2, T3, T4, T5>(
        string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5) => throw NotHere();

    public static void Emit<T0, T1, T2, T3, T4, T5, T6>(
        string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6) => throw NotHere();

    public static void Emit<T0, T1, T2, T3, T4, T5, T6>(
        string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6) => throw NotHere();

    public static void Emit<T0, T1, T2, T3, T4, T5, T6, T7>(
        string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, T7 arg7) => throw NotHere();

    public static void Emit<T0, T1, T2, T3, T4, T5, T6, T7>(
        string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, T7 arg7) => throw NotHere();

    public static void Emit<T0, T1, T2, T3, T4, T5, T6, T7, T8>(
        string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, T7 arg7, T8 arg8) => throw NotHere();

    public static void Emit<T0, T1, T2, T3, T4, T5, T6, T7, T8>(
        string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, T7 arg7, T8 arg8) => throw NotHere();

    public static void Emit<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9>(
        string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, T7 arg7, T8 arg8, T9 arg9) => throw NotHere();

    public static void Emit<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9>(
        string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3, T4 arg4, T5 arg5, T6 arg6, T7 arg7, T8 arg8,
        T9 arg9) => throw NotHere();

    private static InvalidKernelOperationException NotHere() =>
        new("CudaAsm.Emit: expected a kernel on a CUDA device; got another place. Ask CudaAsm.IsSupported first.");
}
