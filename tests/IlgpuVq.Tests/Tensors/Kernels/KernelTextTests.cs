using System.Reflection;
using ILGPU;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using Xunit;

namespace IlgpuVq.Tests.Tensors.Kernels;

public class KernelTextTests
{
    private static readonly Lazy<IReadOnlyList<KernelText>> Texts = new(KernelText.All);

    [Fact]
    public void Every_kernel_of_the_primitives_is_shown()
    {
        var kernels = typeof(Device).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(method => method.GetParameters() is [var first, ..] && first.ParameterType == typeof(Index1D))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}")
            .ToList();
        Assert.NotEmpty(kernels);
        var shown = Texts.Value.Select(text => text.Name.Split('<')[0]).ToHashSet();
        Assert.Equal([], kernels.Where(kernel => !shown.Contains(kernel)));
        Assert.Equal(6, Texts.Value.Count(text => text.Name.StartsWith("TileProduct.Multiply<", StringComparison.Ordinal)));
        Assert.Contains(Texts.Value, text => text.Name.StartsWith("TileProduct.FindBest<", StringComparison.Ordinal));
    }

    [Fact]
    public void A_kernel_keeps_its_name_and_those_of_its_parameters()
    {
        var text = Assert.Single(Texts.Value, text => text.Name == "NearestCode.ScanCodes");
        Assert.StartsWith("kernel NearestCode.ScanCodes(", text.Form, StringComparison.Ordinal);
        Assert.Contains("kernel void ScanCodes(", text.OpenCl, StringComparison.Ordinal);
        Assert.Contains("global float* codebook = ", text.OpenCl, StringComparison.Ordinal);
        Assert.Contains(".visible .entry ScanCodes(", text.Ptx, StringComparison.Ordinal);
    }

    [Fact]
    public void The_kernels_that_carry_the_work_keep_their_sums_in_registers()
    {
        foreach (var text in Texts.Value.Where(text => text.Name.StartsWith("TileProduct.", StringComparison.Ordinal)))
        {
            Assert.DoesNotContain("Allocate Private", text.Form, StringComparison.Ordinal);
            Assert.DoesNotContain("goto", text.OpenCl, StringComparison.Ordinal);
            Assert.Equal(4 * 4, text.Form.Split("FusedMultiplyAdd").Length - 1);
        }
    }
}
