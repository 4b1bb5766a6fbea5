using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host.Convolution.Winograd;

/// <summary>Taps that form a square without holes over every stride-th pixel of the source: an unstrided convolution of its
/// own.</summary>
/// <param name="Row">Row in a strip of what the first tap reads for output (0, 0) of the strip.</param>
/// <param name="Column">Its column.</param>
/// <param name="Taps">r·r of them, in rows.</param>
internal sealed record WinogradView(int Row, int Column, ConvTap[] Taps);

/// <summary>Outputs at rows RowOffset, RowOffset + step, … and likewise for columns: the sum of what its views give.</summary>
internal sealed record WinogradPhase(int RowOffset, int ColumnOffset, WinogradView[] Views);

/// <summary>How a convolution falls into unstrided ones of 2×2 or 3×3 taps, and its outputs into tiles of 4×4.</summary>
/// <remarks>A strided convolution is an unstrided one over stride² times the channels, one for each residue of the taps; an input
/// gradient is one for each residue of the outputs. A strip is a row of tiles of one image.</remarks>
internal sealed class WinogradPlan
{
    private const int Outputs = WinogradFilter.Outputs;

    /// <summary>With fewer channels the transforms cost more than they save.</summary>
    private const int LeastChannels = 32;

    /// <summary>How many times fewer products there must be, tiles over the edge included.</summary>
    private const double LeastGain = 1.7;

    /// <summary>Of the transformed weights: one buffer must hold them.</summary>
    private const int MostFloats = 1 << 29;

    private WinogradPlan(in ConvGeometry g, bool isInputGradient, ConvPhase[] phases, int taps)
    {
        Geometry = g;
        IsInputGradient = isInputGradient;
        Taps = taps;
        var (x, y) = ((g.CIn, g.H, g.W), (g.COut, g.OutH, g.OutW));
        (Source, Result) = isInputGradient ? (y, x) : (x, y);
        (SourceStep, Step) = isInputGradient ? ((1, 1), (g.StrideH, g.StrideW)) : ((g.StrideH, g.StrideW), (1, 1));
        TileRows = CeilDivide(CeilDivide(Result.Height, Step.H), Outputs);
        TileColumns = CeilDivide(CeilDivide(Result.Width, Step.W), Outputs);
        var all = phases.SelectMany(phase => phase.Taps).ToArray();
        (FirstRow, FirstColumn) = (all.Min(tap => tap.SourceRow), all.Min(tap => tap.SourceColumn));
        StripRows = (Outputs - 1) * SourceStep.H + all.Max(tap => tap.SourceRow) - FirstRow + 1;
        StripColumns = (TileColumns * Outputs - 1) * SourceStep.W + all.Max(tap => tap.SourceColumn) - FirstColumn + 1;
        Phases = [.. phases.Select(phase => new WinogradPhase(phase.RowOffset, phase.ColumnOffset, ViewsOf(phase.Taps)))];
        SourceWidth = RoundUp(Source.Channels, WinogradFilter.Lanes);
        ResultWidth = RoundUp(Result.Channels, Math.Max(GemmTile.Columns, WinogradFilter.Lanes));
    }

    public ConvGeometry Geometry { get; }

    public bool IsInputGradient { get; }

    /// <summary>r, 2 or 3.</summary>
    public int Taps { get; }

    public (int Channels, int Height, int Width) Source { get; }

    public (int Channels, int Height, int Width) Result { get; }

    /// <summary>Source pixels between neighbouring outputs.</summary>
    public (int H, int W) SourceStep { get; }

    /// <summary>Pixels of the result between neighbouring outputs of a phase.</summary>
    public (int H, int W) Step { get; }

    /// <summary>Tiles of an image, in each phase.</summary>
    public int TileRows { get; }

    /// <inheritdoc cref="TileRows"/>
    public int TileColumns { get; }

    /// <summary>Source row and column of the first strip's first pixel; they may lie outside.</summary>
    public int FirstRow { get; }

    /// <inheritdoc cref="FirstRow"/>
    public int FirstColumn { get; }

