namespace IlgpuVq.Tensors.Host.Convolution.Winograd;

/// <summary>The source of a row of tiles with its channels last, [row][column][channel], zeros outside the image, and its
/// transform.</summary>
internal static unsafe class WinogradStrip
{
    /// <summary>Reads the strip of so many pixels whose first one is (firstRow, firstColumn) of an image (C, H, W).</summary>
    /// <param name="image">The image.</param>
    /// <param name="size">Its lengths.</param>
    /// <param name="first">Row and column of the strip's first pixel; they may lie outside.</param>
    /// <param name="strip">Rows and columns of the strip.</param>
    /// <param name="width">Floats of a pixel: the channels and zeros behind them.</param>
    /// <param name="to">The strip.</param>
    public static void Load(
        float* image, (int Channels, int Height, int Width) size, (int Row, int Column) first, (int Rows, int Columns) strip,
        int width,
        float* to)
    {
        var left = Math.Clamp(-first.Column, 0, strip.Columns);
        var right = Math.Clamp(size.Width - first.Column, left, strip.Columns);
        var rowFloats = strip.Columns * width;
        for (var row = 0; row < strip.Rows; row++, to += rowFloats)
        {
            var sourceRow = first.Row + row;
            if ((uint)sourceRow >= (uint)size.Height)
            {
                new Span<float>(to, rowFloats).Clear();
                continue;
            }

            new Span<float>(to, left * width).Clear();
            if (width > size.Channels)
            {
                new Span<float>(to + left * width, (right - left) * width).Clear();
            }

            HostTranspose.Run(
                image + sourceRow * size.Width + first.Column + left, (nint)size.Height * size.Width, to + left * width, width,
                size.Channels, right - left);
            new Span<float>(to + right * width, (strip.Columns - right) * width).Clear();
        }
    }

    /// <summary>Transforms a phase's views of every tile of a strip: points [point][tile][view, channel].</summary>
    public static void Transform<TFilter>(
        WinogradPlan plan, WinogradPhase phase, float* strip, float* points, nint tileStep, nint pointStep, float* temporary)
        where TFilter : struct, IWinogradFilter
    {
        var (rowStep, columnStep) = ((nint)plan.StripColumns * plan.SourceWidth, plan.SourceWidth);
        for (var tile = 0; tile < plan.TileColumns; tile++, points += tileStep)
        {
            var to = points;
            foreach (var view in phase.Views)
            {
                var column = view.Column + tile * WinogradFilter.Outputs * plan.SourceStep.W;
                var from = strip + view.Row * rowStep + column * columnStep;
                for (var lane = 0; lane < plan.SourceWidth; lane += WinogradFilter.Lanes, to += WinogradFilter.Lanes)
                {
                    WinogradFilter.Source<TFilter>(
                        from + lane, plan.SourceStep.H * rowStep, plan.SourceStep.W * columnStep, to, pointStep, temporary);
                }
            }
        }
    }
}
