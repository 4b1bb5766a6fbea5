using IlgpuVq.Tensors.Host.Gemm;

namespace IlgpuVq.Tensors.Host.Convolution.Winograd;

/// <summary>Transforms a weight (COut, CIn, KH, KW) to panels for the register tile: [phase][point][column tile][view, source
/// channel][column], where columns are result channels.</summary>
/// <remarks>One range item per source channel.</remarks>
internal readonly unsafe struct WinogradWeights<TFilter>(WinogradPlan plan, float* weight, float* to) : IRangeBody
    where TFilter : struct, IWinogradFilter
{
    /// <summary>Floats from one point to the next; a vector more than the panels take, so that the points of one weight do not
    /// all fall into the same set of a cache.</summary>
    public static int PointStep(WinogradPlan plan) => plan.Depth * plan.ResultWidth + WinogradFilter.Lanes;

    public static int Floats(WinogradPlan plan) => plan.Phases.Length * plan.Points * PointStep(plan);

    public static void Transform(HostDevice device, WinogradPlan plan, float* weight, float* to)
    {
        if (plan.SourceWidth > plan.Source.Channels)
        {
            new Span<float>(to, Floats(plan)).Clear();
        }

        device.Team.For(plan.Source.Channels, 8, new WinogradWeights<TFilter>(plan, weight, to));
    }

    public void Range(int start, int end)
    {
        var g = plan.Geometry;
        var taps = g.KernelH * g.KernelW;
        var temporary = HostScratch.Floats(WinogradFilter.TemporaryFloats + taps * plan.ResultWidth);
        var turned = temporary + WinogradFilter.TemporaryFloats;
        new Span<float>(turned, taps * plan.ResultWidth).Clear();
        for (var channel = start; channel < end; channel++)
        {
            // [tap][result channel]
            if (plan.IsInputGradient)
            {
                HostTranspose.Run(weight + (nint)channel * g.CIn * taps, taps, turned, plan.ResultWidth, g.CIn, taps);
            }
            else
            {
                HostTranspose.Run(weight + (nint)channel * taps, (nint)g.CIn * taps, turned, plan.ResultWidth, g.COut, taps);
            }

            var phaseTo = to;
            foreach (var phase in plan.Phases)
            {
                for (var view = 0; view < phase.Views.Length; view++)
                {
                    TransformView(phase.Views[view].Taps, turned, phaseTo, view * plan.SourceWidth + channel, temporary);
                }

                phaseTo += (nint)plan.Points * PointStep(plan);
            }
        }
    }

    private void TransformView(ConvTap[] taps, float* turned, float* phase, int row, float* temporary)
    {
        var (width, columns, kernelW) = (plan.ResultWidth, GemmTile.Columns, plan.Geometry.KernelW);
        var (first, below, right) = (taps[0], taps[plan.Taps], taps[1]);
        var from = turned + (first.KernelRow * kernelW + first.KernelColumn) * width;
        var rowStep = (below.KernelRow - first.KernelRow) * kernelW * width;
        var columnStep = (right.KernelColumn - first.KernelColumn) * width;
        for (var lane = 0; lane < width; lane += WinogradFilter.Lanes)
        {
            var at = phase + ((nint)(lane / columns) * plan.Depth + row) * columns + lane % columns;
            WinogradFilter.Weight<TFilter>(from + lane, rowStep, columnStep, at, PointStep(plan), temporary);
        }
    }
}
