using IlgpuVq.Tensors.Memory;
using IlgpuVq.Tensors.Profiling;

namespace IlgpuVq.Tensors;

/// <summary>The replays of a recording on a device that can take them as one piece.</summary>
/// <remarks>
/// A piece holds addresses. So the calls get working memory of their own, found in the first replay, and before each launch it is
/// checked that memory which was lent when the piece was taken is still of the same loan, as each call would.
/// </remarks>
internal sealed class CapturedReplay(Device device, MemoryArena own) : IDisposable
{
    private readonly MemoryArena working = new();
    private readonly List<(Storage Storage, int Loan)> others = [];
    private CapturedWork? work;
    private bool hasRun;

    public bool IsCaptured => work is not null;

    /// <summary>Why the calls are run one by one; null when they are not, and before the capture.</summary>
    public string? Obstacle { get; private set; }

    /// <summary>Runs the recorded calls, in the form that there is.</summary>
    public void Run(Action calls)
    {
        if (work is not null && AreOthersLent())
        {
            Launch(work);
            return;
        }

        if (work is not null)
        {
            Discard();
            Obstacle = "uses a tensor that was disposed since";
        }

        device.BeginReplay(own, working);
        try
        {
            if (!hasRun || Obstacle is not null || !TryCapture(calls))
            {
                calls();
                hasRun = true;
                return;
            }
        }
        finally
        {
            device.EndReplay();
        }

        Launch(work!);
    }

    public void Dispose()
    {
        Discard();
        device.EndArena(working);
    }

    private void Launch(CapturedWork piece)
    {
        var start = device.Timeline?.Now ?? 0;
        piece.Launch();
        if (device.Timeline is { } timeline)
        {
            device.Synchronize();
            timeline.Add(SliceKind.Kernel, "graph", start);
        }
    }

    private bool TryCapture(Action calls)
    {
        work = device.TryCapture(calls, out var obstacle);
        if (work is null)
        {
            Obstacle = obstacle;
            return false;
        }

        foreach (var storage in work.Used)
        {
            if (storage.Arena != own && storage.Arena != working)
            {
                others.Add((storage, storage.Loan));
            }
        }

        return true;
    }

    /// <summary>No object is made for the check.</summary>
    private bool AreOthersLent()
    {
        foreach (var (storage, loan) in others)
        {
            if (!storage.IsLent(loan))
            {
                return false;
            }
        }

        return true;
    }

    private void Discard()
    {
        work?.Dispose();
        work = null;
        others.Clear();
    }
}
