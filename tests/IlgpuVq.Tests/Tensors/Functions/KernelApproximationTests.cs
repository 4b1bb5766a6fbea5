using System.Text.RegularExpressions;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors.Kernels;
using Xunit;

namespace IlgpuVq.Tests.Tensors.Functions;

/// <summary>What devices would compute in their own way does not occur in the text of kernels.</summary>
public sealed partial class KernelApproximationTests
{
    private static readonly Lazy<IReadOnlyList<KernelText>> Texts = new(FunctionTour.Texts);

    [Fact]
    public void Kernels_for_CUDA_round_correctly_and_keep_small_numbers() => NoneHas(text => text.Ptx, Approximations());

    [Fact]
    public void Kernels_for_OpenCL_call_no_function_but_roots_and_magnitudes() => NoneHas(text => text.OpenCl ?? "", Functions());

    [Fact]
    public void No_kernel_needs_floats_of_64_bits()
    {
        NoneHas(text => text.Ptx, LongFloats());
        NoneHas(text => text.OpenCl ?? "", LongFloats());
    }

    private static void NoneHas(Func<KernelText, string> form, Regex word) => Assert.Equal(
        [], Texts.Value.SelectMany(text => word.Matches(form(text)).Select(match => $"{text.Name}: {match.Value}")).Distinct());

    [GeneratedRegex(@"\b[a-z0-9]+\.(approx|full)[a-z0-9.]*|\b[a-z0-9.]+\.ftz[a-z0-9.]*")]
    private static partial Regex Approximations();

    [GeneratedRegex(
        @"\b(native_|half_)?(exp|exp2|exp10|expm1|log|log2|log10|log1p|sin|cos|tan|sinh|cosh|tanh|asin|acos|atan|atan2|pow|" +
        @"pown|powr|rsqrt|cbrt|erf|erfc|recip|divide)\(")]
    private static partial Regex Functions();

    [GeneratedRegex(@"\bdouble\b|\.f64\b")]
    private static partial Regex LongFloats();
}
