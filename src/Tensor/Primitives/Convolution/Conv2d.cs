using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>y = activation(x * weight + bias + residual).</summary>
    /// <remarks>
    /// <para>y[b, co, oh, ow] = bias[co] + Σ over ci, kh, kw of x[b, ci, oh·stride + kh·dilation − pad, ow·…] ·
    /// weight[co, ci, kh, kw], zero outside x; ci runs over the channels of co's group.</para>
    /// <para>Shapes: x (B, CIn, H, W), weight (COut, CIn/groups, KH, KW), bias (COut) → y (B, COut, OutH, OutW) with
    /// OutH = ⌊(H + padding − dilation·(KH − 1) − 1) / stride⌋ + 1.</para>
    /// <para>Deterministic: every output has one owner that sums in a fixed order. NaN and ∞ spread to the outputs
    /// whose window holds them.</para>
    /// <para>On the host, layers of many channels go through Winograd's products, whose error is below
    /// twice that of the plain sum.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit, or the output would be empty.</exception>
    public static Tensor<float> Conv2d(
        Tensor<float> x, Tensor<float> weight, Tensor<float>? bias, Conv2dParams p, Activation activation = Activation.None,
        Tensor<float>? residual = null)
    {
        var g = ConvGeometry.Of("conv2d", x.Shape, weight.Shape, p);
        Conv2dKernels.CheckBias("conv2d", bias, g.COut);
        if (residual is not null && residual.Shape != g.Y)
        {
            throw new ShapeException("conv2d", $"residual of y's shape {g.Y}", ("residual", residual.Shape));
        }

        var y = x.Device.Empty<float>(g.Y);
        x.Device.Run(new Conv2dKernels.ForwardCall(g, x, weight, bias, residual, activation.Floor(), y));
        return y;
    }

    /// <summary>dX from dY: each input pixel gathers the outputs that read it.</summary>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor<float> Conv2dInputGradient(Tensor<float> dY, Tensor<float> weight, Shape x, Conv2dParams p)
    {
        var g = ConvGeometry.Of("conv2d", x, weight.Shape, p);
        Conv2dKernels.CheckGradient(dY, g);
        var dX = dY.Device.Empty<float>(x);
        dY.Device.Run(new Conv2dKernels.InputGradientCall(g, dY, weight, Bias: null, Activation.None.Floor(), dX));
        return dX;
    }

    /// <summary>dWeight from x and dY.</summary>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor<float> Conv2dWeightGradient(Tensor<float> x, Tensor<float> dY, Shape weight, Conv2dParams p)
    {
        var g = ConvGeometry.Of("conv2d", x.Shape, weight, p);
        Conv2dKernels.CheckGradient(dY, g);
        return Conv2dKernels.WeightGradient(g, x, dY);
    }
}

internal static class Conv2dKernels
{
    /// <summary>Without bias or activation, for a geometry that has been checked.</summary>
    internal static Tensor<float> Forward(in ConvGeometry g, Tensor<float> x, Tensor<float> weight)
    {
        var y = x.Device.Empty<float>(g.Y);
        x.Device.Run(new ForwardCall(g, x, weight, Bias: null, Residual: null, Activation.None.Floor(), y));
        return y;
    }

    internal static Tensor<float> WeightGradient(in ConvGeometry g, Tensor<float> x, Tensor<float> dY)
    {
        var dWeight = x.Device.Empty<float>(g.Weight);
        x.Device.Run(new WeightGradientCall(g, x, dY, dWeight));
        return dWeight;
    }

    internal static void CheckBias(string op, Tensor<float>? bias, int channels)
    {
        if (bias is not null && bias.Shape != [channels])
        {
            throw new ShapeException(op, $"bias ({channels})", ("bias", bias.Shape));
        }
    }

    internal static void CheckGradient(Tensor<float> dY, in ConvGeometry g)
    {
        if (dY.Shape != g.Y)
        {
            throw new ShapeException("conv2d", "dY of y's shape", ("dY", dY.Shape), ("y", g.Y));
        }
    }

    internal readonly struct SumWindow(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> bias, ArrayView<float> residual, ArrayView<float> y,
        ConvGeometry g, int hasBias, int hasResidual, float floor) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = ((b·COut + co)·OutH + oh)·OutW + ow.
            var ow = i % g.OutW;
            var oh = i / g.OutW % g.OutH;
            var co = i / (g.OutW * g.OutH) % g.COut;
            var b = i / (g.OutW * g.OutH * g.COut);
            var firstChannel = co / g.COutPerGroup * g.CInPerGroup;
            var sum = (hasBias != 0 ? bias[co] : 0f) + (hasResidual != 0 ? residual[i] : 0f);
            for (var ci = 0; ci < g.CInPerGroup; ci++)
            {
                for (var kh = 0; kh < g.KernelH; kh++)
                {
                    var row = g.InputRow(oh, kh);
                    for (var kw = 0; kw < g.KernelW; kw++)
                    {
                        var column = g.InputColumn(ow, kw);
                        if (row >= 0 && row < g.H && column >= 0 && column < g.W)
                        {
                            sum += x[((b * g.CIn + firstChannel + ci) * g.H + row) * g.W + column]
                                * weight[((co * g.CInPerGroup + ci) * g.KernelH + kh) * g.KernelW + kw];
                        }
                    }
                }
            }

