using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors.MaskGit;

/// <summary>Draws grids from a prior that predicts hidden indices: in each of T passes an index is drawn at every hidden place,
/// and those are kept that the prior is surest of.</summary>
/// <remarks>
/// <para>After pass t, from 1, ⌊cos(π/2·t/T)·N⌋ of an image's N unknown indices stay hidden, at most one less than before. An
/// index is kept by its ln p and Gumbel noise of temperature τ·(1 − t/T), so that early choices are varied and late ones sure.
/// What is given is never hidden.</para>
/// <para>All random numbers are functions of the seed, the image's number, the pass and the index: an image is the same whatever
/// others it is drawn with, but for what rounding makes of its logits. Source: arXiv:2202.04200, section 3.2.</para>
/// </remarks>
internal sealed class ParallelDecoding
{
    /// <summary>The stream of noise on confidences; no other use has its number.</summary>
    private const ulong Confidences = 0x434F_4E46_4944_4E43;

    private readonly MaskGitPrior prior;
    private readonly SampleRequest request;
    private readonly LogitSampler sampler;
    private readonly int[] ids, drawn;
    private readonly float[] mask;
    private readonly double[] confidence;

    /// <param name="prior">What predicts.</param>
    /// <param name="request">Checked.</param>
    public ParallelDecoding(MaskGitPrior prior, SampleRequest request)
    {
        (this.prior, this.request, sampler) = (prior, request, new LogitSampler(request.Options));
        ids = request.Given?.ToArray() ?? [.. Enumerable.Repeat(-1, request.Count * PerImage)];
        mask = [.. ids.Select(id => id < 0 ? 1f : 0f)];
        (drawn, confidence) = (new int[ids.Length], new double[ids.Length]);
    }

    private int PerImage => prior.Layout.IndicesPerImage;

    private Shape Shape => [request.Count, prior.Layout.Levels, prior.Layout.Height, prior.Layout.Width];

    /// <summary>The grids, the caller's to dispose.</summary>
    public Tensor<int> Run()
    {
        int[] unknown = [.. Enumerable.Range(0, request.Count).Select(HiddenOf)];
        var (passes, places) = (request.Options.Passes, prior.Shape.Places);
        for (var pass = 1; pass <= passes && mask.Contains(1); pass++)
        {
            request.Stop.ThrowIfCancellationRequested();
            DrawHidden(pass);
            for (var b = 0; b < request.Count; b++)
            {
                var hidden = HiddenOf(b);
                var staying = pass == passes ? 0 : (int)(unknown[b] * Math.Cos(Math.PI / 2 * pass / passes));
                Keep(b, hidden - Math.Min(staying, Math.Max(0, hidden - 1)));
            }

            request.Progress?.Invoke(places * pass / passes, places);
        }

        return prior.Device.From<int>(ids, Shape);
    }

    private int HiddenOf(int b) => mask.AsSpan(b * PerImage, PerImage).Count(1f);

    /// <summary>Draws an index at each hidden place, and says how sure it is.</summary>
    private void DrawHidden(int pass)
    {
        var (options, levels, places) = (request.Options, prior.Layout.Levels, prior.Shape.Places);
        var noise = options.ChoiceTemperature * (1 - pass / (double)options.Passes);
        var logits = FindLogits();
        for (var i = 0; i < ids.Length; i++)
        {
            if (mask[i] == 0)
            {
                continue;
            }

            var (b, its) = (i / PerImage, i % PerImage);
            var (level, place) = (its / places, its % places);
            var k = prior.Layout.CodebookSizes[level];
            var row = logits[level].AsSpan((b * places + place) * k, k);
            var number = pass * PerImage + place * levels + level;
            drawn[i] = sampler.Draw(row, request.First + b, number);
            confidence[i] = LogProbability(row, drawn[i]) + (noise > 0 ? noise * Gumbel(request.First + b, number) : 0);
        }
    }

    private float[][] FindLogits()
    {
        using var known = prior.Device.From<int>(ids, Shape);
        using var hidden = prior.Device.From<float>(mask, Shape);
        using var tape = new Tape(prior.Device, recording: false);
        return Array.ConvertAll(
            prior.Logits(tape, known, hidden, request.Condition, StepContext.Inference), logits => logits.Value.ToArray());
    }

    /// <summary>Keeps so many of an image's hidden indices, the surest; of equal ones the first.</summary>
    private void Keep(int b, int count)
    {
        var hidden = Enumerable.Range(b * PerImage, PerImage).Where(i => mask[i] != 0);
        foreach (var i in hidden.OrderByDescending(i => confidence[i]).Take(count).ToArray())
        {
            (ids[i], mask[i]) = (drawn[i], 0);
        }
    }

    private static double LogProbability(ReadOnlySpan<float> logits, int code)
    {
        var (largest, sum) = ((double)logits[LogitSampler.Best(logits)], 0.0);
        foreach (var logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        return logits[code] - largest - Math.Log(sum);
    }

    /// <summary>A number of the Gumbel distribution, −ln(−ln u).</summary>
    private double Gumbel(int image, int number)
    {
        var (x, y, _, _) = Philox.Block(request.Options.Seed, Confidences ^ (ulong)image, (ulong)number);
        var uniform = (((ulong)x << 20 | y >> 12) + 0.5) / (1L << 52); // in (0, 1)
        return -Math.Log(-Math.Log(uniform));
    }
}
