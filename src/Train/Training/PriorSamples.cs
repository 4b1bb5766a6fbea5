using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Images;
using IlgpuVq.Models.Priors;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>What is to be drawn of a prior.</summary>
/// <param name="Count">Images.</param>
internal sealed record PriorDrawing(int Count)
{
    /// <summary>The class of each, for a prior that knows classes.</summary>
    public IReadOnlyList<int>? Labels { get; init; }

    /// <summary>How an index is drawn.</summary>
    public SamplingOptions Options { get; init; } = new();

    /// <summary>Told how many indices are drawn, of all; null for nobody.</summary>
    public Action<long, long>? Progress { get; init; }
}

/// <summary>Images that a prior drew.</summary>
/// <param name="Pixels">(N, C, H, W) in [−0.5, 0.5].</param>
/// <param name="Shape">Their sizes.</param>
internal sealed record PriorSamples(float[] Pixels, (int N, int C, int H, int W) Shape)
{
    /// <summary>Grids that are drawn side by side: what they keep of each place is in memory.</summary>
    private const int AtOnce = 64;

    /// <summary>Draws images.</summary>
    /// <param name="prior">Of the codes.</param>
    /// <param name="model">What makes images of codes.</param>
    /// <param name="size">Of the images, in pixels.</param>
    /// <param name="drawing">How many, and how.</param>
    public static PriorSamples Draw(CodePrior prior, Autoencoder model, (int Height, int Width) size, PriorDrawing drawing)
    {
        var pass = new ImagePass(model, size.Height, size.Width);
        var pixels = new float[(long)drawing.Count * model.Options.Channels * size.Height * size.Width];
        var perImage = pixels.Length / drawing.Count;
        for (var first = 0; first < drawing.Count; first += AtOnce)
        {
            var codes = new CodeSet(
                prior.Layouts, DrawCodes(prior, drawing, first, Math.Min(AtOnce, drawing.Count - first)), Labels: null);
            codes.Decode(pass, AtOnce).CopyTo(pixels, (long)first * perImage);
        }

        return new PriorSamples(pixels, (drawing.Count, model.Options.Channels, size.Height, size.Width));
    }

    /// <summary>Writes them as one picture.</summary>
    public void Save(string path)
    {
        var unit = new float[Pixels.Length];
        PixelScale.ToUnit(Pixels, unit);
        PictureFile.Save(path, GridPicture.Plain(unit, Shape));
    }

    private static int[][] DrawCodes(CodePrior prior, PriorDrawing drawing, int first, int count)
    {
        using var classes = prior.Classes > 0
            ? prior.Device.From<int>([.. Enumerable.Range(first, count).Select(i => drawing.Labels![i])], [count])
            : null;
        var all = prior.Layouts.Sum(layout => (long)layout.Height * layout.Width);
        var done = 0L;
        var grids = prior.Sample(count, classes, (layout, request) =>
        {
            var before = done;
            done += layout.Height * (long)layout.Width;
            var batches = (drawing.Count + AtOnce - 1) / AtOnce;
            return request with
            {
                First = first,
                Options = drawing.Options,
                Progress = (places, _) => drawing.Progress?.Invoke(first / AtOnce * all + before + places, batches * all),
            };
        });
        var ids = grids.Select(grid => grid.Ids.ToArray()).ToArray();
        foreach (var grid in grids)
        {
            grid.Dispose();
        }

        return ids;
    }
}
