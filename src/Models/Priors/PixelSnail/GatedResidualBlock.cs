using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;

namespace IlgpuVq.Models.Priors.PixelSnail;

/// <summary>Sizes of a <see cref="GatedResidualBlock"/>.</summary>
/// <param name="Channels">Of input and output.</param>
/// <param name="Hidden">Channels inside.</param>
/// <param name="Kernel">Side of both kernels, odd.</param>
/// <param name="IsCausal">Whether the convolutions see the rows above, and of their own row the places to the left.</param>
/// <param name="Dropout">Probability that training sets a number inside to 0.</param>
/// <param name="Beside">Channels of what is added inside; 0 for nothing.</param>
/// <param name="Condition">Channels of what is known of the place; 0 for nothing.</param>
internal readonly record struct GatedBlockShape(
    int Channels, int Hidden, int Kernel, bool IsCausal = false, float Dropout = 0, int Beside = 0, int Condition = 0);

/// <summary>A gated residual block: <c>x + a · σ(b)</c> with <c>(a, b) = conv2(dropout(f(conv1(f(x)) + c1(f(beside))))) +
/// c1(condition)</c> and f the ELU.</summary>
/// <remarks>All weights have a <see cref="WeightNorm"/>. Keys <c>conv1</c>, <c>aux_conv</c>, <c>conv2</c> and <c>condition</c>,
/// the last without a bias. Source: arXiv:1712.09763, section 2.3.</remarks>
internal sealed class GatedResidualBlock : Module
{
    private readonly CausalConv2dLayer first, second;
    private readonly CausalConv2dLayer? besides, conditions;
    private readonly DropoutLayer dropout;

    public GatedResidualBlock(ModuleScope scope, GatedBlockShape shape)
        : base(scope)
    {
        var (channels, hidden) = (shape.Channels, shape.Hidden);
        first = AddChild(ConvOf("conv1", channels, hidden));
        besides = shape.Beside == 0 ? null : AddChild(SnailConv.Pointwise(scope.In("aux_conv"), shape.Beside, hidden));
        dropout = AddChild(new DropoutLayer(scope, shape.Dropout));
        second = AddChild(ConvOf("conv2", hidden, 2 * channels));
        conditions = shape.Condition == 0 ? null : AddChild(
            SnailConv.Pointwise(scope.In("condition"), shape.Condition, 2 * channels, hasBias: false));

        CausalConv2dLayer ConvOf(string name, int from, int to)
        {
            var its = new ConvShape(from, to, shape.Kernel);
            return shape.IsCausal ? SnailConv.Causal(scope.In(name), its) : SnailConv.Around(scope.In(name), its);
        }
    }

    /// <summary>x (B, C, …) → the same; beside and condition are there as the shape says.</summary>
    public Variable Forward(Variable x, in CausalContext at, Variable? beside = null, Variable? condition = null)
    {
        var inner = first.Forward(Elu.Apply(x), at);
        if (besides is not null)
        {
            inner += besides.Forward(Elu.Apply(beside!), at);
        }

        var both = second.Forward(dropout.Forward(Elu.Apply(inner), at.Step), at);
        if (conditions is not null)
        {
            both += conditions.Forward(condition!, at);
        }

        return Gate.Linear(both) + x;
    }
}
