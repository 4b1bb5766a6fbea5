using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace IlgpuVq.Tensors.Host;

/// <summary>Work that a <see cref="ThreadTeam"/> splits: chunks of a range.</summary>
internal interface IRangeBody
{
    /// <summary>Does the elements [start, end), on any thread, while other chunks run on others.</summary>
    void Range(int start, int end);
}

/// <summary>A fixed set of threads that share one range at a time.</summary>
/// <remarks>
/// <para>The chunks of a range depend on its length and grain alone, never on the number of threads, and each is done by one thread in one
/// call: what a body computes per chunk has the same bits on any machine size. Which thread takes which chunk is left to who is free.</para>
/// <para>Threads spin for a moment after a range, because the next one of a training step follows within microseconds, then sleep.</para>
/// </remarks>
internal sealed unsafe class ThreadTeam : IDisposable
{
    private const int SpinRounds = 2000;
    private readonly Thread[] workers;
    private readonly object gate = new();

    // The current job. Written by the owner before `generation` is raised, read by workers after they saw it rise.
    private delegate*<void*, int, int, void> run;
    private void* body;
    private int count;
    private int grain;
    private int chunks;
    private int generation;
    private int next;
    private int working;
    private Exception? failure;
    private volatile bool stopping;

    public ThreadTeam(int threads)
    {
        Threads = threads;
        workers = new Thread[threads - 1];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = new Thread(Work) { IsBackground = true, Name = $"host team {i + 1}" };
            workers[i].Start();
        }
    }

    public int Threads { get; }

    /// <summary>Runs <paramref name="body"/> over [0, count) in chunks of <paramref name="grain"/>; returns when all are done.</summary>
    /// <exception cref="Exception">The first exception of a chunk, after all others have ended.</exception>
    public void For<TBody>(int count, int grain, TBody body)
        where TBody : struct, IRangeBody
    {
        grain = Math.Max(grain, 1);
        if (Threads == 1 || count <= grain)
        {
            for (var start = 0; start < count; start += grain)
            {
                body.Range(start, Math.Min(start + grain, count));
            }

            return;
        }

        // `body` lives in this frame, which stays until every worker has left the job, so its address is stable.
        this.body = Unsafe.AsPointer(ref body);
        run = &RunChunk<TBody>;
        this.count = count;
        this.grain = grain;
        chunks = (count - 1) / grain + 1;
        failure = null;
        next = 0;
        working = workers.Length;
        NextGeneration();
        TakeChunks();
        var spin = default(SpinWait);
        while (Volatile.Read(ref working) > 0)
        {
            // Workers end within one chunk; the wait backs off to yielding if the machine has taken their processor away.
            spin.SpinOnce(sleep1Threshold: -1);
        }

        if (failure is { } exception)
        {
            ExceptionDispatchInfo.Throw(exception);
        }
    }

    public void Dispose()
    {
        stopping = true;
        NextGeneration();
        foreach (var worker in workers)
        {
            worker.Join();
        }
    }

    private static void RunChunk<TBody>(void* body, int start, int end)
        where TBody : struct, IRangeBody => Unsafe.AsRef<TBody>(body).Range(start, end);

    private void TakeChunks()
    {
        int chunk;
        while ((chunk = Interlocked.Increment(ref next) - 1) < chunks)
        {
            try
            {
                var start = chunk * grain;
                run(body, start, (int)Math.Min((long)start + grain, count));
            }
#pragma warning disable CA1031 // Handed to the owner of the job, which rethrows it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref failure, exception, null);
            }
        }
    }

    private void Work()
    {
        var seen = 0;
        while (true)
        {
            seen = WaitAfter(seen);
            if (stopping)
            {
                return;
            }

            TakeChunks();
            Interlocked.Decrement(ref working);
        }
    }

    private int WaitAfter(int seen)
    {
        for (var round = 0; round < SpinRounds; round++)
        {
            var now = Volatile.Read(ref generation);
            if (now != seen)
            {
                return now;
            }

            Thread.SpinWait(20);
        }

        lock (gate)
        {
            while (generation == seen)
            {
                Monitor.Wait(gate);
            }

            return generation;
        }
    }

    private void NextGeneration()
    {
        lock (gate)
        {
            Volatile.Write(ref generation, generation + 1);
            Monitor.PulseAll(gate);
        }
    }
}
