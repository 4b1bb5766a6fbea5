using ILGPU;

namespace IlgpuVq.Tensors.Kernels.Tiles;

/// <summary>An operand whose neighbours come in fours, which one copy brings; see <see cref="ITileOperand{TLane}.RunsInQuads"/>.</summary>
internal readonly record struct Quads<T, TLane>(T Operand) : ITileOperand<TLane>
    where T : struct, ITileOperand<TLane>
    where TLane : unmanaged
{
    public static bool RunsAlongK => T.RunsAlongK;

    public static int Run => 4;

    public ArrayView<float> Values => Operand.Values;

    public bool RunsInQuads(in TileSizes sizes, int lanes) => true;

    public TLane Lane(int batch, int index) => Operand.Lane(batch, index);

    public int Find(in TLane lane, int k) => Operand.Find(lane, k);

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
