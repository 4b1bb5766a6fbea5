namespace IlgpuVq.Tensors.Profiling;

/// <summary>What a slice of a <see cref="Timeline"/> is of.</summary>
public enum SliceKind
{
    /// <summary>A step of training.</summary>
    Step,

    /// <summary>A part of a step, or work between steps, such as a checkpoint.</summary>
    Job,

    /// <summary>A call of a primitive.</summary>
    Primitive,

    /// <summary>A launch of a kernel on an accelerator.</summary>
    Kernel,

    /// <summary>A copy between host and device, or within the device.</summary>
    Copy,

    /// <summary>Reading a batch of data.</summary>
    Loader,
}

/// <summary>Something that began and ended on a thread.</summary>
public sealed record TimelineSlice
{
    private readonly object? details;

    internal TimelineSlice(
        SliceKind kind, string name, int thread, long start, long end, CallPurpose? purpose, object? details)
    {
        (Kind, Name, Thread, Start, End, Purpose) = (kind, name, thread, start, end, purpose);
        this.details = details;
    }

    /// <summary>What it is of.</summary>
    public SliceKind Kind { get; }

    /// <summary>What it is called.</summary>
    public string Name { get; init; }

    /// <summary>The managed thread's number.</summary>
    public int Thread { get; }

    /// <summary>When it began, in ticks of the stopwatch since the timeline did.</summary>
    public long Start { get; }

    /// <summary>When it ended.</summary>
    public long End { get; init; }

    /// <summary>How long it took.</summary>
    public long Ticks => End - Start;

    /// <summary>What a primitive was called for; null for others.</summary>
    public CallPurpose? Purpose { get; }

    /// <summary>The type of a primitive's call; null for others.</summary>
    public Type? Call => Kind == SliceKind.Primitive ? details!.GetType() : null;

    /// <summary>The type of a kernel; null for others, and for launches in one piece.</summary>
    public Type? Kernel => (details as KernelLaunch)?.Kernel;

    /// <summary>Names and values to show beside the name: shapes of operands, extents of a launch, bytes of a copy.</summary>
    public IEnumerable<(string Name, string Value)> Arguments => details switch
    {
        null => [],
        KernelLaunch launch => launch.Arguments,
        (string, string)[] pairs => pairs,
        var call => CallText.ArgumentsOf(call),
    };
}

/// <summary>A launch.</summary>
/// <param name="Kernel">The kernel's type.</param>
/// <param name="Groups">Groups along each axis; null where the driver chooses them.</param>
/// <param name="Threads">Threads of a group, or all.</param>
internal sealed record KernelLaunch(Type Kernel, string? Groups, string Threads)
{
    public IEnumerable<(string Name, string Value)> Arguments =>
        Groups is null ? [("threads", Threads)] : [("groups", Groups), ("threads of a group", Threads)];
}
