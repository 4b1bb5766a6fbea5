using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>2-D convolution (cross-correlation, as deep learning uses the word) with bias, a residual to add,
/// and a fused rectifier.</summary>
/// <remarks>
/// <para>y[b, co, oh, ow] = activation(bias[co] + residual[b, co, oh, ow] + Σ over ci, kh, kw of
/// x[b, ci, oh·stride + kh·dilation − pad, ow·…] · weight[co, ci, kh, kw]), zero outside x; ci runs over the channels of
/// co's group.</para>
/// <para>Shapes: x (B, CIn, H, W), weight (COut, CIn/groups, KH, KW), bias (COut), residual and y (B, COut, OutH, OutW) with
/// OutH = ⌊(H + padding − dilation·(KH − 1) − 1) / stride⌋ + 1.</para>
/// <para>Gradient: dX is the transposed convolution of dY with weight, dWeight correlates x with dY, dBias sums dY over B, OutH
/// and OutW, and the residual's gradient is dY. Where the rectifier gave 0, at its kink too, dY counts as 0.</para>
/// <para>NaN and ∞ spread to the outputs whose window holds them. Deterministic: each sum has one owner and a fixed order.</para>
/// </remarks>
public static class Conv2d
{
    /// <exception cref="ShapeException">The shapes do not fit, or the output would be empty.</exception>
    public static Variable Apply(
        Variable x, Variable weight, Variable? bias, Conv2dParams p,
        Activation activation = Activation.None, Variable? residual = null)
    {
        var tape = Tape.Of("conv2d", x, weight, bias, residual);
        var y = Primitive.Conv2d(x.Value, weight.Value, bias?.Value, p, activation, residual?.Value);
        return tape.Record("conv2d", y, inputs: [x, weight, bias, residual], dY =>
        {
            using var dSum = FusedActivation.Gradient(activation, y, dY);
            return
            [
                x.RequiresGradient ? Primitive.Conv2dInputGradient(dSum, weight.Value, x.Shape, p) : null,
                weight.RequiresGradient ? Primitive.Conv2dWeightGradient(x.Value, dSum, weight.Shape, p) : null,
                bias is { RequiresGradient: true } ? Primitive.Sum(dSum, [0, 2, 3]) : null,
                residual is { RequiresGradient: true } ? dSum.Share() : null,
            ];
        });
    }
}
