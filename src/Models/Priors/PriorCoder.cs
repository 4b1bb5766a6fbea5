using IlgpuVq.Models.Entropy;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors;

/// <summary>Indices of images in as few bits as a prior says: the probabilities of an autoregressive prior, index by index,
/// drive a range coder.</summary>
/// <remarks>
/// <para>Images are gone through side by side. Grids follow each other in the order in which they are drawn; within one, places
/// row by row, at a place its levels, and of a level the images in turn.</para>
/// <para>What was encoded decodes where the prior computes the same bits: its device is one of
/// <see cref="DeviceOptions.Reproducible"/>. An image's bits then do not depend on those beside it either.</para>
/// </remarks>
public sealed class PriorCoder
{
    private readonly CodePrior prior;
    private readonly AutoregressivePrior[] grids;
    private readonly LogitFrequencies frequencies = new();

    /// <param name="prior">What says how probable an index is; stays the caller's.</param>
    /// <exception cref="NotSupportedException">It gives no index a probability, or has too many codes.</exception>
    public PriorCoder(CodePrior prior)
    {
        this.prior = prior;
        grids = [.. prior.Grids.Select(grid => grid as AutoregressivePrior ?? throw new NotSupportedException(
            $"prior coder: expected a prior that predicts index after index; got {grid.GetType().Name}."))];
        if (prior.Layouts.Any(layout => layout.CodebookSizes.Any(k => k > LogitFrequencies.MostCodes)))
        {
            throw new NotSupportedException($"prior coder: expected at most {LogitFrequencies.MostCodes} codes; got more.");
        }
    }

    /// <summary>Told how many places are done again, of all images together; null for nobody.</summary>
    public Action<int>? Progress { get; init; }

    /// <summary>Ends it early by an exception.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Whether a prior can code: it predicts index after index.</summary>
    public static bool Suits(CodePrior prior) => prior.Grids.All(grid => grid is { IsLikelihood: true } and AutoregressivePrior);

    /// <summary>Writes indices.</summary>
    /// <param name="codes">For each grid of the prior, in its order, the indices (B, L, h, w).</param>
    /// <param name="classes">(B); null for a prior that knows none.</param>
    /// <param name="target">Gets them.</param>
    /// <returns>−log₂ p of all, in bits.</returns>
    /// <exception cref="ArgumentException">They are not what the prior is of.</exception>
    public double Encode(IReadOnlyList<int[]> codes, int[]? classes, RangeEncoder target) =>
        Code(codes, classes, code => target.Encode(frequencies.StartOf(code), frequencies.FrequencyOf(code)));

    /// <summary>−log₂ p of all indices, in bits; nothing is written.</summary>
    /// <inheritdoc cref="Encode"/>
    public double BitsOf(IReadOnlyList<int[]> codes, int[]? classes) => Code(codes, classes, _ => { });

    /// <summary>Reads indices.</summary>
    /// <param name="count">Images, B.</param>
    /// <param name="classes">(B); null for a prior that knows none.</param>
    /// <param name="source">Where they are written.</param>
    /// <returns>For each grid of the prior, in its order, the indices (B, L, h, w).</returns>
    /// <exception cref="ArgumentException">The classes are not what the prior knows.</exception>
    public IReadOnlyList<int[]> Decode(int count, int[]? classes, RangeDecoder source) => Walk(count, classes, (_, _) =>
    {
        var code = frequencies.CodeAt(source.Target);
        source.Take(frequencies.StartOf(code), frequencies.FrequencyOf(code));
        return code;
    });

    private double Code(IReadOnlyList<int[]> codes, int[]? classes, Action<int> write)
    {
        var count = codes.Count == grids.Length ? codes[0].Length / prior.Layouts[0].IndicesPerImage : 0;
        if (count == 0 || codes.Zip(prior.Layouts).Any(its => its.First.Length != count * its.Second.IndicesPerImage)
            || codes.Zip(prior.Layouts).Any(its => !AreCodes(its.First, its.Second)))
        {
            throw new ArgumentException(
                $"prior coder: expected indices of the grids {string.Join(", ", prior.Layouts.Select(layout => layout.Name))}, "
                    + "of the same images and below their numbers of codes; got others.", nameof(codes));
        }

        var bits = 0.0;
        Walk(count, classes, (grid, i) =>
        {
            var code = codes[grid][i];
            bits += frequencies.BitsOf(code);
            write(code);
            return code;
        });
        return bits;
    }

    /// <summary>Goes through all indices in their order.</summary>
    /// <param name="count">Images, B.</param>
    /// <param name="classes">(B)</param>
    /// <param name="next">The index at a place (of a grid, in B, L, h, w) whose frequencies are loaded.</param>
    private List<int[]> Walk(int count, int[]? classes, Func<int, int, int> next)
    {
        if ((prior.Classes > 0 ? count : 0) != (classes?.Length ?? 0)
            || classes?.Any(its => its < 0 || its >= prior.Classes) == true)
        {
            var rule = prior.Classes > 0 ? $"{count} classes from 0 to {prior.Classes - 1}" : "no classes";
            throw new ArgumentException(
                $"prior coder: expected {rule}; got {(classes is null ? "none" : string.Join(", ", classes.Take(8)))}.",
                nameof(classes));
        }

        using var labels = classes is null ? null : prior.Device.From<int>(classes, [count]);
        var known = new List<CodeGrid>();
        var codes = new List<int[]>();
        try
        {
            for (var grid = 0; grid < grids.Length; grid++)
            {
                var layout = prior.Layouts[grid];
                codes.Add(WalkGrid(grid, count, new PriorCondition(labels, [.. known]), next));
                known.Add(new CodeGrid(
                    layout.Name, prior.Device.From<int>(codes[grid], [count, layout.Levels, layout.Height, layout.Width]),
                    layout.CodebookSizes));
            }

            return codes;
        }
        finally
        {
            known.ForEach(its => its.Dispose());
        }
    }

    private int[] WalkGrid(int grid, int count, PriorCondition condition, Func<int, int, int> next)
    {
        var layout = prior.Layouts[grid];
        var (levels, places) = (layout.Levels, layout.Height * layout.Width);
        var codes = new int[count * layout.IndicesPerImage];
        var chosen = new int[count];
        using var steps = new PriorSteps(grids[grid], count, condition);
        for (var place = 0; place < places; place++)
        {
            Stop.ThrowIfCancellationRequested();
            for (var level = 0; level < levels; level++)
            {
                var logits = steps.Logits();
                var k = layout.CodebookSizes[level];
                for (var b = 0; b < count; b++)
                {
                    var i = (b * levels + level) * places + place;
                    frequencies.Load(logits.Slice(b * k, k));
                    chosen[b] = codes[i] = next(grid, i);
                }

                steps.Choose(chosen);
            }

            Progress?.Invoke(count);
        }

        return codes;
    }

    private static bool AreCodes(int[] ids, CodeLayout layout)
    {
        var places = layout.Height * layout.Width;
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)layout.CodebookSizes[i / places % layout.Levels])
            {
                return false;
            }
        }

        return true;
    }
}
