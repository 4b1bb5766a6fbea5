using System.Runtime.ExceptionServices;

namespace ILGPU.Runtime.CPU;

/// <summary>A fixed number of threads that share out the parts of a job; the caller is one of them.</summary>
/// <remarks>
/// Which part runs on which thread does not matter to the results: parts are independent. Every part runs to its end or its first
/// failure, and the failure of the lowest part is the one that is reported, so that errors are deterministic too.
/// </remarks>
internal sealed class WorkerTeam(int size, string name) : IDisposable
{
    private readonly Worker?[] workers = new Worker?[size];
    private readonly Exception?[] failures = new Exception?[size];

    public int Size => size;

    /// <summary>
    /// Runs <paramref name="part"/> for each number below <paramref name="parts"/> and waits for all. One caller at a time.
    /// </summary>
    public void Run(int parts, Action<int> part)
    {
        for (var i = 1; i < parts; i++)
        {
            (workers[i] ??= new(this, i, $"{name} {i}")).Start(part);
        }

        RunPart(0, part);
        for (var i = 1; i < parts; i++)
        {
            workers[i]!.Finished.Wait();
        }

        var first = Array.Find(failures, failure => failure is not null);
        Array.Clear(failures);
        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }

    public void Dispose()
    {
        foreach (var worker in workers)
        {
            worker?.Dispose();
        }
    }

    private void RunPart(int number, Action<int> part)
    {
        try
        {
            part(number);
        }
#pragma warning disable CA1031 // Whatever a kernel throws is reported by Run.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failures[number] = exception;
        }
    }

    private sealed class Worker : IDisposable
    {
        private readonly WorkerTeam team;
        private readonly int number;
        private readonly SemaphoreSlim started = new(0);
        private readonly Thread thread;
        private Action<int>? part;

        public Worker(WorkerTeam team, int number, string name)
        {
            this.team = team;
            this.number = number;
            thread = new(Loop) { IsBackground = true, Name = name };
            thread.Start();
        }

        public SemaphoreSlim Finished { get; } = new(0);

        public void Start(Action<int> work)
        {
            part = work;
            started.Release();
        }

        /// <summary>Ends the thread, which is idle.</summary>
        public void Dispose()
        {
            part = null;
            started.Release();
            thread.Join();
            started.Dispose();
            Finished.Dispose();
        }

        private void Loop()
        {
            while (true)
            {
                started.Wait();
                if (part is not { } work)
                {
                    return;
                }

                part = null;
                team.RunPart(number, work);
                Finished.Release();
            }
        }
    }
}