            y[i] = sum < floor ? floor : sum;
        }
    }

    internal readonly struct GatherWindows(
        ArrayView<float> dY, ArrayView<float> weight, ArrayView<float> bias, ArrayView<float> dX, ConvGeometry g, int hasBias,
        float floor) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of dX, i = ((b·CIn + ci)·H + row)·W + column.
            var column = i % g.W;
            var row = i / g.W % g.H;
            var ci = i / (g.W * g.H) % g.CIn;
            var b = i / (g.W * g.H * g.CIn);
            var firstChannel = ci / g.CInPerGroup * g.COutPerGroup;
            var sum = hasBias != 0 ? bias[ci] : 0f;
            for (var kh = 0; kh < g.KernelH; kh++)
            {
                var atRow = row + g.PadTop - kh * g.DilationH;
                for (var kw = 0; kw < g.KernelW; kw++)
                {
                    var atColumn = column + g.PadLeft - kw * g.DilationW;
                    var (oh, ow) = (atRow / g.StrideH, atColumn / g.StrideW);
                    if (atRow >= 0 && atColumn >= 0 && oh * g.StrideH == atRow && ow * g.StrideW == atColumn
                        && oh < g.OutH && ow < g.OutW)
                    {
                        for (var co = 0; co < g.COutPerGroup; co++)
                        {
                            sum += dY[((b * g.COut + firstChannel + co) * g.OutH + oh) * g.OutW + ow]
                                * weight[(((firstChannel + co) * g.CInPerGroup + ci % g.CInPerGroup) * g.KernelH + kh)
                                    * g.KernelW + kw];
                        }
                    }
                }
            }

            dX[i] = sum < floor ? floor : sum;
        }
    }

    internal readonly struct SumOverPixels(
        ArrayView<float> x, ArrayView<float> dY, ArrayView<float> dWeight, ConvGeometry g) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of dWeight, i = ((co·CIn/groups + ci)·KH + kh)·KW + kw.
            var kw = i % g.KernelW;
            var kh = i / g.KernelW % g.KernelH;
            var ci = i / (g.KernelW * g.KernelH) % g.CInPerGroup;
            var co = i / (g.KernelW * g.KernelH * g.CInPerGroup);
            var channel = co / g.COutPerGroup * g.CInPerGroup + ci;
            var sum = 0f;
            for (var b = 0; b < g.B; b++)
            {
                for (var oh = 0; oh < g.OutH; oh++)
                {
                    var row = g.InputRow(oh, kh);
                    for (var ow = 0; ow < g.OutW; ow++)
                    {
                        var column = g.InputColumn(ow, kw);
                        if (row >= 0 && row < g.H && column >= 0 && column < g.W)
                        {
                            sum += x[((b * g.CIn + channel) * g.H + row) * g.W + column]
                                * dY[((b * g.COut + co) * g.OutH + oh) * g.OutW + ow];
                        }
                    }
                }
            }

            dWeight[i] = sum;
        }
    }

    internal readonly record struct ForwardCall(
        ConvGeometry G, Tensor<float> X, Tensor<float> Weight, Tensor<float>? Bias, Tensor<float>? Residual, float Floor,
        Tensor<float> Y)
        : IPrimitive
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => device.Convolutions.Forward(G, X, Weight, Bias, Residual, Floor, Y);

        public void OnKernels(KernelDevice device)
        {
            if (device.HasFastGroups)
            {
                ConvTiles.Forward(device, G, X, Weight, Bias, Residual, Floor, Y);
                return;
            }

            device.Launch(Y.Size, new SumWindow(
                X.View, Weight.View, (Bias ?? Weight).View, (Residual ?? Weight).View, Y.View, G, Bias is null ? 0 : 1,
                Residual is null ? 0 : 1, Floor));
        }
    }

    /// <summary>Also the forward pass of the transposed convolution, which adds a bias.</summary>
    internal readonly record struct InputGradientCall(
        ConvGeometry G, Tensor<float> DY, Tensor<float> Weight, Tensor<float>? Bias, float Floor, Tensor<float> DX) : IPrimitive
    {
        public void OnHost(HostDevice device) => device.Convolutions.InputGradient(G, DY, Weight, Bias, Floor, DX);

        public void OnKernels(KernelDevice device)
        {
            if (device.HasFastGroups)
            {
                ConvTiles.InputGradient(device, G, DY, Weight, Bias, Floor, DX);
                return;
            }

            device.Launch(DX.Size, new GatherWindows(
                DY.View, Weight.View, (Bias ?? Weight).View, DX.View, G, Bias is null ? 0 : 1, Floor));
        }
    }

    internal readonly record struct WeightGradientCall(ConvGeometry G, Tensor<float> X, Tensor<float> DY, Tensor<float> DWeight)
        : IPrimitive
    {
        public void OnHost(HostDevice device) => device.Convolutions.WeightGradient(G, X, DY, DWeight);

        public void OnKernels(KernelDevice device)
        {
            if (device.HasFastGroups)
            {
                ConvTiles.WeightGradient(device, G, X, DY, DWeight);
                return;
            }

            device.Launch(DWeight.Size, new SumOverPixels(X.View, DY.View, DWeight.View, G));
        }
    }
}
