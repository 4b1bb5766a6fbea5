using System.Globalization;
using IlgpuVq.Models.Metrics;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Reporting;

/// <summary>What an evaluation measured, for people: the figures of one run, or a table of several.</summary>
internal static class EvaluationFigures
{
    private const string None = "–";

    public static Figures Of(EvaluationResult result)
    {
        var figures = new Figures();
        figures.Add("data", $"{result.Data}, {result.Split}: {result.Images} images; model of step {result.Step}");
        figures.Add("MSE", $"{result.Mse:F6}");
        figures.Add("NMSE", $"{result.Nmse:F4}");
        figures.Add("PSNR", $"{result.Psnr:F2} dB; mean of images {result.MeanPsnr:F2} dB");
        AddSimilarities(figures, result);
        if (result.Perceptual is { } perceptual)
        {
            figures.Add("LPIPS", $"{perceptual:F4}");
        }

        if (result.Kl is { } kl)
        {
            figures.Add("KL", $"{kl:F2} nats per image");
        }

        foreach (var grid in result.Grids)
        {
            AddGrid(figures, grid, result.Grids.Count == 1 ? "" : $" {grid.Name}");
        }

        if (result.BitsPerPixel is { } bits)
        {
            figures.Add("rate", $"{bits:F4} bits per pixel, {result.BitsPerDimension:F4} of a dimension, at the codes' entropy");
        }

        AddPrior(figures, result.Prior);
        return figures;
    }

    /// <summary>A row for each run: rate, and distortion in each measure that some run has.</summary>
    public static TextTable TableOf(IReadOnlyList<EvaluationResult> results)
    {
        (string Name, Func<EvaluationResult, double?> Value, string Format)[] columns =
        [
            ("bits/pixel", result => result.BitsPerPixel, "F4"),
            ("prior's bits/pixel", result => result.Prior?.BitsPerImage / result.Pixels, "F4"),
            ("MSE", result => result.Mse, "F6"), ("NMSE", result => result.Nmse, "F4"), ("PSNR", result => result.Psnr, "F2"),
            ("SSIM", result => result.Ssim, "F4"), ("MS-SSIM", result => result.MsSsim, "F4"),
            ("LPIPS", result => result.Perceptual, "F4"),
            ("perplexity", result => result.Grids.Count == 0 ? null : result.Grids.Average(grid => grid.Perplexity), "F1"),
        ];
        var shown = columns.Where(column => results.Any(result => column.Value(result) is not null)).ToArray();
        var table = new TextTable(["run", "data", "step", .. shown.Select(column => column.Name)]);
        foreach (var result in results)
        {
            table.Add(
                [result.Run ?? None, $"{result.Data}, {result.Split}", $"{result.Step}", .. shown.Select(
                    column => column.Value(result)?.ToString(column.Format, CultureInfo.InvariantCulture) ?? None)]);
        }

        return table;
    }

    private static void AddSimilarities(Figures figures, EvaluationResult result)
    {
        const int least = StructuralSimilarity.LeastSide, scales = StructuralSimilarity.LeastSideOfScales;
        if (result.Ssim is { } ssim)
        {
            figures.Add("SSIM", $"{ssim:F4}");
        }
        else
        {
            figures.Add("SSIM", $"none: its window needs images of {least}×{least} pixels");
        }

        if (result.MsSsim is { } msSsim)
        {
            figures.Add("MS-SSIM", $"{msSsim:F4}");
        }
        else
        {
            figures.Add("MS-SSIM", $"none: its five scales need images of {scales}×{scales} pixels");
        }
    }

    private static void AddGrid(Figures figures, GridUsage grid, string name)
    {
        figures.Add($"perplexity{name}", $"{grid.Perplexity:F1}");
        figures.Add($"codes in use{name}", $"{grid.CodesUsed} of {grid.CodesUsed / grid.CodeUsage:F0} ({grid.CodeUsage:P1})");
        figures.Add($"dead codes{name}", $"{grid.DeadCodes}");
        figures.Add($"bits per image{name}", $"{grid.BitsPerImage:F0}, {grid.EntropyBitsPerImage:F1} at the codes' entropy");
        for (var level = 0; grid.Levels.Count > 1 && level < grid.Levels.Count; level++)
        {
            var own = grid.Levels[level];
            var codes = own.CodesUsed + own.DeadCodes;
            figures.Add(
                $"level {level}{name}",
                $"perplexity {own.Perplexity:F1}, {own.CodesUsed} of {codes} codes in use, {own.BitsPerImage:F0} bits");
        }

        if (grid.Levels is [var only])
        {
            figures.Add($"entropy{name}", $"{only.EntropyBits:F3} bits of an index");
        }
    }

    private static void AddPrior(Figures figures, PriorResult? prior)
    {
        if (prior is null)
        {
            return;
        }

        figures.Add("prior", $"{prior.NatsPerIndex:F4} nats of an index, {prior.Accuracy:P1} guessed");
        figures.Add("prior's bits per image", $"{prior.BitsPerImage:F1}, {prior.BitsPerDimension:F4} of a dimension");
        foreach (var grid in prior.Grids.Count > 1 ? prior.Grids : [])
        {
            figures.Add($"prior {grid.Name}", $"{grid.NatsPerIndex:F4} nats of an index, {grid.Accuracy:P1} guessed");
        }
    }
}
