using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ILGPU.Backends.OpenCL;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>Gives a kernel the same text in every process and on every device that is opened.</summary>
/// <remarks>ILGPU 1.5.3 numbers types, labels and parameters by one counter of all that it compiles, so that a text depends on
/// what was compiled before. Drivers keep what they have built under its text: only for the same one they need not build it
/// again. In a few kernels ILGPU also orders instructions by these numbers; their texts may still differ.</remarks>
internal static partial class KernelNames
{
    public static CLCompiledKernel Renumber(CLCompiledKernel kernel)
    {
        SourceOf(kernel) = Renumber(kernel.Source);
        return kernel;
    }

    /// <summary>Counts the numbers of these names from 0, in the order in which they come.</summary>
    public static string Renumber(string text)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        return Numbered().Replace(text, name =>
        {
            if (!numbers.TryGetValue(name.Value, out var number))
            {
                numbers.Add(name.Value, number = numbers.Count);
            }

            return string.Create(CultureInfo.InvariantCulture, $"{name.Groups["stem"].ValueSpan}_{number}");
        });
    }

    // Types and labels of both languages; the parameters of KernelEntry in PTX.
    [GeneratedRegex(@"\b(?<stem>type|L|_kernel|_i)_[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Numbered();

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<Source>k__BackingField")]
    private static extern ref string SourceOf(CLCompiledKernel kernel);
}
