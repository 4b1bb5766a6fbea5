using System.Globalization;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Priors;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>Images of which a prior keeps a part of the codes and draws the others.</summary>
/// <remarks>
/// <para>The codes are those of the whole image, so what is kept may tell a little of what is not: as far as an encoder sees from
/// one place.</para>
/// <para>A prior that predicts an index from those before it completes a beginning of each grid, its first rows, exactly by
/// p(rest | kept); other parts are refused, for what is drawn above or left of something kept would not know it. One that
/// predicts hidden indices from all others completes any part. Grids are drawn one after the other: a coarser one does not know
/// what is kept of the finer ones.</para>
/// </remarks>
internal sealed class Completion
{
    /// <summary>Images that are encoded at once.</summary>
    private const int AtOnce = 64;

    private readonly CodePrior prior;
    private readonly ImagePass pass;
    private readonly Autoencoder model;
    private readonly (int Height, int Width) size, covered;
    private readonly bool[][] kept;

    /// <param name="prior">What draws.</param>
    /// <param name="model">What encodes and decodes.</param>
    /// <param name="part">What is kept, of images of the prior's size.</param>
    /// <param name="option">What the part was typed as, for messages.</param>
    /// <exception cref="RunException">No code is kept or none is left to draw, or the prior does not complete such a
    /// part.</exception>
    public Completion(CodePrior prior, Autoencoder model, KeptPart part, string option)
    {
        (this.prior, this.model, size) = (prior, model, part.Image);
        covered = StridePadding.SizeOf(model.Options, size.Height, size.Width);
        pass = new ImagePass(model, size.Height, size.Width);
        kept = [.. prior.Layouts.Select(grid => part.PlacesOf(grid, covered))];
        Check(option, part.Text);
    }

    /// <summary>Each image, what is kept of its reconstruction, grey around it, and what the prior makes of that.</summary>
    /// <param name="images">(M, C, H, W) in [−0.5, 0.5].</param>
    /// <param name="times">Completions of each, n.</param>
    /// <param name="labels">The class of each image, for a prior that knows classes.</param>
    /// <param name="drawing">How.</param>
    /// <returns>(M, 2 + n, C, H, W) in [−0.5, 0.5].</returns>
    public float[] Draw(float[] images, int times, IReadOnlyList<int>? labels, PriorDrawing drawing)
    {
        var length = model.Options.Channels * size.Height * size.Width;
        var count = images.Length / length;
        var codes = CodeSet.Of(
            pass, prior.Layouts, count, AtOnce, (first, part) => images.AsSpan(first * length, part * length).ToArray());
        var drawn = PriorSamples.Draw(prior, model, size, drawing with
        {
            Count = count * times,
            Labels = labels is null ? null : [.. labels.SelectMany(label => Enumerable.Repeat(label, times))],
            Given = [.. Enumerable.Range(0, kept.Length).Select(grid => Given(codes, grid, times))],
        }).Pixels;
        var reconstructions = codes.Decode(pass, AtOnce);
        Hide(reconstructions);
        var all = new float[(long)count * (2 + times) * length];
        for (var i = 0; i < count; i++)
        {
            var row = all.AsSpan(i * (2 + times) * length);
            images.AsSpan(i * length, length).CopyTo(row);
            reconstructions.AsSpan(i * length, length).CopyTo(row[length..]);
            drawn.AsSpan(i * times * length, times * length).CopyTo(row[(2 * length)..]);
        }

        return all;
    }

    /// <summary>The indices of a grid that are kept, and −1: of each image so many times.</summary>
    private int[] Given(CodeSet codes, int grid, int times)
    {
        var (ids, places, perImage) = (codes.Ids[grid], kept[grid], codes.Layouts[grid].IndicesPerImage);
        var given = new int[ids.Length * times];
        for (var i = 0; i < given.Length; i++)
        {
            var index = i % perImage; // level · places + place
            given[i] = places[index % places.Length] ? ids[i / perImage / times * perImage + index] : -1;
        }

        return given;
    }

    /// <summary>Makes grey what the finest grid does not keep.</summary>
    private void Hide(float[] images)
    {
        var finest = Enumerable.Range(0, kept.Length).MaxBy(grid => kept[grid].Length);
        var layout = prior.Layouts[finest];
        for (var i = 0; i < images.Length; i++)
        {
            var (row, x) = (i / size.Width, i % size.Width);
            var place = (row % size.Height * layout.Height / covered.Height * layout.Width) + x * layout.Width / covered.Width;
            images[i] = kept[finest][place] ? images[i] : 0;
        }
    }

    private void Check(string option, string typed)
    {
        if (!kept.Any(places => places.Contains(true)))
        {
            throw new RunException(option, "a part with a whole place of a code in it", typed, $"{Sizes()} Keep more.");
        }

        if (!kept.Any(places => places.Contains(false)))
        {
            throw new RunException(option, "a part that leaves some codes to draw", typed, $"{Sizes()} Keep less.");
        }

        for (var grid = 0; grid < kept.Length; grid++)
        {
            if (!prior.Grids[grid].KnowsAllGiven && !KeptPart.IsBeginning(kept[grid]))
            {
                throw new RunException(
                    option, "top or a part F of the rows, for a prior that draws row by row", typed,
                    "Keep rows from the top, or learn a prior that completes any part: train-prior --prior maskgit.");
            }
        }
    }

    private string Sizes() => string.Join(" ", prior.Layouts.Select(grid => string.Create(
        CultureInfo.InvariantCulture,
        $"A code of {grid.Name} stands for {covered.Width / (double)grid.Width:0.#}×{covered.Height / (double)grid.Height:0.#} "
            + $"pixels.")));
}
