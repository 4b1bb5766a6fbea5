using System.Globalization;
using System.Runtime.CompilerServices;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors.Kernels.Tiles;
using IlgpuVq.Tests.Ptx.Decoding;
using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Measures;
using Xunit;

namespace IlgpuVq.Tests.Tensors.Kernels;

/// <summary>What the kernels that carry the work cost, read in their PTX, against a golden file.</summary>
/// <remarks>
/// The file was written by this test with <c>ILGPUVQ_WRITE_GOLDENS=1</c>, which writes it into the source folder and fails, so
/// that nobody leaves it on. It is rewritten when a kernel is changed on purpose; what changed is then read in its history.
/// </remarks>
public sealed class KernelCostTests
{
    private const string WriteVariable = "ILGPUVQ_WRITE_GOLDENS";

    /// <summary>Of a thread with 4 × 4 sums, for one tile in shared memory.</summary>
    private const int MultiplyAddsOfTile = 4 * 4 * Tile.Depth;

    private static readonly string[] Products = ["TileProduct.", "TensorCoreProduct."];

    private static readonly string[] Rows = ["KernelDevice.RowByGroup<", "ReduceKernel.", "Normalize."];

    [Fact]
    public void Registers_and_instructions_are_those_of_the_golden_file()
    {
        var table = Table(FunctionTour.Texts().Select(text => (text.Name, text.Ptx)));
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
        {
            File.WriteAllLines(SourcePath(), table);
            Assert.Fail($"wrote {SourcePath()}; run again without {WriteVariable}");
        }

        var golden = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Tensors", "Kernels", "Goldens", "kernels.txt"));
        Assert.Equal(golden, table);
    }

    [Fact]
    public void The_products_of_tiles_keep_their_sums_in_registers_and_read_shared_memory_in_quads()
    {
        var products = FunctionTour.Texts().Where(text => text.Name.StartsWith(Products[0], StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(products);
        foreach (var text in products)
        {
            var cost = LoopCost.OfRound(Decode(text.Ptx), MultiplyAddsOfTile);
            Assert.Equal(MultiplyAddsOfTile, cost.MultiplyAdds);
            Assert.Equal(2 * Tile.Depth, cost.SharedReads);
        }
    }

    /// <summary>One line per kernel, as rows of two tables in Markdown.</summary>
    private static List<string> Table(IEnumerable<(string Name, string Ptx)> texts)
    {
        var ordered = texts.OrderBy(text => text.Name, StringComparer.Ordinal).ToList();
        return
        [
            "| product | registers | instructions per multiply-add | in the innermost loop |",
            "|---|---|---|---|",
            .. ordered.Where(text => StartsWith(text.Name, Products)).Select(text => ProductRow(text.Name, Decode(text.Ptx))),
            "",
            "| kernel | registers | instructions per number read |",
            "|---|---|---|",
            .. ordered.Where(text => StartsWith(text.Name, Rows)).Select(text => ReadingRow(text.Name, Decode(text.Ptx))),
        ];
    }

    private static string ProductRow(string name, PtxKernel kernel)
    {
        var inner = LoopCost.OfProducts(kernel);
        var isTensorCore = name.StartsWith(Products[1], StringComparison.Ordinal);
        var round = LoopCost.OfRound(kernel, isTensorCore ? inner.MultiplyAdds : MultiplyAddsOfTile);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| `{name}` | {LiveRegisters.Most(kernel)} | {Ratio(round.Instructions, round.MultiplyAdds)} | "
                + $"{Ratio(inner.Instructions, inner.MultiplyAdds)} |");
    }

    private static string ReadingRow(string name, PtxKernel kernel)
    {
        var loops = LoopCost.OfInnermost(kernel).Where(loop => loop.GlobalReads > 0).ToList();
        var cost = loops.Count == 0 ? "no loop" : Ratio(
            loops.Sum(loop => loop.Instructions), loops.Sum(loop => loop.GlobalReads));
        return $"| `{name}` | {LiveRegisters.Most(kernel)} | {cost} |";
    }

    private static string Ratio(int a, int b) => string.Create(CultureInfo.InvariantCulture, $"{a / (double)b:F2}");

    private static PtxKernel Decode(string ptx)
    {
        using var memory = new DeviceMemory();
        return new PtxProgram(ptx, memory).Kernels.Values.Single();
    }

    private static bool StartsWith(string name, string[] starts) =>
        starts.Any(start => name.StartsWith(start, StringComparison.Ordinal));

    private static string SourcePath([CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "Goldens", "kernels.txt");
}
