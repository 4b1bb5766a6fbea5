using IlgpuVq.Models.Priors;
using IlgpuVq.Train.Profiling;

namespace IlgpuVq.Train.Training;

/// <summary>How a prior does on each grid of codes, and on all together.</summary>
internal sealed record PriorScoring(IReadOnlyList<PriorScore> Grids)
{
    private const int AtOnce = 128;

    /// <summary>All grids together.</summary>
    public PriorScore Total => Grids.Aggregate((a, b) => a + b);

    /// <summary>Measures on a set.</summary>
    /// <param name="prior">What is measured.</param>
    /// <param name="codes">The set.</param>
    /// <param name="advance">Told how many images are measured.</param>
    public static PriorScoring Of(CodePrior prior, CodeSet codes, Action<long>? advance = null)
    {
        var sums = new PriorScore[prior.Grids.Count];
        for (var first = 0; first < codes.Count; first += AtOnce)
        {
            var count = Math.Min(AtOnce, codes.Count - first);
            using var job = prior.Device.BeginJob("score");
            using var batch = new CodeBatch(prior.Device, prior.Layouts, count, prior.Classes > 0);
            batch.Load(codes, [.. Enumerable.Range(first, count)]);
            var scores = prior.Score(batch.Codes, batch.Classes);
            for (var grid = 0; grid < sums.Length; grid++)
            {
                sums[grid] += scores[grid];
            }

            advance?.Invoke(first + count);
        }

        return new PriorScoring(sums);
    }
}
