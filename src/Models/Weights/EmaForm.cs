using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Weights;

/// <summary>How another program keeps the averages of an EMA codebook.</summary>
/// <param name="Codes">The last name of the codes' key; null for ours, where codes are as ours and stay.</param>
/// <param name="Counts">The last name of the counts' key.</param>
/// <param name="Sums">The last name of the sums' key.</param>
/// <param name="IsSmoothed">Whether smoothed counts are written back: Ñ rather than N̂.</param>
/// <param name="IsTransposed">Whether codes and sums are (D, K).</param>
internal sealed record EmaLayout(string? Codes, string Counts, string Sums, bool IsSmoothed, bool IsTransposed);

/// <summary>The state of one codebook in another program's form, without a number of updates: averages that have
/// settled.</summary>
internal sealed class EmaForm : IDisposable
{
    private readonly EmaCodebook codebook;
    private readonly EmaLayout layout;
    private readonly Tensor<float> counts, sums;
    private readonly Tensor<float>? codes;

    public EmaForm(EmaCodebook codebook, EmaLayout layout)
    {
        (this.codebook, this.layout) = (codebook, layout);
        var own = codebook.Averages;
        var correction = codebook.CorrectionNow;
        double[] averages = [.. own.Counts.ToArray().Select(count => count / correction)];
        counts = codebook.Device.From<float>(
            [.. (codebook.KeepsSmoothedCounts, layout.IsSmoothed) switch
            {
                (false, true) => Smooth(averages),
                (true, false) => Unsmooth(averages),
                _ => averages.Select(count => (float)count),
            }], own.Counts.Shape);
        sums = Matrix(own.Sums, sum => (float)(sum / correction));
        codes = layout.Codes is null ? null : Matrix(codebook.Codes, code => code);
    }

    /// <summary>What stands for one of the codebook's own tensors, nothing for the number of updates; null for any other
    /// tensor.</summary>
    public NamedTensor[]? Replaces(NamedTensor named)
    {
        if (named.WholeNumbers is not null)
        {
            return null;
        }

        var (ownCounts, ownSums, updates) = codebook.Averages;
        return named.Tensor == ownCounts ? [new NamedTensor(Renamed(ownCounts, layout.Counts), counts)]
            : named.Tensor == ownSums ? [new NamedTensor(Renamed(ownSums, layout.Sums), sums)]
            : named.Tensor == updates ? []
            : codes is not null && named.Tensor == codebook.Codes
                ? [new NamedTensor(Renamed(codebook.Codes, layout.Codes!), codes)]
            : null;

        string Renamed(Tensor<float> tensor, string name)
        {
            var own = tensor == codebook.Codes ? EmaCodebook.CodesKey
                : tensor == ownCounts ? EmaCodebook.CountsKey
                : EmaCodebook.SumsKey;
            return named.Key[..^own.Length] + name;
        }
    }

    public void TakeOver()
    {
        var own = codebook.Averages;
        double[] averages = [.. counts.ToArray().Select(count => (double)count)];
        own.Counts.CopyFrom([.. (layout.IsSmoothed, codebook.KeepsSmoothedCounts) switch
        {
            (true, false) => Unsmooth(averages),
            (false, true) => Smooth(averages),
            _ => averages.Select(count => (float)count),
        }]);
        own.Sums.CopyFrom(Ordered(sums));
        own.Updates?.CopyFrom([EmaCodebook.Settled]);
        if (codes is not null)
        {
            codebook.Codes.CopyFrom(Ordered(codes));
        }
    }

    public void Dispose()
    {
        counts.Dispose();
        sums.Dispose();
        codes?.Dispose();
    }

    /// <summary>Ñ = (N̂ + ε)/(T + Kε)·T.</summary>
    private static IEnumerable<float> Smooth(double[] averages)
    {
        var (total, smoothing) = (averages.Sum(), averages.Length * (double)EmaCodebook.Epsilon);
        return averages.Select(n => (float)((n + EmaCodebook.Epsilon) * total / (total + smoothing)));
    }

    /// <summary>The same solved for N̂.</summary>
    private static IEnumerable<float> Unsmooth(double[] smoothed)
    {
        var (total, smoothing) = (smoothed.Sum(), smoothed.Length * (double)EmaCodebook.Epsilon);
        return smoothed.Select(n =>
            total > 0 ? (float)Math.Max(0, n * (total + smoothing) / total - EmaCodebook.Epsilon) : 0);
    }

    /// <summary>(K, D) in the layout's order, each number changed.</summary>
    private Tensor<float> Matrix(Tensor<float> own, Func<float, float> change)
    {
        var (k, d) = (own.Shape[0], own.Shape[1]);
        float[] values = [.. own.ToArray().Select(change)];
        return codebook.Device.From<float>(
            layout.IsTransposed ? Transposed(values, k, d) : values, layout.IsTransposed ? [d, k] : [k, d]);
    }

    /// <summary>The numbers of such a matrix as (K, D).</summary>
    private float[] Ordered(Tensor<float> matrix) => layout.IsTransposed
        ? Transposed(matrix.ToArray(), matrix.Shape[0], matrix.Shape[1])
        : matrix.ToArray();

    private static float[] Transposed(float[] values, int rows, int columns)
    {
        var result = new float[values.Length];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                result[(j * rows) + i] = values[(i * columns) + j];
            }
        }

        return result;
    }
}

/// <summary>The state of a model whose EMA codebooks have another program's form.</summary>
internal sealed class EmaForms : IDisposable
{
    private readonly List<EmaForm> forms;

    public EmaForms(Module model, EmaLayout layout) =>
        forms = [.. model.Modules.OfType<EmaCodebook>().Select(codebook => new EmaForm(codebook, layout))];

    /// <summary>What stands for a tensor of the model.</summary>
    public NamedTensor[] Replace(NamedTensor named)
    {
        foreach (var form in forms)
        {
            if (form.Replaces(named) is { } replaced)
            {
                return replaced;
            }
        }

        return [named];
    }

    public void TakeOver() => forms.ForEach(form => form.TakeOver());

    public void Dispose() => forms.ForEach(form => form.Dispose());
}
