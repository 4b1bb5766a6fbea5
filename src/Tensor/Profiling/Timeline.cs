using System.Diagnostics;

namespace IlgpuVq.Tensors.Profiling;

/// <summary>What happened when: steps, primitives, kernels, copies and what else is told, each from its beginning to its
/// end.</summary>
/// <remarks>
/// <para><see cref="Device.Timeline"/> says what a device does, call by call, while it is set, replays of a
/// <see cref="Recording"/> included. The device then waits for each launch and copy, so that each has its own time: a step takes
/// longer than without. Launches that a device takes as one piece are one slice.</para>
/// <para>Any thread may tell it something. <see cref="ChromeTrace"/> writes it.</para>
/// </remarks>
/// <param name="mostCalls">Calls, launches and copies that it keeps, the first ones, so that long work does not fill memory; what
/// is begun by <see cref="Begin"/> is kept in any case.</param>
public sealed class Timeline(int mostCalls = int.MaxValue)
{
    private readonly Lock gate = new();
    private readonly long origin = Stopwatch.GetTimestamp();
    private readonly List<TimelineSlice> slices = [];
    private readonly Dictionary<int, string> threads =
        new() { [Environment.CurrentManagedThreadId] = Thread.CurrentThread.Name ?? "main" };
    private long calls;

    /// <summary>Ticks of the stopwatch since it began.</summary>
    internal long Now => Stopwatch.GetTimestamp() - origin;

    /// <summary>All that has ended, in that order.</summary>
    public IReadOnlyList<TimelineSlice> Slices
    {
        get
        {
            lock (gate)
            {
                return slices.ToArray();
            }
        }
    }

    /// <summary>Calls, launches and copies that are left out.</summary>
    public long LeftOut
    {
        get
        {
            lock (gate)
            {
                return Math.Max(0, calls - mostCalls);
            }
        }
    }

    /// <summary>The names of the threads that it heard of, by their numbers.</summary>
    internal KeyValuePair<int, string>[] Threads
    {
        get
        {
            lock (gate)
            {
                return [.. threads];
            }
        }
    }

    /// <summary>Begins something that ends when the result is disposed, on the same thread.</summary>
    public IDisposable Begin(SliceKind kind, string name, params (string Name, string Value)[] arguments) =>
        new Open(this, kind, name, arguments);

    /// <summary>Notes what ends now.</summary>
    internal void Add(SliceKind kind, string name, long start, CallPurpose? purpose = null, object? details = null)
    {
        var slice = new TimelineSlice(kind, name, Environment.CurrentManagedThreadId, start, Now, purpose, details);
        lock (gate)
        {
            if (kind is SliceKind.Primitive or SliceKind.Kernel or SliceKind.Copy && ++calls > mostCalls)
            {
                return;
            }

            slices.Add(slice);
            threads.TryAdd(slice.Thread, Thread.CurrentThread.Name ?? $"thread {slice.Thread}");
        }
    }

    private sealed class Open(Timeline timeline, SliceKind kind, string name, object arguments) : IDisposable
    {
        private readonly long start = timeline.Now;

        public void Dispose() => timeline.Add(kind, name, start, details: arguments);
    }
}
