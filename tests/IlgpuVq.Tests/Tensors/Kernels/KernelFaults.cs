using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tests.Tensors.Kernels;

/// <summary>Finds in the text of a kernel what ILGPU 1.5.3 gets wrong without an error, and what would make it slow.</summary>
internal static partial class KernelFaults
{
    /// <summary>All fields of an instance, hidden ones too.</summary>
    public const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    public static IEnumerable<string> Find(KernelText text)
    {
        foreach (var fault in FindInPtx(text.Ptx))
        {
            yield return fault;
        }

        foreach (var fault in text.OpenCl is null ? [] : FindInOpenCl(text.OpenCl))
        {
            yield return fault;
        }
    }

    public static IEnumerable<string> FindInPtx(string text)
    {
        if (text.Contains(".extern .func", StringComparison.Ordinal))
        {
            yield return "PTX calls a function that nobody has";
        }

        if (text.Contains(".local", StringComparison.Ordinal))
        {
            yield return "PTX has memory of the thread: an array, or what did not stay in registers";
        }

        if (DivergentUniformBranch().IsMatch(text))
        {
            yield return "PTX promises for a branch that all threads of a warp take it alike";
        }

        foreach (Match constant in PtxConstant().Matches(text))
        {
            var bits = uint.Parse(constant.Groups[1].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (float.IsSubnormal(BitConverter.UInt32BitsToSingle(bits)))
            {
                yield return $"PTX has the bits of an integer as a float: {constant.Value}";
            }
        }
    }

    public static IEnumerable<string> FindInOpenCl(string text)
    {
        if (text.Contains("generic", StringComparison.Ordinal))
        {
            yield return "OpenCL C has a pointer without an address space";
        }

        foreach (Match constant in OpenClConstant().Matches(text))
        {
            // What is too small even for a subnormal would become a zero.
            var value = double.Parse(constant.Groups[1].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture);
            if (value != 0 && (float.IsSubnormal((float)value) || (float)value == 0))
            {
                yield return $"OpenCL C has the bits of an integer as a float: {constant.Value}";
            }
        }
    }

    [GeneratedRegex(@"@!?%p\d+\s+bra\.uni")]
    private static partial Regex DivergentUniformBranch();

    [GeneratedRegex("0f([0-9A-Fa-f]{8})")]
    private static partial Regex PtxConstant();

    [GeneratedRegex(@"(?<![\w.])(\d+\.\d*(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)f?(?![\w.])")]
    private static partial Regex OpenClConstant();
}
