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
/// <para>The chunks of a range depend on its length and grain alone, never on the number of threads, and each is done by one
/// thread in one call: what a body computes per chunk has the same bits on any machine size. Which thread takes which chunk is
/// left to who is free.</para>
/// <para>A range ends when its chunks are done, not when every thread has noticed it: on a busy machine the caller does alone
/// what threads without a processor do not come to take.</para>
/// <para>A body may not split work in its turn: the team has one range at a time.</para>
/// <para>Threads spin for a moment after a range, because the next one of a training step follows within microseconds, then
/// sleep.</para>
/// </remarks>
internal sealed unsafe class ThreadTeam : IDisposable
{
    private const int SpinRounds = 2000;
    private const int SpinsPerRound = 20;

    [ThreadStatic]
    private static bool isInBody;

    private readonly Thread[] workers;
    private readonly object gate = new();

    // The current range. Only its owner writes these, before it raises `open` and after the last chunk is done; whoever has taken
    // a chunk may read them, because the owner waits for that chunk.
    private delegate*<void*, int, int, void> run;
    private void* body;
    private int count;
    private int grain;
    private int chunks;
    private Exception? failure;

    private int open;
    private int done;
    private int sleepers;
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

    /// <summary>Runs <paramref name="body"/> over [0, count) in chunks of <paramref name="grain"/>; returns when all are
    /// done.</summary>
    /// <exception cref="InvalidOperationException">A body of a team called.</exception>
    /// <exception cref="Exception">The first exception of a chunk, after all others have ended.</exception>
    public void For<TBody>(int count, int grain, TBody body)
        where TBody : struct, IRangeBody
    {
        if (isInBody)
        {
            throw new InvalidOperationException(
                "thread team: expected a call from outside of its bodies; got one from a body. Split the work before the range "
                    + "begins.");
        }

        grain = Math.Max(grain, 1);
        if (Threads == 1 || count <= grain)
        {
            // Counted by what is left: start + grain may lie beyond the largest int.
            for (var start = 0; start < count; start = count - start > grain ? start + grain : count)
            {
                RunBody(ref body, start, start + Math.Min(grain, count - start));
            }

            return;
        }

        // `body` lives in this frame, which stays until the last chunk is done, so its address is stable.
        this.body = Unsafe.AsPointer(ref body);
        run = &RunChunk<TBody>;
        this.count = count;
        this.grain = grain;
        chunks = (count - 1) / grain + 1;
        failure = null;
        done = 0;
        Open();
        TakeChunks();
        var spin = default(SpinWait);
        while (Volatile.Read(ref done) < chunks)
        {
            // The wait backs off to yielding if the machine has taken another thread's processor away.
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
        lock (gate)
        {
            Monitor.PulseAll(gate);
        }

        foreach (var worker in workers)
        {
            worker.Join();
        }
    }

    private static void RunChunk<TBody>(void* body, int start, int end)
        where TBody : struct, IRangeBody => RunBody(ref Unsafe.AsRef<TBody>(body), start, end);

    private static void RunBody<TBody>(ref TBody body, int start, int end)
        where TBody : struct, IRangeBody
    {
        isInBody = true;
        try
        {
            body.Range(start, end);
        }
        finally
        {
            isInBody = false;
            HostScratch.GiveBack();
        }
    }

    /// <summary>Publishes the range: `open` counts the chunks that nobody has taken.</summary>
    private void Open()
    {
        Interlocked.Exchange(ref open, chunks);
        if (Volatile.Read(ref sleepers) > 0)
        {
            lock (gate)
            {
                Monitor.PulseAll(gate);
            }
        }
    }

    private void TakeChunks()
    {
        for (var left = Volatile.Read(ref open); left > 0; left = Volatile.Read(ref open))
        {
            if (Interlocked.CompareExchange(ref open, left - 1, left) == left)
            {
                Run(chunks - left);
                Interlocked.Increment(ref done);
            }
        }
    }

    private void Run(int chunk)
    {
        try
        {
            var start = chunk * grain;
            run(body, start, (int)Math.Min((long)start + grain, count));
        }
#pragma warning disable CA1031 // Handed to the owner of the range, which rethrows it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref failure, exception, null);
        }
    }

    private void Work()
    {
        while (!stopping)
        {
            TakeChunks();
            for (var round = 0; round < SpinRounds && Volatile.Read(ref open) == 0 && !stopping; round++)
            {
                Thread.SpinWait(SpinsPerRound);
            }

            if (Volatile.Read(ref open) == 0)
            {
                Sleep();
            }
        }
    }

    private void Sleep()
    {
        lock (gate)
        {
            // Counted before the last look at `open`, so that an owner who does not see the count is seen here.
            Interlocked.Increment(ref sleepers);
            while (Volatile.Read(ref open) == 0 && !stopping)
            {
                Monitor.Wait(gate);
            }

            Interlocked.Decrement(ref sleepers);
        }
    }
}
