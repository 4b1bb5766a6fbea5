using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Train.Training;

/// <summary>The codes of one level of a grid.</summary>
/// <param name="Grid">The grid.</param>
/// <param name="Level">The level; null where the grid has one.</param>
/// <param name="Size">K, the codes that there are.</param>
/// <param name="Codes">Those that are looked at: all, or of very many those that are used most.</param>
/// <param name="Vectors">Their vectors (codes, <paramref name="Width"/>).</param>
/// <param name="Width">D.</param>
/// <param name="Counts">How often each of them was chosen; none where no images were at hand.</param>
/// <param name="Indices">How many indices were chosen, of all codes.</param>
internal sealed record SurveyedLevel(
    string Grid, int? Level, int Size, IReadOnlyList<int> Codes, float[] Vectors, int Width, IReadOnlyList<double> Counts,
    double Indices);

/// <summary>An image and its codes.</summary>
/// <param name="Original">As it is.</param>
/// <param name="Reconstruction">What the model makes of it.</param>
/// <param name="Indices">Of each grid (L, h, w).</param>
internal sealed record SurveyedImage(DecodedImage Original, DecodedImage Reconstruction, IReadOnlyList<int[]> Indices);

/// <summary>How the codes of a model lie, how often some images use them, and where the first of these do.</summary>
/// <param name="Data">Which images; null where none were at hand.</param>
/// <param name="Images">How many.</param>
/// <param name="Layouts">How the indices of an image lie.</param>
/// <param name="Levels">Each level of each grid.</param>
/// <param name="Usage">How each grid is used; none without images.</param>
/// <param name="Examples">Some of the images.</param>
internal sealed record CodeSurvey(
    string? Data, int Images, IReadOnlyList<CodeLayout> Layouts, IReadOnlyList<SurveyedLevel> Levels,
    IReadOnlyList<GridUsage> Usage, IReadOnlyList<SurveyedImage> Examples)
{
    /// <summary>Images at most whose codes are counted; fewer where they have more than <see cref="MostPixels"/> in
    /// all.</summary>
    public const int MostImages = 512;

    /// <summary>Images that are shown with their codes.</summary>
    public const int MostExamples = 6;

    /// <summary>Codes of a level that are looked at.</summary>
    public const int MostCodes = 2048;

    // So that a survey is a matter of seconds, not minutes.
    private const int MostPixels = 1 << 19;

    /// <summary>Looks at a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">Images, the first of which are taken; null for none.</param>
    /// <returns>Null for a model without codes.</returns>
    public static CodeSurvey? Of(Autoencoder model, ImageDataSet? data)
    {
        var quantizers = model.Quantizers
            .SelectMany(images => images.Layouts(1, 1).Select(layout => (layout.Name, images.Quantizer)))
            .ToDictionary(pair => pair.Name, pair => pair.Quantizer);
        if (quantizers.Count == 0)
        {
            return null;
        }

        var (layouts, usage, images, examples) = data is null
            ? ([.. model.Quantizers.SelectMany(quantizer => quantizer.Layouts(1, 1))], [], 0, [])
            : Count(model, data);
        return new CodeSurvey(
            data is null ? null : $"{Path.GetFileName(data.Name)}, {data.Split}", images, layouts,
            [.. from layout in layouts
                from level in Enumerable.Range(0, layout.Levels)
                select LevelOf(layout, level, quantizers[layout.Name], usage.FirstOrDefault(grid => grid.Name == layout.Name))],
            usage, examples);
    }

    private static SurveyedLevel LevelOf(CodeLayout layout, int level, Quantizer quantizer, GridUsage? usage)
    {
        var size = layout.CodebookSizes[level];
        var counts = usage?.Levels[level].Counts;
        int[] codes = size <= MostCodes ? [.. Enumerable.Range(0, size)]
            : [.. Enumerable.Range(0, size).OrderByDescending(code => counts?[code] ?? 0).Take(MostCodes).Order()];
        return new SurveyedLevel(
            layout.Name, layout.Levels == 1 ? null : level, size, codes, CodeVectors.Of(quantizer, level, codes),
            quantizer.OutputWidth, counts is null ? [] : [.. codes.Select(code => counts[code])], counts?.Sum() ?? 0);
    }

    private static (CodeLayout[] Layouts, GridUsage[] Usage, int Images, SurveyedImage[] Examples) Count(
        Autoencoder model, ImageDataSet data)
    {
        var pixels = (long)data.Height * data.Width;
        var images = (int)Math.Min(data.Count, Math.Clamp(MostPixels / pixels, MostExamples, MostImages));
        var pass = new ImagePass(model, data.Height, data.Width);
        CodeLayout[] layouts = [.. pass.Layouts.OfType<CodeLayout>()];
        CodeCounts[] counts = [.. layouts.Select(layout => new CodeCounts(layout))];
        var examples = new List<SurveyedImage>();
        var batch = pass.AtOnce(images);
        for (var first = 0; first < images; first += batch)
        {
            var count = Math.Min(batch, images - first);
            var originals = new float[(long)count * data.ImageLength];
            data.ReadBatch([.. Enumerable.Range(first, count)], originals, new int[count]);
            var codes = pass.Encode(originals);
            for (var grid = 0; grid < counts.Length; grid++)
            {
                counts[grid].Add((int[])codes[grid]);
            }

            AddExamples(examples, pass, layouts, data, originals, codes);
        }

        return (layouts, [.. counts.Select(grid => grid.ToUsage(model.Device))], images, [.. examples]);
    }

    /// <summary>Adds the first of a batch, as long as some are wanted.</summary>
    private static void AddExamples(
        List<SurveyedImage> examples, ImagePass pass, CodeLayout[] layouts, ImageDataSet data, float[] originals, Array[] codes)
    {
        var count = Math.Min(MostExamples - examples.Count, originals.Length / data.ImageLength);
        if (count == 0)
        {
            return;
        }

        int[][] own = [.. codes.Zip(layouts, (grid, layout) => ((int[])grid)[..(count * layout.NumbersPerImage)])];
        var reconstructions = pass.Decode([.. own]);
        for (var i = 0; i < count; i++)
        {
            examples.Add(new SurveyedImage(
                Picture(originals, i), Picture(reconstructions, i),
                [.. own.Zip(layouts, (grid, layout) => grid[(i * layout.NumbersPerImage)..((i + 1) * layout.NumbersPerImage)])]));
        }

        DecodedImage Picture(float[] all, int image)
        {
            var unit = new float[data.ImageLength];
            PixelScale.ToUnit(all.AsSpan(image * data.ImageLength, data.ImageLength), unit);
            return ImageGrid.Single(unit, (data.Channels, data.Height, data.Width));
        }
    }
}
