using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Quantizers;

/// <summary>The state of a model as the PyTorch notebook that the keys come from holds it: a second form of each
/// <see cref="EmaCodebook"/>.</summary>
/// <remarks>
/// <para>That program does not divide its averages by 1 − γᵗ, and after each update it writes the smoothed counts back. So its
/// <c>_ema_cluster_size</c> is Ñ = (N̂ + ε)/(T + Kε)·T, its <c>_ema_w</c> is M̂, and it has no <c>_ema_updates</c>. The codes are
/// the same: e = M̂ / Ñ.</para>
/// <para>Of averages that are not divided (<see cref="EmaStart"/>) N̂ is N and M̂ is M; under <see cref="EmaStart.Running"/> the
/// model's own form is the notebook's.</para>
/// <para>To write such a file, give <see cref="Tensors"/> to <see cref="StateDictionary.ToFile"/>. To read one, fill them by
/// <see cref="StateDictionary.FromFile"/> and call <see cref="TakeOver"/>, which solves for N̂, as averages that have settled:
/// the model then goes on from the codes and sums that the notebook would go on from, and from its counts to within ε, which only
/// codes that are hardly chosen can tell. What is written and read back is the model again, but for the number of updates, up to
/// rounding.</para>
/// <para>Tensors of no EMA codebook, and the codes, are the model's own: filling them changes the model.</para>
/// </remarks>
public sealed class NotebookState : IDisposable
{
    private readonly List<Form> forms;

    /// <summary>The state of a model as it is now.</summary>
    public NotebookState(Module model)
    {
        forms = [.. model.Modules.OfType<EmaCodebook>().Select(codebook => new Form(codebook))];
        Tensors = [.. model.State.SelectMany(Replace)];
    }

    /// <summary>The tensors by their keys; belong to the model or to this.</summary>
    public IReadOnlyList<NamedTensor> Tensors { get; }

    /// <summary>Brings what was written into <see cref="Tensors"/> back into the codebooks.</summary>
    public void TakeOver() => forms.ForEach(form => form.TakeOver());

    public void Dispose() => forms.ForEach(form => form.Dispose());

    private NamedTensor[] Replace(NamedTensor named)
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

    /// <summary>The counts and sums of one codebook in their second form.</summary>
    private sealed class Form : IDisposable
    {
        private readonly (Tensor<float> Counts, Tensor<float> Sums, Tensor<float>? Updates) own;
        private readonly bool isSmoothed;
        private readonly Tensor<float> counts, sums;

        public Form(EmaCodebook codebook)
        {
            own = codebook.Averages;
            isSmoothed = codebook.KeepsSmoothedCounts;
            var correction = codebook.CorrectionNow;
            var averages = own.Counts.ToArray().Select(count => count / correction).ToArray();
            var (total, smoothing) = (averages.Sum(), averages.Length * (double)EmaCodebook.Epsilon);
            counts = Like(own.Counts, averages.Select(
                n => isSmoothed ? n : (n + EmaCodebook.Epsilon) * total / (total + smoothing)));
            sums = Like(own.Sums, own.Sums.ToArray().Select(sum => sum / correction));
        }

        /// <summary>What stands for one of the codebook's own tensors, nothing for the number of updates; null for any other
        /// tensor.</summary>
        public NamedTensor[]? Replaces(NamedTensor named) => named.WholeNumbers is not null ? null
            : named.Tensor == own.Counts ? [new NamedTensor(named.Key, counts)]
            : named.Tensor == own.Sums ? [new NamedTensor(named.Key, sums)]
            : named.Tensor == own.Updates ? []
            : null;

        public void TakeOver()
        {
            var smoothed = counts.ToArray();
            var (total, smoothing) = (smoothed.Sum(n => (double)n), smoothed.Length * (double)EmaCodebook.Epsilon);
            own.Counts.CopyFrom([.. smoothed.Select(n => isSmoothed ? n
                : total > 0 ? (float)Math.Max(0, n * (total + smoothing) / total - EmaCodebook.Epsilon) : 0)]);
            own.Sums.CopyFrom(sums.ToArray());
            own.Updates?.CopyFrom([EmaCodebook.Settled]);
        }

        public void Dispose()
        {
            counts.Dispose();
            sums.Dispose();
        }

        private static Tensor<float> Like(Tensor<float> tensor, IEnumerable<double> values) =>
            tensor.Device.From<float>([.. values.Select(value => (float)value)], tensor.Shape);
    }
}
