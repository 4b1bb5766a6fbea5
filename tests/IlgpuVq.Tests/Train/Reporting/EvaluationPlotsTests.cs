using System.Text;
using System.Xml.Linq;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Models.Quantizers.Hierarchical;
using IlgpuVq.Models.Quantizers.Residual;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Training;
using OxyPlot;
using OxyPlot.Series;
using Xunit;

namespace IlgpuVq.Tests.Train.Reporting;

public sealed class EvaluationPlotsTests : IDisposable
{
    private static readonly VectorQuantizerOptions Vector = new() { CodebookSize = 6, CodeDim = 4 };

    private readonly Device device = Device.Open("cpu");

    public static TheoryData<string, QuantizerOptions, string[]> Kinds { get; } = new()
    {
        { "vector", Vector, ["codes-test", "codebook-test"] },
        { "heads", Vector with { Heads = 2 }, ["codes-test", "codebook-test-level-0", "codebook-test-level-1"] },
        {
            "residual", new ResidualQuantizerOptions { Layers = 2, Layer = Vector },
            ["codes-test", "codebook-test-level-0", "codebook-test-level-1"]
        },
        {
            "grouped", new GroupedResidualOptions { Groups = 2, Group = new() { Layers = 1, Layer = Vector } },
            ["codes-test", "codebook-test-level-0", "codebook-test-level-1"]
        },
        { "fsq", new FiniteScalarQuantizerOptions { Levels = [4, 3] }, ["codes-test", "codebook-test"] },
        { "one number", new FiniteScalarQuantizerOptions { Levels = [5] }, ["codes-test", "codebook-test"] },
        { "one-hot", new BinaryMapperOptions { Bits = 3 }, ["codes-test", "codebook-test"] },
        { "too wide", new BinaryMapperOptions { Bits = 9 }, ["codes-test", "no codebook-test"] },
        { "too many", new FiniteScalarQuantizerOptions { Levels = [32, 32, 32] }, ["codes-test", "no codebook-test"] },
        {
            "hierarchical", new HierarchicalOptions { CodebookSize = 6, CodeDim = 4, Scales = [1, 2] },
            [
                "codes-test-codes_1", "codebook-test-codes_1", "codes-test-codes_2", "codebook-test-codes_2",
                "codes-test-codes", "codebook-test-codes",
            ]
        },
    };

    public void Dispose() => device.Dispose();

    [Theory]
    [MemberData(nameof(Kinds), DisableDiscoveryEnumeration = true)]
    public void Every_kind_has_a_plot_of_its_use_and_maps_as_far_as_they_are_not_too_large(
        string kind, QuantizerOptions quantizer, string[] expected)
    {
        Assert.NotEmpty(kind);
        var options = new VqVaeOptions { Hidden = 8, ResidualHidden = 4, Quantizer = quantizer };
        using var model = options.Build(new ModuleScope(device, seed: 1));
        GridUsage[] grids = [.. model.Layouts(8, 8).Select(
            layout => Usage(layout.Name, [.. layout.CodebookSizes.Select(k => Counts(k))]))];

        EvaluationPlot[] plots = [.. EvaluationPlots.Of(new("some/photos", "test", 1, 1, 1, 1, 1, grids), model)];

        Assert.Equal(
            expected, plots.Select(plot => (plot.Svg is null ? "no " : "") + Path.GetFileNameWithoutExtension(plot.File)));
        Assert.All(plots, plot => Assert.True((plot.Svg is null) == (plot.WhyNone is not null)));
        Assert.All(plots.Where(plot => plot.Svg is not null), plot => AssertStandsAlone(plot.Svg!));
    }

    /// <summary>Rows of a level differ as its codes do, whatever the other levels add to all of them.</summary>
    [Fact]
    public void The_vectors_of_a_level_are_those_of_its_codebook_but_for_a_constant()
    {
        using var quantizer = new ResidualQuantizerOptions { Layers = 3, Layer = Vector }.Build(new ModuleScope(device, seed: 1));
        Codebook[] codebooks = [.. quantizer.Modules.OfType<Codebook>()];
        Assert.Equal(3, codebooks.Length);
        for (var level = 0; level < 3; level++)
        {
            var (vectors, codes) = (CodeVectors.Of(quantizer, level), codebooks[level].Codes.ToArray());
            Assert.Equal(codes.Length, vectors.Length);
            for (var i = 0; i < codes.Length; i++)
            {
                Assert.Equal(codes[i] - codes[i % 4], vectors[i] - vectors[i % 4], 1e-5f);
            }
        }
    }

    [Fact]
    public void The_use_of_codes_falls_from_the_most_used_and_leaves_the_dead_ones_out()
    {
        Assert.Equal([(0, 1, 9.0), (1, 2, 5.0), (2, 3, 1.0)], UsagePlot.Stairs([1, 0, 9, 5, 0]));
        Assert.Empty(UsagePlot.Stairs([0, 0]));
    }

