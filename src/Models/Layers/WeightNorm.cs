using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Layers;

/// <summary>A weight whose directions and lengths are learnt apart, <c>w[o] = g[o] · v[o] / ‖v[o]‖</c>, for each output channel
/// o.</summary>
/// <remarks>
/// <para>Gradient: that of the formula, through the length: <c>dG[o] = ⟨dW[o], v[o]⟩ / ‖v[o]‖</c>, and dV[o] is g[o] / ‖v[o]‖
/// times what of dW[o] is across v[o].</para>
/// <para>Keys <c>weight_g</c> (Out, 1, …), which begins with the lengths of the initial weight, and <c>weight_v</c> of the
/// weight's shape.</para>
/// <para>A v[o] of zeros gives NaN. Deterministic.</para>
/// <para>Source: Salimans and Kingma, arXiv:1602.07868, equation 2.</para>
/// </remarks>
public sealed class WeightNorm : NormalizedWeight
{
    private readonly Parameter g, v;
    private readonly int[] axes;

    /// <param name="scope">The layer's own.</param>
    /// <param name="shape">Of the weight, output channels first.</param>
    /// <param name="initializer">Of the weight that it begins with.</param>
    public WeightNorm(ModuleScope scope, Shape shape, Initializer initializer)
        : base(scope)
    {
        axes = [.. Enumerable.Range(1, shape.Rank - 1)];
        v = AddParameter("weight_v", shape, initializer);
        Shape lengths = [shape[0], .. axes.Select(_ => 1)];
        g = AddParameter("weight_g", lengths, Initializers.One);
        using var tape = new Tape(scope.Device, recording: false);
        Primitive.CopyInto(g.Value, LengthsOf(tape.Constant(v.Value)).Value);
    }

    /// <inheritdoc/>
    public override Variable On(Tape tape)
    {
        var direction = tape.Watch(v);
        return direction * (tape.Watch(g) / LengthsOf(direction));
    }

    /// <summary>(Out, 1, …)</summary>
    private Variable LengthsOf(Variable weight) => Sqrt.Apply(Sum.Apply(Square.Apply(weight), axes, keepDims: true));
}
