using ILGPU.Runtime.Cuda;

namespace IlgpuVq.Tests.Ptx.Driver;

/// <summary>Work in its order, which waits until somebody waits for it.</summary>
internal sealed class EmulatedStream
{
    private readonly Queue<Action> work = new();
    private long done;

    /// <summary>What the stream was given since its capture began; null if it is not captured.</summary>
    public List<Action>? Captured { get; set; }

    public bool IsInvalid { get; set; }

    public int CapturingThread { get; set; }

    /// <summary>The number of the latest piece of work.</summary>
    public long LastTicket => done + work.Count;

    public CudaError Add(Action piece)
    {
        if (Captured is { } nodes)
        {
            nodes.Add(piece);
        }
        else
        {
            work.Enqueue(piece);
        }

        return CudaError.CUDA_SUCCESS;
    }

    /// <summary>Runs all up to a piece of work, if it has not run yet.</summary>
    public void RunUntil(long ticket)
    {
        while (done < ticket)
        {
            done++;
            work.Dequeue()();
        }
    }
}
