using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>An affine map of the last axis, <c>y = weight · x + bias</c>; keys <c>weight</c> (Out, In) and <c>bias</c>
/// (Out).</summary>
public sealed class LinearLayer : Layer
{
    private readonly Parameter weight;
    private readonly Parameter? bias;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="widths">Numbers of a vector before and after.</param>
    /// <param name="hasBias">Whether there is one.</param>
    public LinearLayer(ModuleScope scope, (int In, int Out) widths, bool hasBias = true)
        : base(scope)
    {
        var initial = LinearInitializers.Of(scope.Initialization, fanIn: widths.In, fanOut: widths.Out);
        weight = AddParameter("weight", [widths.Out, widths.In], initial.Weight);
        bias = hasBias ? AddParameter("bias", [widths.Out], initial.Bias) : null;
    }

    /// <summary>x (…, In) → (…, Out).</summary>
    /// <exception cref="ShapeException">The last axis of x is not In.</exception>
    public override Variable Forward(Variable x, in StepContext context) => Forward(x);

    /// <inheritdoc cref="Forward(Variable, in StepContext)"/>
    public Variable Forward(Variable x) =>
        Linear.Apply(x, x.Tape.Watch(weight), bias is null ? null : x.Tape.Watch(bias));
}
