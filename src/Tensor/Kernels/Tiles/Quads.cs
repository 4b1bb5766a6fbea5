using ILGPU;

namespace IlgpuVq.Tensors.Kernels.Tiles;

/// <summary>An operand whose neighbours come in fours, which one copy brings; see <see cref="ITileOperand.RunsInQuads"/>.</summary>
internal readonly record struct Quads<T>(T Operand) : ITileOperand
    where T : struct, ITileOperand
{
    public static bool RunsAlongK => T.RunsAlongK;

    public static int Run => 4;

    public ArrayView<float> Values => Operand.Values;

    public bool RunsInQuads(in TileSizes sizes, int lanes) => true;

    public TilePlace Lane(int batch, int index) => Operand.Lane(batch, index);

    public TilePlace Step(int k) => Operand.Step(k);

    public int Find(in TilePlace lane, in TilePlace step) => Operand.Find(lane, step);

    /// <summary>A multiple of four elements: 16 bytes.</summary>
    public static bool Fits(params ReadOnlySpan<long> lengths)
    {
        foreach (var length in lengths)
        {
            if (length % 4 != 0)
            {
                return false;
            }
        }

        return true;
    }
}