    [Fact]
    public void A_million_codes_are_drawn_as_a_bounded_number_of_stairs_that_count_them_all()
    {
        double[] counts = [.. Enumerable.Range(0, 1 << 20).Select(i => (double)(i % 1000))];

        var stairs = UsagePlot.Stairs(counts);

        Assert.Equal(UsagePlot.MostStairs, stairs.Count);
        Assert.Equal(counts.Sum(), stairs.Sum(stair => (stair.To - stair.From) * stair.Count), 1e-3);
        Assert.Equal(counts.Count(count => count > 0), stairs[^1].To);
        Assert.True(stairs.Zip(stairs.Skip(1)).All(pair => pair.First.Count >= pair.Second.Count));
        Assert.InRange(ToSvg(UsagePlot.Of(Usage("codes", counts), "photos")).Length, 10_000, 200_000);
    }

    [Fact]
    public void The_plot_of_use_tells_perplexity_and_codes_in_use_and_dead_ones()
    {
        var text = Text(ToSvg(UsagePlot.Of(Usage("top", [3, 3, 0, 0]), "photos, test")));

        Assert.Contains("Use of top by photos, test", text, StringComparison.Ordinal);
        Assert.Contains("perplexity 2.0, 2 codes in use, 2 dead", text, StringComparison.Ordinal);

        text = Text(ToSvg(UsagePlot.Of(Usage("top", [3, 3, 0, 0], [1, 1, 1, 0]), "photos, test")));
        Assert.Contains("level 0: perplexity 2.0, 2 dead", text, StringComparison.Ordinal);
        Assert.Contains("level 1: perplexity 3.0, 1 dead", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_map_shows_dead_codes_apart_and_names_the_share_of_variance()
    {
        var plot = CodebookPlot.Of("map", [0, 0, 3, 0, 0, 1, 3, 1], 2, [7, 0, 2, 0]);

        Assert.Equal([2, 2], plot.Series.Cast<ScatterSeries>().Select(series => series.Points.Count));
        Assert.Equal([2, 7], ((ScatterSeries)plot.Series[1]).Points.Select(point => point.Value));
        var text = Text(ToSvg(plot));
        Assert.Contains("4 codes of 2 numbers, 2 dead", text, StringComparison.Ordinal);
        Assert.Contains("first principal component (90.0 % of the variance)", text, StringComparison.Ordinal);
        Assert.Contains("second principal component (10.0 % of the variance)", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 1f, 1, 1, 1 }, 2, new[] { 4.0, 0 }, 2)]
    [InlineData(new[] { 1f, 2 }, 1, new[] { 0.0, 0 }, 2)]
    [InlineData(new[] { 1f, 2, 3 }, 3, new[] { 5.0 }, 1)]
    [InlineData(new[] { 1f }, 1, new[] { 0.0 }, 1)]
    [InlineData(new[] { float.NaN, 1, 2, 2 }, 2, new[] { 1.0, 1 }, 1)]
    [InlineData(new[] { float.NaN, float.PositiveInfinity }, 1, new[] { 1.0, 0 }, 0)]
    public void Collapsed_single_dead_and_infinite_codes_have_a_map(float[] vectors, int width, double[] counts, int shown)
    {
        var plot = CodebookPlot.Of("map", vectors, width, counts);

        Assert.Equal(shown, plot.Series.Cast<ScatterSeries>().Sum(series => series.Points.Count));
        ToSvg(plot);
        ToSvg(UsagePlot.Of(Usage("codes", counts), "photos"));
    }

    private static double[] Counts(int k) => [.. Enumerable.Range(0, k).Select(i => i % 3 == 0 ? 0.0 : i)];

    private static GridUsage Usage(string name, params double[][] counts)
    {
        LevelUsage[] levels = [.. counts.Select(level => new LevelUsage(
            level.Count(count => count > 0), level.Count(count => count > 0), level.Count(count => count == 0), 0, level))];
        return new GridUsage(
            name, levels.Average(level => level.Perplexity), levels.Sum(level => level.CodesUsed), 0,
            levels.Sum(level => level.DeadCodes), 0, levels);
    }

    private static byte[] ToSvg(PlotModel plot)
    {
        var svg = SvgPlot.ToSvg(plot);
        AssertStandsAlone(svg);
        return svg;
    }

    /// <summary>Valid XML without a document type that shows nothing from elsewhere, and numbers alone.</summary>
    private static void AssertStandsAlone(byte[] svg)
    {
        using var stream = new MemoryStream(svg);
        var document = XDocument.Load(stream);
        Assert.Null(document.DocumentType);
        var root = document.Root!;
        Assert.Equal("{http://www.w3.org/2000/svg}svg", $"{root.Name}");
        Assert.DoesNotContain(
            root.DescendantsAndSelf().Attributes().Where(attribute => !attribute.IsNamespaceDeclaration),
            attribute => attribute.Name.LocalName == "href" || attribute.Value.Contains("://", StringComparison.Ordinal)
                || attribute.Value.Contains("NaN", StringComparison.Ordinal)
                || attribute.Value.Contains("Infinity", StringComparison.Ordinal));
    }

    private static string Text(byte[] svg) => string.Join(
        '\n', XDocument.Parse(Encoding.UTF8.GetString(svg).TrimStart('\uFEFF')).Descendants()
            .Where(part => part.Name.LocalName == "text").Select(part => part.Value));
}
