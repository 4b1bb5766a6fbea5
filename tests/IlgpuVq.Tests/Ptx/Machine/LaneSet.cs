using System.Numerics;

namespace IlgpuVq.Tests.Ptx.Machine;

/// <summary>The numbers of the bits that are set, from low to high.</summary>
internal ref struct LaneSet(uint mask)
{
    private uint rest = mask;

    public int Current { get; private set; }

    public readonly LaneSet GetEnumerator() => this;

    public bool MoveNext()
    {
        if (rest == 0)
        {
            return false;
        }

        Current = BitOperations.TrailingZeroCount(rest);
        rest &= rest - 1;
        return true;
    }
}
