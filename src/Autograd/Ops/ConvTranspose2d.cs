using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Transposed 2-D convolution, the adjoint of <see cref="Conv2d"/>, with bias and a fused rectifier: it turns small
/// images into large ones.</summary>
/// <remarks>
/// <para>y[b, co, h, w] = activation(bias[co] + Σ over ci, kh, kw of x[b, ci, ih, iw] · weight[ci, co, kh, kw]) where
/// ih·stride + kh·dilation − pad = h and likewise for w.</para>
/// <para>Shapes: x (B, CIn, H, W), weight (CIn, COut/groups, KH, KW), bias (COut) → y (B, COut, OutH, OutW) with
/// OutH = (H − 1)·stride + dilation·(KH − 1) + 1 − padding + outputPadding.</para>
/// <para>Gradient: dX is the convolution of dY with weight, dWeight correlates dY with x, dBias sums dY over B, OutH and OutW.
/// Where the rectifier gave 0, at its kink too, dY counts as 0.</para>
/// <para>NaN and ∞ spread to the outputs that their pixel reaches. Deterministic: each sum has one owner and a fixed
/// order.</para>
/// </remarks>
public static class ConvTranspose2d
{
    /// <exception cref="ShapeException">The shapes do not fit, or the output would be empty.</exception>
    public static Variable Apply(
        Variable x, Variable weight, Variable? bias, Conv2dParams p, Pair outputPadding = default,
        Activation activation = Activation.None)
    {
        var tape = Tape.Of("conv-transpose2d", x, weight, bias);
        var y = Primitive.ConvTranspose2d(x.Value, weight.Value, bias?.Value, p, outputPadding, activation);
        return tape.Record("conv-transpose2d", y, inputs: [x, weight, bias], dY =>
        {
            using var dSum = FusedActivation.Gradient(activation, y, dY);
            return
            [
                x.RequiresGradient ? Primitive.ConvTranspose2dInputGradient(dSum, weight.Value, x.Shape, p, outputPadding) : null,
                weight.RequiresGradient
                    ? Primitive.ConvTranspose2dWeightGradient(x.Value, dSum, weight.Shape, p, outputPadding)
                    : null,
                bias is { RequiresGradient: true } ? Primitive.Sum(dSum, [0, 2, 3]) : null,
            ];
        });
    }
}
