using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace IlgpuVq.Models.Images;

/// <summary>Runs work on another thread, for no longer than it may take.</summary>
/// <remarks>
/// A thread cannot be stopped from outside. So work that outlasts its limit is told so by its token, and is left behind if it
/// does not look: its thread keeps no process alive, and ends with the work. A thread whose work ended in time serves again.
/// </remarks>
internal static class LimitedWork
{
    private static readonly ConcurrentBag<Worker> Idle = [];

    /// <exception cref="TimeoutException">The work did not end within <paramref name="limit"/>.</exception>
    public static T Run<T>(Func<CancellationToken, T> work, TimeSpan limit)
    {
        // Not disposed of: work that is left behind may still look at the token.
        var cancellation = new CancellationTokenSource();
        var result = default(T);
        ExceptionDispatchInfo? failure = null;
        var worker = Idle.TryTake(out var idle) ? idle : new Worker();
        var isDone = worker.TryRun(Work, limit);
        if (!isDone)
        {
            cancellation.Cancel();
            throw new TimeoutException();
        }

        Idle.Add(worker);
        failure?.Throw();
        return result!;

        void Work()
        {
            try
            {
                result = work(cancellation.Token);
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        }
    }

    /// <summary>A thread and what it is to do; both sides wait for a change of its fields.</summary>
    private sealed class Worker
    {
        private readonly object gate = new();
        private bool isAbandoned;
        private Action? work;

        public Worker()
        {
            new Thread(Serve) { IsBackground = true, Name = "Image decoder" }.Start();
        }

        public bool TryRun(Action task, TimeSpan limit)
        {
            var end = Environment.TickCount64 + (long)limit.TotalMilliseconds;
            lock (gate)
            {
                work = task;
                Monitor.PulseAll(gate);
                while (work is not null && !isAbandoned)
                {
                    var left = end - Environment.TickCount64;
                    isAbandoned = left <= 0 || (!Monitor.Wait(gate, TimeSpan.FromMilliseconds(left)) && work is not null);
                }

                return !isAbandoned;
            }
        }

        private void Serve()
        {
            while (true)
            {
                Action? task;
                lock (gate)
                {
                    while (work is null)
                    {
                        Monitor.Wait(gate);
                    }

                    task = work;
                }

                task();
                lock (gate)
                {
                    if (isAbandoned)
                    {
                        return;
                    }

                    work = null;
                    Monitor.PulseAll(gate);
                }
            }
        }
    }
}
