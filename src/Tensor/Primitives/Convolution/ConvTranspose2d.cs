namespace IlgpuVq.Tensors.Primitives.Convolution;

/// <summary>Transposed 2-D convolution: the adjoint of <see cref="Conv2d"/>, which turns small images into large ones.</summary>
/// <remarks>
/// <para>y[b, co, h, w] = bias[co] + Σ over ci, kh, kw of x[b, ci, ih, iw] · weight[ci, co, kh, kw] where ih·stride + kh·dilation − pad = h
/// and likewise for w.</para>
/// <para>Shapes: x (B, CIn, H, W), weight (CIn, COut/groups, KH, KW), bias (COut) → y (B, COut, OutH, OutW) with
/// OutH = (H − 1)·stride + dilation·(KH − 1) + 1 − padding + outputPadding.</para>
/// <para>Gradients: dX is the convolution of dY with weight, dWeight the weight gradient of that convolution with the parts exchanged.</para>
/// <para>Deterministic, as <see cref="Conv2d"/>.</para>
/// </remarks>
public static class ConvTranspose2d
{
    /// <exception cref="ShapeException">The shapes do not fit, or the output would be empty.</exception>
    public static Tensor<float> Forward(
        Tensor<float> x, Tensor<float> weight, Tensor<float>? bias, Conv2dParams p, Pair outputPadding = default,
        Activation activation = Activation.None)
    {
        var g = ConvGeometry.OfTransposed("conv-transpose2d", x.Shape, weight.Shape, p, outputPadding);
        Conv2d.CheckBias("conv-transpose2d", bias, g.CIn);
        var y = x.Device.Empty<float>(g.X);
        x.Device.Run(new Conv2d.InputGradientCall(g, x, weight, bias, activation.Floor(), y));
        return y;
    }

    /// <summary>dX from dY.</summary>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor<float> InputGradient(Tensor<float> dY, Tensor<float> weight, Conv2dParams p) =>
        Conv2d.Forward(dY, weight, bias: null, p);

    /// <summary>dWeight from x and dY.</summary>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor<float> WeightGradient(Tensor<float> x, Tensor<float> dY, Shape weight, Conv2dParams p) =>
        Conv2d.WeightGradient(dY, x, weight, p);
}
