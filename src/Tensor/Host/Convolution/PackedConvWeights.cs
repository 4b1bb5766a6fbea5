using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using IlgpuVq.Tensors.Host.Gemm;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host.Convolution;

/// <summary>How a weight (co, ci, kh, kw) is packed for <see cref="DenseConv"/>: in panels of <see cref="GemmTile.Rows"/> result
/// channels, each [phase][tap][source channel][row], zeros where there are no more channels.</summary>
internal sealed unsafe class PackedConvWeights
{
    private const int Block = 8;

    private readonly ConvGeometry g;
    private readonly bool isInputGradient;
    private readonly int sourceChannels, resultChannels, taps;

    /// <summary>Where each tap of the weight, in its order there, begins in a panel.</summary>
    private readonly int[] tapOffsets;

    /// <param name="geometry">Of the convolution.</param>
    /// <param name="isInputGradient">Whether result channels are ci.</param>
    /// <param name="order">The taps in the order of a panel.</param>
    public PackedConvWeights(in ConvGeometry geometry, bool isInputGradient, IEnumerable<ConvTap> order)
    {
        (g, this.isInputGradient) = (geometry, isInputGradient);
        (sourceChannels, resultChannels) = isInputGradient
            ? (g.COutPerGroup, g.CInPerGroup)
            : (g.CInPerGroup, g.COutPerGroup);
        taps = g.KernelH * g.KernelW;
        tapOffsets = new int[taps];
        foreach (var (place, tap) in order.Index())
        {
            tapOffsets[tap.KernelRow * g.KernelW + tap.KernelColumn] = place * sourceChannels * GemmTile.Rows;
        }

        Form = new WeightForm(g.WithoutImages(), isInputGradient);
        Panels = (resultChannels - 1) / GemmTile.Rows + 1;
        PanelFloats = taps * sourceChannels * GemmTile.Rows;
    }

    /// <summary>For <see cref="HostDevice.Derive"/>.</summary>
    public object Form { get; }

    /// <summary>Panels of a group.</summary>
    public int Panels { get; }

    public int PanelFloats { get; }

    public int Floats => g.Groups * Panels * PanelFloats;

    public void Pack(HostDevice device, float* weight, float* packed) =>
        device.Team.For(g.Groups * Panels, 1, new PanelBody(this, weight, packed));

    private sealed record WeightForm(ConvGeometry Of, bool IsInputGradient);

    /// <summary>One range item per group and panel.</summary>
    private readonly struct PanelBody(PackedConvWeights owner, float* weight, float* packed) : IRangeBody
    {
        public void Range(int start, int end)
        {
            for (var item = start; item < end; item++)
            {
                owner.PackPanel(weight, item / owner.Panels, item % owner.Panels, packed + (nint)item * owner.PanelFloats);
            }
        }
    }

    /// <summary>The numbers of one row lie in lines, each of which holds whole source channels: all of them forward, one where
    /// the rows are ci.</summary>
    private void PackPanel(float* weight, int group, int panel, float* to)
    {
        var (rowStep, lines, lineStep, length) = isInputGradient
            ? (taps, sourceChannels, g.CInPerGroup * taps, taps)
            : (g.CInPerGroup * taps, 1, 0, sourceChannels * taps);
        var firstRow = panel * GemmTile.Rows;
        var rows = Math.Min(GemmTile.Rows, resultChannels - firstRow);
        var from = weight + (nint)group * g.COutPerGroup * g.CInPerGroup * taps + (nint)firstRow * rowStep;
        if (rows < GemmTile.Rows)
        {
            new Span<float>(to, PanelFloats).Clear();
        }

        // A block reads rows behind the panel's, so there must be some.
        var isInBlocks = Avx.IsSupported && firstRow + Block <= resultChannels && length >= Block;
        var block = stackalloc float[Block * Block];
        for (var line = 0; line < lines; line++, from += lineStep, to += GemmTile.Rows)
        {
            if (!isInBlocks)
            {
                PackLine(from, rowStep, rows, length, to);
                continue;
            }

            for (var k = 0; k < length; k += Block)
            {
                // The last block overlaps the one before.
                var first = Math.Min(k, length - Block);
                HostTranspose.Block8(from + first, rowStep, block, Block);
                PutBlock(block, first, to);
            }
        }
    }

    private void PackLine(float* from, int rowStep, int rows, int length, float* to)
    {
        for (var k = 0; k < length; k++)
        {
            var (channel, tap) = Math.DivRem(k, taps);
            var place = to + tapOffsets[tap] + channel * GemmTile.Rows;
            for (var row = 0; row < rows; row++)
            {
                place[row] = from[(nint)row * rowStep + k];
            }
        }
    }

    /// <summary>Puts the rows' numbers of eight neighbours of a line in their places.</summary>
    private void PutBlock(float* block, int first, float* to)
    {
        var (channel, tap) = Math.DivRem(first, taps);
        for (var i = 0; i < Block; i++, block += Block)
        {
            var place = to + tapOffsets[tap] + channel * GemmTile.Rows;
            if (GemmTile.Rows == Block)
            {
                Vector256.Load(block).Store(place);
            }
            else
            {
                new ReadOnlySpan<float>(block, GemmTile.Rows).CopyTo(new Span<float>(place, GemmTile.Rows));
            }

            if (++tap == taps)
            {
                (channel, tap) = (channel + 1, 0);
            }
        }
    }
}
