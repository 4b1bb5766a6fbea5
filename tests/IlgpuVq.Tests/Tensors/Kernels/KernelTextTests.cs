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

    [Fact]
    public void No_kernel_has_memory_of_the_thread_on_cuda()
    {
        Assert.Equal([], Texts.Value.Where(text => text.Ptx.Contains(".local", StringComparison.Ordinal)).Select(text => text.Name));
    }

    [Theory]
    [InlineData("TensorCoreProduct.Multiply<", "LargeTiles, TensorFloat32>", 6, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", 4 * 8)]
    [InlineData("TensorCoreProduct.Multiply<", "SmallTiles, BFloat16>", 6, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", 2 * 4)]
    [InlineData("TensorCoreProduct.FindBest<", "TensorFloat32>", 1, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", 2 * 4)]
    public void Products_on_tensor_cores_multiply_a_tile_of_a_warp_in_one_go(
        string start, string end, int kernels, string instruction, int count)
    {
        var texts = Texts.Value.Where(text =>
            text.Name.StartsWith(start, StringComparison.Ordinal) && text.Name.EndsWith(end, StringComparison.Ordinal)).ToList();
        Assert.Equal(kernels, texts.Count);
        foreach (var text in texts)
        {
            Assert.Null(text.OpenCl);

            // The loop along k may be unrolled.
            var found = text.Ptx.Split(instruction).Length - 1;
            Assert.True(found > 0 && found % count == 0, $"{found} instructions");
            Assert.Contains("cp.async", text.Ptx, StringComparison.Ordinal);

            // What lies at constant distances needs one register: at most four for all reads of operands in a round.
            var reads = text.Ptx.Split('\n').SkipWhile(line => !line.Contains("cvt.rna.tf32") && !line.Contains("cvt.rn.bf16x2"))
                .TakeWhile(line => !line.Contains("mma.sync")).Where(line => line.Contains("ld.shared.f32"))
                .Select(line => line[line.IndexOf('[')..].Split('+', ']')[0]).Distinct();
            Assert.InRange(reads.Count(), 1, 4);
        }
    }

    [Fact]
    public void Element_wise_kernels_read_and_write_four_neighbours_at_once_on_cuda()
    {
        var text = Assert.Single(Texts.Value, text => text.Name == "Zip.ZipQuads<AddOperator>");
        Assert.Equal(2, text.Ptx.Split("ld.global.v4.f32").Length - 1);
        Assert.Equal(1, text.Ptx.Split("st.global.v4.f32").Length - 1);
    }
}
