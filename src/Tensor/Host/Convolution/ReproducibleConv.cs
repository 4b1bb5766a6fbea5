using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host.Convolution;

/// <summary>Host form of the convolution whose bits are the same on every processor: the windows of some pixels side by side, one
/// product of them (<see cref="ReproducibleGemm"/>), then bias and residual are added.</summary>
internal static unsafe class ReproducibleConv
{
    /// <summary>Of the windows that lie side by side.</summary>
    private const int MostFloats = 4 << 20;

    /// <summary>y = floor ∨ (x * weight + (bias + residual)).</summary>
    public static void Run(
        HostDevice device, in ConvGeometry g, Tensor<float> x, Tensor<float> weight, Tensor<float>? bias, Tensor<float>? residual,
        float floor, Tensor<float> y)
    {
        var (taps, pixels) = (g.CInPerGroup * g.KernelH * g.KernelW, g.OutH * g.OutW);
        var atOnce = Math.Clamp(MostFloats / taps, 1, pixels);
        using var windows = device.Borrow<float>(atOnce * taps);
        for (var part = 0; part < g.B * g.Groups; part++)
        {
            var (image, group) = (part / g.Groups, part % g.Groups);
            var source = x.Pointer + ((nint)image * g.CIn + group * g.CInPerGroup) * g.H * g.W;
            var kernels = new MatrixView(
                weight.Pointer + (nint)group * g.COutPerGroup * taps, g.COutPerGroup, taps, transposed: false);
            var target = y.Pointer + ((nint)image * g.COut + group * g.COutPerGroup) * pixels;
            for (var first = 0; first < pixels; first += atOnce)
            {
                var count = Math.Min(atOnce, pixels - first);
                device.Team.For(count, HostLoop.RowGrain(taps), new Gather(g, source, windows.Pointer, first));
                ReproducibleGemm.Run(
                    device, kernels, new MatrixView(windows.Pointer, taps, count, transposed: true), target + first, pixels);
            }
        }

        device.Team.For(
            g.B * g.COut, HostLoop.RowGrain(pixels),
            new Finish(g, bias is null ? null : bias.Pointer, residual is null ? null : residual.Pointer, floor, y.Pointer));
    }

    /// <summary>The window (CIn/groups, KH, KW) of each pixel; zeros outside of the image.</summary>
    private readonly struct Gather(ConvGeometry g, float* source, float* windows, int first) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var to = windows + (nint)start * g.CInPerGroup * g.KernelH * g.KernelW;
            for (var pixel = first + start; pixel < first + end; pixel++)
            {
                var (oh, ow) = (pixel / g.OutW, pixel % g.OutW);
                for (var channel = 0; channel < g.CInPerGroup; channel++)
                {
                    for (var kh = 0; kh < g.KernelH; kh++)
                    {
                        var row = g.InputRow(oh, kh);
                        for (var kw = 0; kw < g.KernelW; kw++)
                        {
                            var column = g.InputColumn(ow, kw);
                            *to++ = (uint)row < (uint)g.H && (uint)column < (uint)g.W
                                ? source[((nint)channel * g.H + row) * g.W + column]
                                : 0;
                        }
                    }
                }
            }
        }
    }

    /// <summary>One range item per plane of y.</summary>
    private readonly struct Finish(ConvGeometry g, float* bias, float* residual, float floor, float* y) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var (pixels, least) = (g.OutH * g.OutW, Vector512.Create(floor));
            for (var plane = start; plane < end; plane++)
            {
                var to = y + (nint)plane * pixels;
                var added = Vector512.Create(bias == null ? 0 : bias[plane % g.COut]);
                for (var i = 0; i < pixels; i += HostLoop.Width)
                {
                    var more = residual == null ? added : added + Vector512.Load(residual + (nint)plane * pixels + i);
                    var result = default(Larger).Apply(least, Vector512.Load(to + i) + more);
                    HostLoop.StorePart(result, to + i, Math.Min(HostLoop.Width, pixels - i));
                }
            }
        }
    }
}
