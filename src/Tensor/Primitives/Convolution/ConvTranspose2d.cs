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
    private const string Name = "conv-transpose2d";

    /// <exception cref="ShapeException">The shapes do not fit, or the output would be empty.</exception>
    public static Tensor<float> Forward(
        Tensor<float> x, Tensor<float> weight, Tensor<float>? bias, Conv2dParams p, Pair outputPadding = default,
        Activation activation = Activation.None)
    {
        var g = ConvGeometry.OfTransposed(Name, x.Shape, weight.Shape, p, outputPadding);
        Conv2d.CheckBias(Name, bias, g.CIn);
        var y = x.Device.Empty<float>(g.X);
        x.Device.Run(new Conv2d.InputGradientCall(g, x, weight, bias, activation.Floor(), y));
        return y;
    }

    /// <summary>dX from dY.</summary>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor<float> InputGradient(
        Tensor<float> dY, Tensor<float> weight, Shape x, Conv2dParams p, Pair outputPadding = default) =>
        Conv2d.Forward(GradientGeometry(dY.Shape, x, weight.Shape, p, outputPadding), dY, weight);

    /// <summary>dWeight from x and dY.</summary>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor<float> WeightGradient(
        Tensor<float> x, Tensor<float> dY, Shape weight, Conv2dParams p, Pair outputPadding = default) =>
        Conv2d.WeightGradient(GradientGeometry(dY.Shape, x.Shape, weight, p, outputPadding), dY, x);

    /// <summary>The convolution that leads from dY back to x. Its output is x by decree: with an output padding of a stride or more, the last
    /// rows of dY would make room for further windows, which never were pixels of x.</summary>
    private static ConvGeometry GradientGeometry(Shape dY, Shape x, Shape weight, Conv2dParams p, Pair outputPadding)
    {
        var g = ConvGeometry.OfTransposed(Name, x, weight, p, outputPadding);
        return dY == g.X ? g : throw new ShapeException(Name, "dY of y's shape", ("dY", dY), ("y", g.X));
    }
}
