using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Train.Training;

/// <summary>How often each code of a codebook was chosen.</summary>
/// <param name="Name">Which of the model's codebooks it is.</param>
/// <param name="Counts">(K)</param>
internal readonly record struct CodeUsage(string Name, IReadOnlyList<float> Counts);

/// <summary>Adds up the figures of training steps on the device, so that a step waits for nothing; read once per log
/// line.</summary>
/// <remarks>Part of a checkpoint: a resumed run's next log line covers the steps before the stop too.</remarks>
internal sealed class MetricSums : IDisposable
{
    private readonly Tensor<float> steps;
    private readonly SortedDictionary<string, Tensor<float>> sums = new(StringComparer.Ordinal);
    private readonly GridSums[] grids;

    /// <param name="device">Where the figures are.</param>
    /// <param name="figures">Their names.</param>
    /// <param name="layouts">The grids of codes.</param>
    public MetricSums(Device device, IEnumerable<string> figures, IReadOnlyList<CodeLayout> layouts)
    {
        steps = Primitive.Fill(device, [], 0);
        foreach (var name in figures)
        {
            sums[name] = Primitive.Fill(device, [], 0);
        }

        grids = [.. layouts.Select(layout => new GridSums(device, layout))];
    }

    public IEnumerable<NamedTensor> State =>
    [
        Named("steps", steps),
        .. sums.Select(sum => Named(sum.Key, sum.Value)),
        .. grids.Select(grid => Named(MetricNames.Perplexity(grid.Layout, grids.Length), grid.Perplexity)),
        .. grids.Where(grid => grid.Chosen is not null)
            .Select(grid => Named(MetricNames.Chosen(grid.Layout, grids.Length), grid.Chosen!)),
        .. grids.Select(grid => Named(MetricNames.Counts(grid.Layout, grids.Length), grid.Counts)),
    ];

    public void Add(TaskOutput output)
    {
        using var one = Primitive.Fill(steps.Device, [], 1);
        AddTo(steps, one);
        foreach (var (name, value) in output.Figures)
        {
            AddTo(sums[name], value.Value);
        }

        for (var i = 0; i < grids.Length; i++)
        {
            grids[i].Add(output.Codes[i]);
        }
    }

    /// <summary>The means since the last call, by name, and how often each code was chosen; starts anew.</summary>
    public (Dictionary<string, double> Figures, IReadOnlyList<CodeUsage> Usage) Take()
    {
        var n = Math.Max(steps.Item(), 1);
        var figures = sums.ToDictionary(sum => sum.Key, sum => (double)sum.Value.Item() / n);
        var usage = new List<CodeUsage>();
        foreach (var grid in grids)
        {
            grid.Take(figures, usage, n, grids.Length);
        }

        foreach (var named in State)
        {
            Primitive.FillInto(named.Tensor, 0);
        }

        return (figures, usage);
    }

    public void Dispose()
    {
        foreach (var named in State)
        {
            named.Tensor.Dispose();
        }
    }

    private static NamedTensor Named(string name, Tensor<float> tensor) => new($"metrics.{name}", tensor);

    private static void AddTo(Tensor<float> sum, Tensor<float> part) => Primitive.ZipInto(sum, sum, part, default(Add));

    /// <summary>The sums of one grid.</summary>
    /// <remarks>A grid of several levels has those of each: perplexities, the steps that chose codes there at all, since quantize
    /// dropout leaves levels out, and histograms one after the other. Its own perplexity is the mean of its levels'.</remarks>
    private sealed class GridSums
    {
        public GridSums(Device device, CodeLayout layout)
        {
            Layout = layout;
            Perplexity = Primitive.Fill(device, layout.Levels == 1 ? [] : [layout.Levels], 0);
            Chosen = layout.Levels == 1 ? null : Primitive.Fill(device, [layout.Levels], 0);
            Counts = Primitive.Fill(device, [layout.CodebookSizes.Sum()], 0);
        }

        public CodeLayout Layout { get; }

        /// <summary>(), or (L) for several levels.</summary>
        public Tensor<float> Perplexity { get; }

        /// <summary>(L); null for one level.</summary>
        public Tensor<float>? Chosen { get; }

        /// <summary>(Σ K)</summary>
        public Tensor<float> Counts { get; }

        public void Add(CodeGrid codes)
        {
            if (Chosen is null)
            {
                using var counts = codes.Counts(level: 0);
                using var own = Models.Quantizers.Perplexity.Of(counts);
                AddTo(Perplexity, own);
                AddTo(Counts, counts);
                return;
            }

            var levels = Enumerable.Range(0, Layout.Levels).Select(codes.Counts).ToArray();
            var perplexities = Array.ConvertAll(levels, PerplexityOf);
            var chosen = Array.ConvertAll(levels, IsChosen);
            AddAll(Perplexity, perplexities);
            AddAll(Chosen, chosen);
            AddAll(Counts, levels);
        }

        public void Take(Dictionary<string, double> figures, List<CodeUsage> usage, double steps, int grids)
        {
            var counts = Counts.ToArray();
            double[] means = Chosen is null
                ? [Perplexity.Item() / steps]
                : [.. Perplexity.ToArray().Zip(Chosen.ToArray(), (sum, n) => sum / Math.Max(n, 1.0))];
            figures[MetricNames.Perplexity(Layout, grids)] = means.Average();
            figures[MetricNames.CodesUsed(Layout, grids)] = counts.Count(count => count > 0);
            if (Chosen is null)
            {
                usage.Add(new CodeUsage(MetricNames.Usage(Layout, grids), counts));
                return;
            }

            var first = 0;
            for (var level = 0; level < means.Length; level++)
            {
                var own = counts.AsSpan(first, Layout.CodebookSizes[level]);
                figures[MetricNames.Perplexity(Layout, grids, level)] = means[level];
                figures[MetricNames.CodesUsed(Layout, grids, level)] = own.Length - own.Count(0);
                usage.Add(new CodeUsage(MetricNames.Usage(Layout, grids, level), own.ToArray()));
                first += own.Length;
            }
        }

        /// <summary>(1) of counts (K): 0 where nothing was chosen.</summary>
        private static Tensor<float> PerplexityOf(Tensor<float> counts)
        {
            using var total = Primitive.Sum(counts, []);
            using var own = Models.Quantizers.Perplexity.Of(counts);
            using var zero = Primitive.Fill(counts.Device, [], 0);
            using var perplexity = Primitive.Where(total, own, zero);
            return perplexity.Reshape([1]);
        }

        /// <summary>(1) of counts (K): 1 where anything was chosen, else 0.</summary>
        private static Tensor<float> IsChosen(Tensor<float> counts)
        {
            using var total = Primitive.Sum(counts, []);
            using var chosen = Primitive.Map(total, new Clamp(0, 1));
            return chosen.Reshape([1]);
        }

        /// <summary>Adds the parts, one after the other, and disposes them.</summary>
        private static void AddAll(Tensor<float> sum, Tensor<float>[] parts)
        {
            using var all = Primitive.Concat(0, parts);
            AddTo(sum, all);
            Array.ForEach(parts, part => part.Dispose());
        }
    }
}
