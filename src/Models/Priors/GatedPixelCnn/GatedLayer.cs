using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Priors.GatedPixelCnn;

/// <summary>The linear maps of one layer of a <see cref="GatedPixelCnn"/>.</summary>
/// <remarks>Keys <c>vert_stack</c> (2C, C, ⌈k/2⌉, k), <c>vert_to_horiz</c> (2C, 2C, 1, 1), <c>horiz_stack</c> (2C, C, 1, ⌈k/2⌉)
/// and <c>horiz_resid</c> (C, C, 1, 1), each with a bias. With mask A the last row of the first and the last column of the third
/// are not seen.</remarks>
internal sealed class GatedLayer : Module
{
    private readonly CausalConv2dLayer vertical, toHorizontal, horizontal, result;
    private readonly int channels;

    public GatedLayer(ModuleScope scope, int width, int kernel, ConvMask mask)
        : base(scope)
    {
        var half = kernel / 2;
        var seen = mask == ConvMask.A ? half : half + 1;
        channels = 2 * width;
        vertical = AddChild(new CausalConv2dLayer(
            scope.In("vert_stack"), new ConvShape(width, channels, new Pair(half + 1, kernel)), own: new Pair(half, half),
            sees: tap => tap.H < seen));
        toHorizontal = AddChild(CausalConv2dLayer.Pointwise(scope.In("vert_to_horiz"), channels, channels));
        horizontal = AddChild(new CausalConv2dLayer(
            scope.In("horiz_stack"), new ConvShape(width, channels, new Pair(1, half + 1)), own: new Pair(0, half),
            sees: tap => tap.W < seen));
        result = AddChild(CausalConv2dLayer.Pointwise(scope.In("horiz_resid"), width, width));
    }

    /// <summary>The vertical sum, of the layer below or, null, of the codes.</summary>
    public Variable Vertical(Tape tape, Variable? below, GridMap input, in CausalContext at) =>
        below is null ? vertical.Forward(tape, input, at) : vertical.Forward(below, at);

    /// <summary>The horizontal sum, of the layer below or, null, of the codes.</summary>
    public Variable Horizontal(Tape tape, Variable? below, GridMap input, in CausalContext at) =>
        below is null ? horizontal.Forward(tape, input, at) : horizontal.Forward(below, at);

    /// <summary>What the horizontal stack gets of a vertical sum.</summary>
    public Variable ToHorizontal(Variable sum, in CausalContext at) => toHorizontal.Forward(sum, at);

    /// <summary>What is added to the horizontal stack.</summary>
    public Variable Result(Variable gated, in CausalContext at) => result.Forward(gated, at);

    /// <summary>Keeps <see cref="ToHorizontal"/> of a row for its places.</summary>
    public void KeepRow(Variable sum, in CausalContext at)
    {
        using var rows = PlaceCache.RowsOf(ToHorizontal(sum, at).Value);
        Primitive.PutRowsInto(at.Cache!.Keep(this, channels), rows, at.Cache.Place);
    }

    /// <summary>What <see cref="KeepRow"/> kept for the place, (B, 2C, 1, 1).</summary>
    public Variable KeptRow(Tape tape, in CausalContext at) => GridMap.OfRows(at.Cache!.Keep(this, channels)).Here(tape, at);
}
