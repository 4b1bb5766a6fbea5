using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Images;
using IlgpuVq.Models.Priors;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Reporting;

namespace IlgpuVq.Train.Training;

/// <summary>What is to be drawn of a prior.</summary>
/// <param name="Count">Images.</param>
internal sealed record PriorDrawing(int Count)
{
    /// <summary>The class of each, for a prior that knows classes.</summary>
    public IReadOnlyList<int>? Labels { get; init; }

    /// <summary>Indices that are known, −1 for those to draw: for each grid (Count, L, h, w); null for none.</summary>
    public IReadOnlyList<int[]>? Given { get; init; }

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

    /// <summary>How many images a picture has where nothing else is said: some rows of one of each class, as far as a picture
    /// has room for them.</summary>
    /// <param name="classes">Classes that the prior knows; 0 for none.</param>
    /// <param name="size">Of the images.</param>
    public static int DefaultCount(int classes, (int Height, int Width) size)
    {
        const int most = 40, mostRows = 8;
        return HasColumns(classes, size.Width)
            ? classes * Math.Min(Math.Clamp(most / classes, 1, mostRows), GridPicture.MostRows(size.Height, size.Width))
            : Math.Min(Math.Max(most, classes), GridPicture.Capacity(size.Height, size.Width));
    }

    /// <summary>Images that a picture shows at the most.</summary>
    /// <inheritdoc cref="DefaultCount"/>
    public static int MostOf(int classes, (int Height, int Width) size) => HasColumns(classes, size.Width)
        ? classes * GridPicture.MostRows(size.Height, size.Width)
        : GridPicture.Capacity(size.Height, size.Width);

    /// <summary>The class of each of so many images, all in turn.</summary>
    public static int[] InTurn(int classes, int count) => [.. Enumerable.Range(0, count).Select(i => i % classes)];

    /// <summary>All images as one picture.</summary>
    public DecodedImage ToPicture() => GridPicture.Plain(ToUnit(Pixels), Shape);

    /// <summary>The same of images of all classes in turn: a column for each class under its name; where a picture has no room
    /// for so many columns, in rows.</summary>
    /// <param name="classes">The names.</param>
    public DecodedImage ToPicture(IReadOnlyList<string> classes) => HasColumns(classes.Count, Shape.W)
        ? GridPicture.Labelled(ToUnit(Pixels), Shape, [.. classes.Take(Shape.N)])
        : ToPicture();

    /// <summary>Pixels in [0, 1] of such in [−0.5, 0.5].</summary>
    public static float[] ToUnit(float[] pixels)
    {
        var unit = new float[pixels.Length];
        PixelScale.ToUnit(pixels, unit);
        return unit;
    }

    private static bool HasColumns(int classes, int width) => classes > 0 && classes <= GridPicture.MostColumns(width);

    private static int[][] DrawCodes(CodePrior prior, PriorDrawing drawing, int first, int count)
    {
        using var job = prior.Device.BeginJob("draw codes");
        using var classes = prior.Classes > 0
            ? prior.Device.From<int>([.. Enumerable.Range(first, count).Select(i => drawing.Labels![i])], [count])
            : null;
        var all = prior.Layouts.Sum(layout => (long)layout.Height * layout.Width);
        var (done, grid) = (0L, 0);
        var grids = prior.Sample(count, classes, (layout, request) =>
        {
            var before = done;
            done += layout.Height * (long)layout.Width;
            var batches = (drawing.Count + AtOnce - 1) / AtOnce;
            return request with
            {
                First = first,
                Given = drawing.Given?[grid++]
                    .AsSpan(first * layout.IndicesPerImage, count * layout.IndicesPerImage).ToArray(),
                Options = drawing.Options,
                Progress = (places, _) => drawing.Progress?.Invoke(first / AtOnce * all + before + places, batches * all),
            };
        });
        var ids = grids.Select(codes => codes.Ids.ToArray()).ToArray();
        foreach (var codes in grids)
        {
            codes.Dispose();
        }

        return ids;
    }
}
