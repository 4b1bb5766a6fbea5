using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Transposed 2-D convolution: the adjoint of <see cref="Primitive.Conv2d"/>, which turns
    /// small images into large ones.</summary>
    /// <remarks>
    /// <para>y[b, co, h, w] = bias[co] + Σ over ci, kh, kw of x[b, ci, ih, iw] · weight[ci, co, kh, kw] where
    /// ih·stride + kh·dilation − pad = h and likewise for w.</para>
    /// <para>Shapes: x (B, CIn, H, W), weight (CIn, COut/groups, KH, KW), bias (COut) → y (B, COut, OutH, OutW) with
    /// OutH = (H − 1)·stride + dilation·(KH − 1) + 1 − padding + outputPadding.</para>
    /// <para>Gradients: dX is the convolution of dY with weight, dWeight the weight gradient of that convolution
    /// with the parts exchanged.</para>
    /// <para>Deterministic, as <see cref="Primitive.Conv2d"/>.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit, or the output would be empty.</exception>
    public static Tensor<float> ConvTranspose2d(
        Tensor<float> x, Tensor<float> weight, Tensor<float>? bias, Conv2dParams p, Pair outputPadding = default,
        Activation activation = Activation.None)
    {
        var g = ConvGeometry.OfTransposed(ConvTranspose2dKernels.Name, x.Shape, weight.Shape, p, outputPadding);
        Conv2dKernels.CheckBias(ConvTranspose2dKernels.Name, bias, g.CIn);
        var y = x.Device.Empty<float>(g.X);
        x.Device.Run(new Conv2dKernels.InputGradientCall(g, x, weight, bias, activation.Floor(), y));
        x.Device.Trace?.Record(y, new TransposedConvolutionOperation(p, outputPadding, activation), x, weight, bias);
        return y;
    }

    /// <summary>dX from dY.</summary>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor<float> ConvTranspose2dInputGradient(
        Tensor<float> dY, Tensor<float> weight, Shape x, Conv2dParams p, Pair outputPadding = default) =>
        Conv2dKernels.Forward(ConvTranspose2dKernels.GradientGeometry(dY.Shape, x, weight.Shape, p, outputPadding), dY, weight);

    /// <summary>dWeight from x and dY.</summary>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor<float> ConvTranspose2dWeightGradient(
        Tensor<float> x, Tensor<float> dY, Shape weight, Conv2dParams p, Pair outputPadding = default) =>
        Conv2dKernels.WeightGradient(ConvTranspose2dKernels.GradientGeometry(dY.Shape, x.Shape, weight, p, outputPadding), dY, x);
}

internal static class ConvTranspose2dKernels
{
    internal const string Name = "conv-transpose2d";

    /// <summary>The convolution that leads from dY back to x. Its output is x by decree: with an output padding of a stride or
    /// more, the last rows of dY would make room for further windows, which never were pixels of x.</summary>
    internal static ConvGeometry GradientGeometry(Shape dY, Shape x, Shape weight, Conv2dParams p, Pair outputPadding)
    {
        var g = ConvGeometry.OfTransposed(Name, x, weight, p, outputPadding);
        return dY == g.X ? g : throw new ShapeException(Name, "dY of y's shape", ("dY", dY), ("y", g.X));
    }
}
