using IlgpuVq.Tensors.Memory;
using IlgpuVq.Tensors.Profiling;

namespace IlgpuVq.Tensors;

/// <summary>Work on a device that is done again and again on the same tensors, such as a training step:
/// recorded once, then replayed.</summary>
/// <remarks>
/// <para>The first <see cref="Run"/> executes the body and records its primitive calls. Later ones execute those calls again, in
/// order, on the same memory, without running the body's C#: nothing is computed about shapes, no tape is built, no object is
/// made. The bits are those that the body would give.</para>
/// <para>What changes between runs must lie in tensors that were made before and are overwritten outside of the body: the batch,
/// <see cref="Scalars"/> such as weights that follow a schedule, a <see cref="RandomState"/>. Results go to such tensors too.
/// Plain numbers that the body passes to ops are recorded as they are.</para>
/// <para>What a replay would not repeat is refused while the body is recorded: a tensor that is read or written from the host,
/// random numbers of a seed, tensors that the body keeps or, made before, disposes.</para>
/// <para>Where the device can take work in one piece (CUDA graphs), the second replay is captured and later ones are one launch.
/// Where that does not succeed, launches go on one by one; <see cref="GraphObstacle"/> says why.</para>
/// </remarks>
public sealed class Recording : IDisposable
{
    private readonly Device device;
    private readonly Action body;
    private readonly Action runCalls;
    private readonly List<RecordedCall> calls = [];
    private MemoryArena? arena;
    private CapturedReplay? captured;

    /// <param name="device">Where the work is done.</param>
    /// <param name="body">The work: called in the first run, and whenever it cannot be replayed.</param>
    public Recording(Device device, Action body) => (this.device, this.body, runCalls) = (device, body, RunCalls);

    /// <summary>Whether the next run replays what an earlier one recorded.</summary>
    public bool IsRecorded => arena is not null;

    /// <summary>Whether replays are launched in one piece.</summary>
    public bool IsCaptured => captured?.IsCaptured == true;

    /// <summary>Why replays are not launched in one piece; null when they are, before it was tried,
    /// and on devices that cannot.</summary>
    public string? GraphObstacle => captured?.Obstacle;

    /// <summary>How many calls were recorded.</summary>
    internal int Calls => calls.Count;

    /// <summary>Executes the body, or what was recorded of it.</summary>
    /// <remarks>Within the body of another recording it executes its own, which the other then records.</remarks>
    /// <exception cref="InvalidOperationException">The body does what a replay would not repeat. The next run records
    /// anew.</exception>
    public void Run()
    {
        if (device.Recorder is not null)
        {
            body();
        }
        else if (arena is null)
        {
            Record();
        }
        else
        {
            Replay(arena);
        }
    }

    /// <summary>Gives the memory back to the device.</summary>
    public void Dispose()
    {
        captured?.Dispose();
        if (arena is not null)
        {
            device.EndArena(arena);
            arena = null;
        }

        calls.Clear();
    }

    internal void Add<TCall>(in TCall call)
        where TCall : struct, IPrimitive
    {
        if (TCall.DrawsNumbers)
        {
            throw Refused("random numbers of a seed", "Draw them from a RandomState, and set it before Run.");
        }

        calls.Add(new RecordedCall<TCall>(call, device.Purpose));
    }

    /// <summary>The error for what a replay would not repeat.</summary>
    internal static InvalidOperationException Refused(string what, string advice) =>
        new($"recording: expected work that a replay can repeat; got {what}. {advice}");

    private void Record()
    {
        var own = new MemoryArena();
        device.BeginRecording(this, own);
        try
        {
            body();
            CheckTensors(own);
            arena = own;
            captured = device.CanCapture ? new CapturedReplay(device, own) : null;
        }
        finally
        {
            device.EndRecording();
            if (arena is null)
            {
                calls.Clear();
                device.EndArena(own);
            }
        }
    }

    /// <summary>The body must end with the tensors that it began with.</summary>
    private static void CheckTensors(MemoryArena own)
    {
        if (own.LiveBuffers > 0)
        {
            throw Refused("a body that keeps tensors which it made", "Copy results into tensors that were made before Run.");
        }

        if (own.HasLostOthers)
        {
            throw Refused("a body that disposes tensors which were made before", "Dispose them after the recording.");
        }
    }

    private void Replay(MemoryArena own)
    {
        if (captured is not null)
        {
            captured.Run(runCalls);
            return;
        }

        device.BeginReplay(own, working: null);
        try
        {
            RunCalls();
        }
        finally
        {
            device.EndReplay();
        }
    }

    private void RunCalls()
    {
        foreach (var call in calls)
        {
            call.Run(device);
        }

        device.Purpose = null;
    }

    private abstract class RecordedCall
    {
        public abstract void Run(Device device);
    }

    private sealed class RecordedCall<TCall>(TCall call, CallPurpose? purpose) : RecordedCall
        where TCall : struct, IPrimitive
    {
        private readonly TCall call = call;

        public override void Run(Device device)
        {
            device.Purpose = purpose;
            device.Execute(call);
        }
    }
}
