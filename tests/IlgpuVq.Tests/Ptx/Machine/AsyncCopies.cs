using System.Runtime.InteropServices;

namespace IlgpuVq.Tests.Ptx.Machine;

/// <summary>
/// Copies into shared memory that are under way. They arrive as late as they may: when their lane waits for them.
/// </summary>
internal sealed unsafe class AsyncCopies
{
    private readonly List<Copy>[] open = new List<Copy>[Warp.Size];
    private readonly Queue<List<Copy>>[] groups = new Queue<List<Copy>>[Warp.Size];

    public AsyncCopies()
    {
        for (var lane = 0; lane < Warp.Size; lane++)
        {
            (open[lane], groups[lane]) = ([], []);
        }
    }

    /// <summary>Reads now, and fills what the source does not have with zeros.</summary>
    public void Begin(int lane, byte* target, byte* source, int bytes, int sourceBytes)
    {
        var copy = new Copy { Target = target, Bytes = bytes };
        for (var i = 0; i < sourceBytes; i++)
        {
            copy.Data[i] = source[i];
        }

        open[lane].Add(copy);
    }

    /// <summary>What this lane has begun since is a group, even if that is nothing.</summary>
    public void Commit(int lane)
    {
        groups[lane].Enqueue(open[lane]);
        open[lane] = [];
    }

    /// <summary>All groups of a lane arrive but the latest.</summary>
    public void Wait(int lane, int pending)
    {
        while (groups[lane].Count > pending)
        {
            Arrive(groups[lane].Dequeue());
        }
    }

    public void WaitAll(int lane)
    {
        Wait(lane, 0);
        Arrive(open[lane]);
        open[lane].Clear();
    }

    public void Clear()
    {
        for (var lane = 0; lane < Warp.Size; lane++)
        {
            open[lane].Clear();
            groups[lane].Clear();
        }
    }

    private static void Arrive(List<Copy> copies)
    {
        foreach (ref var copy in CollectionsMarshal.AsSpan(copies))
        {
            for (var i = 0; i < copy.Bytes; i++)
            {
                copy.Target[i] = copy.Data[i];
            }
        }
    }

    private struct Copy
    {
        public byte* Target;
        public int Bytes;
        public fixed byte Data[16];
    }
}
