using IlgpuVq.Models.Layers;

namespace IlgpuVq.Models.Quantizers.Residual;

/// <summary>Options of a <see cref="ResidualQuantizer"/> of finite scalar quantizers: each level divides the steps of the one
/// before.</summary>
/// <remarks>
/// <para>With L levels of a number, layer i has the scale L⁻ⁱ and rounds to L numbers evenly over [−1, 1]
/// (<see cref="EvenScalarQuantizer"/>). Before the first layer x ← c·tanh(x / c) with c = 1 + 1 / (L − 1)
/// (<see cref="SoftClamp"/>): c is where the outermost of L cells of width 2 / (L − 1) end, so no layer leaves more than the
/// next one can hold.</para>
/// <para>Source: vector-quantize-pytorch's ResidualFSQ. With scales (L − 1)⁻ⁱ instead, the cells of a layer would reach beyond
/// the cell of the one before.</para>
/// </remarks>
public sealed record ResidualFsqOptions : ResidualOptions
{
    /// <summary>The quantizer of each level.</summary>
    public FiniteScalarQuantizerOptions Layer { get; init; } = new();

    protected internal override QuantizerOptions LayerOptions => Layer;

    protected internal override Quantizer BuildLayer(ModuleScope scope, int level) =>
        new EvenScalarQuantizer(scope, Layer.Levels);

    protected internal override Layer BuildEntry(ModuleScope scope) =>
        new SoftClamp(scope, [.. Layer.Levels.Select(count => 1 + 1f / (count - 1))]);

    protected internal override float[] ScaleOf(int level) =>
        [.. Layer.Levels.Select(count => (float)Math.Pow(count, -level))];
}
