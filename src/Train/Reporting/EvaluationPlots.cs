using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Reporting;

/// <summary>A plot of an evaluation, or why there is none.</summary>
/// <param name="File">Its name in the run's folder.</param>
/// <param name="Svg">Its content; null for none.</param>
/// <param name="WhyNone">What there would be too much of; null for a plot.</param>
internal sealed record EvaluationPlot(string File, byte[]? Svg, string? WhyNone = null);

/// <summary>What an evaluation shows: the use of each grid's codes, and a map of each codebook.</summary>
internal static class EvaluationPlots
{
    /// <summary>Codes on all maps of a grid.</summary>
    public const int MostCodes = 16384;

    /// <summary>Numbers of a code on a map: the covariance has their square.</summary>
    public const int WidestCode = 256;

    /// <summary>Draws one after the other.</summary>
    public static IEnumerable<EvaluationPlot> Of(EvaluationResult result, Module model)
    {
        var quantizers = model.Modules.OfType<ImageQuantizer>()
            .SelectMany(images => images.Layouts(1, 1).Select(layout => (layout.Name, images.Quantizer)))
            .ToDictionary(pair => pair.Name, pair => pair.Quantizer);
        foreach (var grid in result.Grids)
        {
            var name = result.Grids.Count == 1 ? "" : $"-{grid.Name}";
            yield return new EvaluationPlot(
                $"codes-{result.Split}{name}.svg",
                SvgPlot.ToSvg(UsagePlot.Of(grid, $"{Path.GetFileName(result.Data)}, {result.Split}")));
            foreach (var map in MapsOf(result, grid, quantizers[grid.Name], $"codebook-{result.Split}{name}"))
            {
                yield return map;
            }
        }
    }

    /// <summary>A map for each level, as long as there are not too many codes.</summary>
    private static IEnumerable<EvaluationPlot> MapsOf(EvaluationResult result, GridUsage grid, Quantizer quantizer, string name)
    {
        var codes = 0L;
        for (var l = 0; l < grid.Levels.Count; l++)
        {
            var level = grid.Levels.Count == 1 ? "" : $", level {l}";
            var file = grid.Levels.Count == 1 ? $"{name}.svg" : $"{name}-level-{l}.svg";
            var counts = grid.Levels[l].Counts;
            codes += counts.Count;
            if (codes > MostCodes)
            {
                yield return new EvaluationPlot(file, Svg: null, $"{codes} codes, maps have at most {MostCodes}");
            }
            else if (quantizer.OutputWidth > WidestCode)
            {
                yield return new EvaluationPlot(
                    file, Svg: null, $"codes of {quantizer.OutputWidth} numbers, maps have at most {WidestCode}");
            }
            else
            {
                var title = $"Codebook of {grid.Name}{level}, used by {Path.GetFileName(result.Data)}, {result.Split}";
                yield return new EvaluationPlot(file, SvgPlot.ToSvg(
                    CodebookPlot.Of(title, CodeVectors.Of(quantizer, l), quantizer.OutputWidth, counts)));
            }
        }
    }
}
