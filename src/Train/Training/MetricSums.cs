using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Train.Training;

/// <summary>Adds up the figures of training steps on the device, so that a step waits for nothing; read once per log
/// line.</summary>
/// <remarks>Part of a checkpoint: a resumed run's next log line covers the steps before the stop too.</remarks>
internal sealed class MetricSums : IDisposable
{
    private readonly Tensor<float> steps;
    private readonly SortedDictionary<string, Tensor<float>> sums = new(StringComparer.Ordinal);
    private readonly (CodeLayout Layout, Tensor<float> Perplexity, Tensor<float> Counts)[] grids;

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

        grids = [.. layouts.Select(layout => (
            layout, Primitive.Fill(device, [], 0), Primitive.Fill(device, [layout.CodebookSizes.Sum()], 0)))];
    }

    public IEnumerable<NamedTensor> State =>
    [
        Named("steps", steps),
        .. sums.Select(sum => Named(sum.Key, sum.Value)),
        .. grids.Select(grid => Named(MetricNames.Perplexity(grid.Layout, grids.Length), grid.Perplexity)),
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
            AddGrid(output.Codes[i], grids[i].Perplexity, grids[i].Counts);
        }
    }

    /// <summary>The means since the last call, by name, and how many codes were chosen; starts anew.</summary>
    public Dictionary<string, double> Take()
    {
        var n = Math.Max(steps.Item(), 1);
        var figures = sums.ToDictionary(sum => sum.Key, sum => (double)sum.Value.Item() / n);
        foreach (var (layout, perplexity, counts) in grids)
        {
            figures[MetricNames.Perplexity(layout, grids.Length)] = perplexity.Item() / n;
            figures[MetricNames.CodesUsed(layout, grids.Length)] = counts.ToArray().Count(count => count > 0);
        }

        foreach (var named in State)
        {
            Primitive.FillInto(named.Tensor, 0);
        }

        return figures;
    }

    public void Dispose()
    {
        foreach (var named in State)
        {
            named.Tensor.Dispose();
        }
    }

    private static NamedTensor Named(string name, Tensor<float> tensor) => new($"metrics.{name}", tensor);

    /// <summary>The histograms of the levels lie one after the other; the perplexity is the mean of theirs.</summary>
    private static void AddGrid(CodeGrid codes, Tensor<float> perplexity, Tensor<float> counts)
    {
        var levels = codes.CodebookSizes.Length;
        var parts = new Tensor<float>[levels];
        for (var level = 0; level < levels; level++)
        {
            parts[level] = codes.Counts(level);
            using var own = Perplexity.Of(parts[level]);
            using var share = Primitive.Map(own, new Affine(1f / levels, 0));
            AddTo(perplexity, share);
        }

        using var all = levels == 1 ? parts[0].Share() : Primitive.Concat(0, parts);
        AddTo(counts, all);
        foreach (var part in parts)
        {
            part.Dispose();
        }
    }

    private static void AddTo(Tensor<float> sum, Tensor<float> part) => Primitive.ZipInto(sum, sum, part, default(Add));
}
