using System.Runtime.CompilerServices;

namespace ILGPU.Runtime.CPU;

/// <summary>What a lane waits for.</summary>
internal enum Rendezvous
{
    None,
    GroupBarrier,
    GroupBroadcast,
    GroupReduction,
    WarpBarrier,
    WarpShuffle,
    Finished,
}

/// <summary>
/// A thread of the host that runs one thread of a group, and can wait for the others in the middle of the kernel.
/// </summary>
internal sealed class Lane
{
    private readonly object gate = new();
    private readonly LaneTeam team;
    private readonly Thread thread;

    // Two slots for exchanges within the group and two for those within the warp: a lane can be one exchange ahead of another,
    // which then still reads the slot before, and never two.
    private readonly byte[][] slots = [[], [], [], []];
    private int groupExchanges;
    private int warpExchanges;
    private bool open;

    public Lane(LaneTeam team, int index, string name)
    {
        this.team = team;
        Index = index;
        // Kernels do not recurse and keep little on the stack.
        const int StackSize = 256 * 1024;
        thread = new(Loop, StackSize) { IsBackground = true, Name = name };
        thread.Start();
    }

    public int Index { get; }

    /// <summary>What this lane waits for; none where it can run.</summary>
    public Rendezvous Waiting { get; set; }

    /// <summary>Waits until every lane of the group, or of the warp, has come to the same kind of place.</summary>
    public void Meet(Rendezvous place) => team.Meet(this, place);

    /// <summary>Gives a value to the other lanes, waits for theirs, and reads the one of <paramref name="source"/>.</summary>
    public T Exchange<T>(T value, Rendezvous place, int source)
        where T : unmanaged
    {
        var slot = Publish(value, place);
        Meet(place);
        return team[source].Read<T>(slot);
    }

    /// <summary>Gives a value to the other lanes of the group, waits for theirs, and adds up all.</summary>
    public int Sum(int value)
    {
        var slot = Publish(value, Rendezvous.GroupReduction);
        Meet(Rendezvous.GroupReduction);
        var sum = 0;
        for (var i = 0; i < team.Count; i++)
        {
            sum += team[i].Read<int>(slot);
        }

        return sum;
    }

    /// <summary>Prepares for a new group.</summary>
    public void Reset()
    {
        Waiting = Rendezvous.None;
        groupExchanges = 0;
        warpExchanges = 0;
    }

    /// <summary>Lets this lane run.</summary>
    public void Resume()
    {
        lock (gate)
        {
            open = true;
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Stops until someone resumes this lane.</summary>
    public void Pause()
    {
        lock (gate)
        {
            while (!open)
            {
                Monitor.Wait(gate);
            }

            open = false;
        }
    }

    public void Join() => thread.Join();

    private int Publish<T>(T value, Rendezvous place)
        where T : unmanaged
    {
        var slot = place == Rendezvous.WarpShuffle ? 2 + (warpExchanges++ & 1) : groupExchanges++ & 1;
        if (slots[slot].Length < Unsafe.SizeOf<T>())
        {
            slots[slot] = new byte[Unsafe.SizeOf<T>()];
        }

        Unsafe.WriteUnaligned(ref slots[slot][0], value);
        return slot;
    }

    private T Read<T>(int slot)
        where T : unmanaged => Unsafe.ReadUnaligned<T>(ref slots[slot][0]);

    private void Loop()
    {
        while (true)
        {
            Pause();
            if (!team.Run(this))
            {
                return;
            }
        }
    }
}
