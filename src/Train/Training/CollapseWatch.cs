using System.Globalization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>Notices where all images come to have the same few codes: of each grid, or level of one, for itself.</summary>
/// <remarks>
/// <para>A line of metrics shows a collapse where its perplexity is below <see cref="LeastPerplexity"/>, where a single code is
/// in use, or fewer than <see cref="LeastShare"/> of those that could be: no more than K, and no more than the latent vectors
/// that were seen.</para>
/// <para>It is told once all lines over <see cref="Patience"/> steps show it, none of the first <see cref="Warmup"/> steps among
/// them: then an encoder has not learnt yet what to tell apart. It is told again after a line that shows none.</para>
/// </remarks>
internal sealed class CollapseWatch
{
    /// <summary>Steps of a run in which few codes mean nothing.</summary>
    public const long Warmup = 200;

    /// <summary>Steps over which a collapse must last.</summary>
    public const long Patience = 200;

    /// <summary>As if two codes were in use.</summary>
    public const double LeastPerplexity = 2;

    /// <summary>The least part of the codes.</summary>
    public const double LeastShare = 0.02;

    /// <summary>Of fewer codes, or fewer latent vectors in a step, a perplexity below 2 is nothing strange.</summary>
    private const long LeastChoice = 8;

    private readonly RunConfig config;
    private readonly Place[] places;

    /// <param name="config">Of the run.</param>
    /// <param name="layouts">The grids of codes.</param>
    public CollapseWatch(RunConfig config, IReadOnlyList<CodeLayout> layouts)
    {
        this.config = config;
        places = [.. layouts.SelectMany(layout => PlacesOf(layout, layouts.Count))];
    }

    /// <summary>What has newly collapsed by a line, in words; null for nothing.</summary>
    /// <param name="line">The figures.</param>
    /// <param name="steps">How many steps they are of.</param>
    public string? Look(MetricsLine line, long steps)
    {
        if (line.Step - steps < Warmup)
        {
            return null;
        }

        var images = Math.Min(steps * config.Run.ImagesPerStep, config.Data.Count > 0 ? config.Data.Count : long.MaxValue);
        var collapsed = Array.FindAll(places, place => place.IsNewlyCollapsed(line, steps, config.Run.Batch, images));
        return collapsed.Length == 0 ? null : string.Join("; ", collapsed.Select(place => place.Describe(line)));
    }

    private static IEnumerable<Place> PlacesOf(CodeLayout layout, int grids) => layout.Levels == 1
        ? [new(layout, level: 0, layout.Name, MetricNames.Perplexity(layout, grids), MetricNames.CodesUsed(layout, grids))]
        : Enumerable.Range(0, layout.Levels).Select(level => new Place(
            layout, level, $"{layout.Name}, level {level}", MetricNames.Perplexity(layout, grids, level),
            MetricNames.CodesUsed(layout, grids, level)));

    /// <summary>A grid, or one of its levels.</summary>
    private sealed class Place(CodeLayout layout, int level, string name, string perplexity, string codesUsed)
    {
        private readonly long codes = layout.CodebookSizes[level];
        private readonly long vectors = (long)layout.Height * layout.Width;

        /// <summary>The step before the first line that shows the collapse; null where the last one shows none.</summary>
        private long? since;
        private bool isTold;

        public bool IsNewlyCollapsed(MetricsLine line, long steps, long batch, long images)
        {
            if (line[codesUsed] == 0)
            {
                return false; // quantize dropout left the level out in all steps
            }

            if (!IsShownBy(line, Math.Min(codes, batch * vectors), Math.Min(codes, images * vectors)))
            {
                (since, isTold) = (null, false);
                return false;
            }

            since ??= line.Step - steps;
            if (isTold || line.Step - since < Patience)
            {
                return false;
            }

            isTold = true;
            return true;
        }

        public string Describe(MetricsLine line) => string.Create(CultureInfo.InvariantCulture,
            $"{name}: expected many of {codes} codes in use; got {line[codesUsed]:0} and perplexity {line[perplexity]:F1}, "
            + $"few in all lines since step {since}");

        /// <param name="line">The figures.</param>
        /// <param name="most">Codes that could be in use in a step.</param>
        /// <param name="mostOfAll">Codes that could be in use in all of its steps.</param>
        private bool IsShownBy(MetricsLine line, long most, long mostOfAll) =>
            (most >= LeastChoice && line[perplexity] < LeastPerplexity) || line[codesUsed] < LeastShare * mostOfAll ||
            (mostOfAll > 1 && line[codesUsed] == 1);
    }
}
