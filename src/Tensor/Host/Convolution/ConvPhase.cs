using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host.Convolution;

/// <summary>One kernel tap: where it sits in the weight, and what it reads for output (0, 0) of its phase.</summary>
internal readonly record struct ConvTap(int KernelRow, int KernelColumn, int SourceRow, int SourceColumn);

/// <summary>Outputs that share their taps: those at rows RowOffset, RowOffset + step, … and likewise for columns.</summary>
/// <remarks>A convolution is one phase that walks its source with the stride. Its input gradient, the transposed convolution,
/// falls into StrideH·StrideW phases, each an ordinary dense convolution of dY with every stride-th tap.</remarks>
internal sealed record ConvPhase(int RowOffset, int ColumnOffset, ConvTap[] Taps)
{
    public static ConvPhase[] OfForward(in ConvGeometry g)
    {
        var taps = new List<ConvTap>();
        for (var kh = 0; kh < g.KernelH; kh++)
        {
            for (var kw = 0; kw < g.KernelW; kw++)
            {
                taps.Add(new ConvTap(kh, kw, g.InputRow(0, kh), g.InputColumn(0, kw)));
            }
        }

        return [new ConvPhase(0, 0, [.. taps])];
    }

    public static ConvPhase[] OfInputGradient(in ConvGeometry g)
    {
        var phases = new List<ConvPhase>();
        for (var row = 0; row < g.StrideH; row++)
        {
            for (var column = 0; column < g.StrideW; column++)
            {
                phases.Add(new ConvPhase(row, column, InputGradientTaps(g, row, column)));
            }
        }

        return [.. phases];
    }

    private static ConvTap[] InputGradientTaps(in ConvGeometry g, int row, int column)
    {
        // x row r meets output row o at kernel row kh where r = o·stride + kh·dilation − pad.
        var taps = new List<ConvTap>();
        for (var kh = 0; kh < g.KernelH; kh++)
        {
            for (var kw = 0; kw < g.KernelW; kw++)
            {
                var (atRow, atColumn) = (row + g.PadTop - kh * g.DilationH, column + g.PadLeft - kw * g.DilationW);
                if (atRow % g.StrideH == 0 && atColumn % g.StrideW == 0)
                {
                    taps.Add(new ConvTap(kh, kw, atRow / g.StrideH, atColumn / g.StrideW));
                }
            }
        }

        return [.. taps];
    }
}
