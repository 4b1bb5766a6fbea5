using System.Runtime.CompilerServices;
using ILGPU.Backends.PTX;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>Takes back what ILGPU 1.5.3 writes wrongly, or for nothing, in PTX.</summary>
/// <remarks>
/// <para>With optimisation of level O2 it writes <c>bra.uni</c> where it takes a condition for the same in all threads of a warp.
/// It takes the index of a kernel without groups for the same, and so all that is loaded by it, and values that differ by the way
/// on which a thread came. Where threads part at such a branch, PTX does not define what happens. Branches without a condition
/// may keep the word.</para>
/// <para>It writes functions for what a back end was told to write in place (<see cref="DeviceArithmetic"/>),
/// which nothing calls.</para>
/// </remarks>
internal static class PtxCorrections
{
    private const string Function = ".visible .func";
    private const string Entry = ".visible .entry";

    public static PTXCompiledKernel Correct(PTXCompiledKernel kernel)
    {
        TextOf(kernel) = Correct(kernel.PTXAssembly);
        return kernel;
    }

    public static string Correct(string text) => KernelNames.Renumber(WithoutUniformBranches(WithoutFunctions(text)));

    private static string WithoutUniformBranches(string text) => string.Join('\n', text.Split('\n').Select(line =>
        line.TrimStart().StartsWith('@') ? line.Replace(" bra.uni", " bra", StringComparison.Ordinal) : line));

    private static string WithoutFunctions(string text)
    {
        var (first, entry) = (text.IndexOf(Function, StringComparison.Ordinal), text.IndexOf(Entry, StringComparison.Ordinal));
        return first >= 0 && first < entry && !text.Contains("call", StringComparison.Ordinal)
            ? text[..first] + text[entry..]
            : text;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<PTXAssembly>k__BackingField")]
    private static extern ref string TextOf(PTXCompiledKernel kernel);
}
