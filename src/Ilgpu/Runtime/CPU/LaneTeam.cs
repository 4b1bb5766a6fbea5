using System.Runtime.ExceptionServices;

namespace ILGPU.Runtime.CPU;

/// <summary>
/// Runs groups whose threads wait for each other: one host thread per lane, of which exactly one runs at any time.
/// </summary>
/// <remarks>
/// <para>A lane runs until it waits or ends, then hands over to the next one that can run, in the order of their numbers; so
/// the threads of a group have one order of execution, and atomics and even races give the same bits in every run.</para>
/// <para>When none can run and some still wait, the kernel would hang: that is reported, and the waiting lanes are
/// unwound.</para>
/// </remarks>
internal sealed class LaneTeam(string name) : IDisposable
{
    private readonly List<Lane> lanes = [];
    private readonly SemaphoreSlim finished = new(0);
    private KernelLaunch? launch;
    private GroupState? group;
    private Action? body;
    private Exception? failure;
    private int waiting;

    /// <summary>The number of threads of the current group.</summary>
    public int Count { get; private set; }

    public Lane this[int index] => lanes[index];

    /// <summary>Runs groups one after another. One caller at a time.</summary>
    public void RunGroups(KernelLaunch current, long start, long end, Action kernel)
    {
        var state = new GroupState(current);
        for (var i = start; i < end; i++)
        {
            state.Begin(i);
            RunGroup(current, state, kernel);
        }
    }

    /// <summary>Runs the kernel on a lane that was resumed for it; false if the lane is to end.</summary>
    public bool Run(Lane lane)
    {
        if (launch is null || group is null || body is null)
        {
            return false;
        }

        if (failure is null)
        {
            // Never left: this host thread runs nothing but kernels, and the next group of the launch goes on with it.
            var thread = KernelThread.Enter(launch);
            thread.Begin(group, lane.Index, lane);
            try
            {
                body();
            }
            catch (LaneUnwoundException)
            {
                // Its cause is reported already.
            }
#pragma warning disable CA1031 // Whatever a kernel throws is reported by RunGroup.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Fail(launch.Failure($"{group.Place}, lane {thread.GroupIndex}", exception));
            }
        }

        lane.Waiting = Rendezvous.Finished;
        if (Next(lane) is { } next)
        {
            next.Resume();
        }
        else
        {
            finished.Release();
        }

        return true;
    }

    /// <summary>
    /// Stops the running lane until all lanes of its group, or of its warp, have come to the same kind of place.
    /// </summary>
    public void Meet(Lane lane, Rendezvous place)
    {
        lane.Waiting = place;
        var inWarp = place is Rendezvous.WarpBarrier or Rendezvous.WarpShuffle;
        var next = (inWarp ? ReleaseWarp(lane) : ReleaseGroup(lane)) ?? Next(lane);
        if (next is not null && next != lane)
        {
            next.Resume();
            lane.Pause();
        }

        if (failure is not null)
        {
            throw new LaneUnwoundException();
        }
    }

    public void Dispose()
    {
        // Without a launch, a lane that is resumed ends.
        foreach (var lane in lanes)
        {
            lane.Resume();
            lane.Join();
        }

        lanes.Clear();
        finished.Dispose();
    }

    private void RunGroup(KernelLaunch current, GroupState state, Action kernel)
    {
        Count = current.GroupSize;
        while (lanes.Count < Count)
        {
            lanes.Add(new(this, lanes.Count, $"{name} lane {lanes.Count}"));
        }

        for (var i = 0; i < Count; i++)
        {
            lanes[i].Reset();
        }

        (launch, group, body, failure, waiting) = (current, state, kernel, null, 0);
        lanes[0].Resume();
        finished.Wait();
        (launch, group, body) = (null, null, null);
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>The first lane of the group, if this one was the last to come to its place.</summary>
    private Lane? ReleaseGroup(Lane lane)
    {
        waiting++;
        if (waiting < Count || !Release(0, Count, lane.Waiting))
        {
            return null;
        }

        waiting = 0;
        return lanes[0];
    }

    /// <summary>The first lane of the warp, if this one was the last to come to its place.</summary>
    private Lane? ReleaseWarp(Lane lane)
    {
        var size = launch!.WarpSize;
        var start = lane.Index / size * size;
        return Release(start, Math.Min(start + size, Count), lane.Waiting) ? lanes[start] : null;
    }

    private bool Release(int start, int end, Rendezvous place)
    {
        for (var i = start; i < end; i++)
        {
            if (lanes[i].Waiting != place)
            {
                return false;
            }
        }

        for (var i = start; i < end; i++)
        {
            lanes[i].Waiting = Rendezvous.None;
        }

        return true;
    }

    /// <summary>The next lane that can run; null when all have ended.</summary>
    private Lane? Next(Lane lane)
    {
        if (Ready(lane) is { } ready)
        {
            return ready;
        }

        if (lanes.Take(Count).FirstOrDefault(IsWaiting) is not { } stuck)
        {
            return null;
        }

        var other = lanes.Take(Count).First(candidate => candidate.Waiting != stuck.Waiting);
        Fail(launch!.Failure(
            group!.Place,
            new InvalidKernelOperationException(
                "expected all threads of a group, or of a warp, to come to the same barrier, broadcast or shuffle; got thread " +
                $"{stuck.Index} at {stuck.Waiting} and thread {other.Index} at {other.Waiting}. Move it out of the branch.")));
        return Ready(lane);
    }

    private Lane? Ready(Lane lane)
    {
        for (var i = 1; i <= Count; i++)
        {
            var candidate = lanes[(lane.Index + i) % Count];
            if (candidate.Waiting == Rendezvous.None)
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>Keeps the first failure and lets the waiting lanes unwind.</summary>
    private void Fail(Exception exception)
    {
        failure ??= exception;
        foreach (var lane in lanes.Take(Count).Where(IsWaiting))
        {
            lane.Waiting = Rendezvous.None;
        }
    }

    private static bool IsWaiting(Lane lane) => lane.Waiting is not (Rendezvous.None or Rendezvous.Finished);

    /// <summary>Takes a lane out of the kernel when another one failed.</summary>
    private sealed class LaneUnwoundException : Exception;
}
