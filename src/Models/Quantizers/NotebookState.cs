using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Models.Weights;

namespace IlgpuVq.Models.Quantizers;

/// <summary>The state of a model as the PyTorch notebook that the keys come from holds it: a second form of each
/// <see cref="EmaCodebook"/>.</summary>
/// <remarks>
/// <para>That program does not divide its averages by 1 − γᵗ, and after each update it writes the smoothed counts back. So its
/// <c>_ema_cluster_size</c> is Ñ = (N̂ + ε)/(T + Kε)·T, its <c>_ema_w</c> is M̂, and it has no <c>_ema_updates</c>. The codes are
/// the same: e = M̂ / Ñ.</para>
/// <para>Of averages that are not divided (<see cref="EmaStart"/>) N̂ is N and M̂ is M; under <see cref="EmaStart.Running"/> the
/// model's own form is the notebook's.</para>
/// <para>To write such a file, give <see cref="SourceState.Tensors"/> to <see cref="StateDictionary.ToFile"/>. To read one, fill
/// them by <see cref="StateDictionary.FromFile"/> and call <see cref="TakeOver"/>, which solves for N̂, as averages that have
/// settled: the model then goes on from the codes and sums that the notebook would go on from, and from its counts to within ε,
/// which only codes that are hardly chosen can tell. What is written and read back is the model again, but for the number of
/// updates, up to rounding.</para>
/// <para>Tensors of no EMA codebook, and the codes, are the model's own: filling them changes the model.</para>
/// </remarks>
public sealed class NotebookState : SourceState
{
    private static readonly EmaLayout Layout = new(
        Codes: null, EmaCodebook.CountsKey, EmaCodebook.SumsKey, IsSmoothed: true, IsTransposed: false);

    private readonly EmaForms forms;

    /// <summary>The state of a model as it is now.</summary>
    /// <param name="model">Whose tensors these are.</param>
    public NotebookState(Module model)
        : base(model)
    {
        forms = new EmaForms(model, Layout);
        Tensors = [.. model.State.SelectMany(forms.Replace)];
    }

    /// <summary>Brings what was written into <see cref="SourceState.Tensors"/> back into the codebooks.</summary>
    public override void TakeOver() => forms.TakeOver();

    protected override void Dispose(bool disposing)
    {
        forms.Dispose();
        base.Dispose(disposing);
    }
}