    /// <summary>Pixels of the source that a strip reads.</summary>
    public int StripRows { get; }

    /// <inheritdoc cref="StripRows"/>
    public int StripColumns { get; }

    public WinogradPhase[] Phases { get; }

    /// <summary>Channels of source and result, rounded up to whole vectors and whole register tiles.</summary>
    public int SourceWidth { get; }

    /// <inheritdoc cref="SourceWidth"/>
    public int ResultWidth { get; }

    /// <summary>Length of the sums in the products: a phase's views, each with all source channels.</summary>
    public int Depth => Phases[0].Views.Length * SourceWidth;

    /// <summary>Points of a tile.</summary>
    public int Points => (Taps + Outputs - 1) * (Taps + Outputs - 1);

    public int Strips => Geometry.B * TileRows;

    public int StripFloats => StripRows * StripColumns * SourceWidth;

    /// <summary>Null where the geometry does not fall into such squares, or would not gain by it, and on processors without wide
    /// vectors.</summary>
    /// <param name="g">Of the convolution.</param>
    /// <param name="isInputGradient">Whether it makes dX.</param>
    /// <param name="leastTiles">With fewer tiles in the batch the transforms of the weight cost more than is saved.</param>
    public static WinogradPlan? TryCreate(in ConvGeometry g, bool isInputGradient, int leastTiles)
    {
        var phases = isInputGradient ? ConvPhase.OfInputGradient(g) : ConvPhase.OfForward(g);
        var step = isInputGradient ? (H: 1, W: 1) : (H: g.StrideH, W: g.StrideW);
        var taps = g.KernelH / g.StrideH;
        if (!WinogradFilter.IsSupported || g.Groups != 1 || Math.Min(g.CIn, g.COut) < LeastChannels || taps is not (2 or 3)
            || g.KernelH != taps * g.StrideH || g.KernelW != taps * g.StrideW
            || !phases.All(phase => AreSquares(phase.Taps, step, taps)))
        {
            return null;
        }

        var plan = new WinogradPlan(g, isInputGradient, phases, taps);
        var tiles = (double)plan.TileRows * plan.TileColumns;
        var outputs = (double)plan.Result.Height * plan.Result.Width / (plan.Step.H * plan.Step.W);
        var largest = (long)plan.Phases.Length * plan.Points
            * (plan.Depth + WinogradFilter.Lanes) * (plan.ResultWidth + WinogradFilter.Lanes);
        return outputs * taps * taps >= LeastGain * tiles * plan.Points && g.B * tiles >= leastTiles && largest <= MostFloats
            ? plan : null;
    }

    private WinogradView[] ViewsOf(ConvTap[] taps) =>
    [
        .. Residues(taps, SourceStep).Select(view =>
            new WinogradView(view[0].SourceRow - FirstRow, view[0].SourceColumn - FirstColumn, view)),
    ];

    private static bool AreSquares(ConvTap[] taps, (int H, int W) step, int side) =>
        taps.Length > 0 && Residues(taps, step).All(view =>
        view.Length == side * side && view.Index().All(tap =>
            tap.Item.SourceRow == view[0].SourceRow + tap.Index / side * step.H
            && tap.Item.SourceColumn == view[0].SourceColumn + tap.Index % side * step.W));

    /// <summary>The taps by the residue of where they read, each group in rows.</summary>
    private static IEnumerable<ConvTap[]> Residues(ConvTap[] taps, (int H, int W) step) => taps
        .OrderBy(tap => tap.SourceRow).ThenBy(tap => tap.SourceColumn)
        .GroupBy(tap => (Residue(tap.SourceRow, step.H), Residue(tap.SourceColumn, step.W)))
        .Select(group => group.ToArray());

    private static int Residue(int value, int modulus) => (value % modulus + modulus) % modulus;

    private static int CeilDivide(int a, int b) => (a + b - 1) / b;

    private static int RoundUp(int value, int multiple) => CeilDivide(value, multiple) * multiple;
}
