using System.Text.RegularExpressions;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Weights;

namespace IlgpuVq.Models.Autoencoders.VqVae;

/// <summary>A <see cref="NotebookState"/> as HwangJohn/vq-vae-test writes it: the layers of a residual block are both those of
/// its list, <c>_block.0</c>, …, and <c>conv3x3</c>, <c>bn1</c>, <c>conv1x1</c>, <c>bn2</c>, one tensor under either
/// key.</summary>
/// <remarks>Of a file whose two differ, that of the list counts, which comes later, as in PyTorch.</remarks>
internal sealed partial class HwangJohnState : SourceState
{
    /// <summary>By their place in the list.</summary>
    private static readonly Dictionary<string, string> Plain = new() { ["1"] = "conv3x3", ["3"] = "conv1x1" },
        Normed = new() { ["0"] = "conv3x3", ["1"] = "bn1", ["3"] = "conv1x1", ["4"] = "bn2" };

    private readonly NotebookState notebook;

    public HwangJohnState(VqVaeModel model)
        : base(model)
    {
        var names = ((VqVaeOptions)model.Options).UseNorm ? Normed : Plain;
        notebook = new NotebookState(model);
        Tensors = [.. notebook.Tensors.SelectMany(named => Layer().Match(named.Key) is { Success: true } layer
            ? [named with { Key = layer.Result($"$1{names[layer.Groups[2].Value]}$3") }, named]
            : new[] { named })];
    }

    public override void TakeOver() => notebook.TakeOver();

    protected override void Dispose(bool disposing)
    {
        notebook.Dispose();
        base.Dispose(disposing);
    }

    [GeneratedRegex(@"^(.*\._layers\.[0-9]+\.)_block\.([0-9])(\..+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Layer();
}
