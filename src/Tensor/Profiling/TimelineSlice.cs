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
/// <param name="Kind">What it is of.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Thread">The managed thread's number.</param>
/// <param name="Start">When it began, in ticks of the stopwatch since the timeline did.</param>
/// <param name="End">When it ended.</param>
/// <param name="Purpose">What a primitive was called for; null for others.</param>
/// <param name="Details">The call of a primitive, the launch of a kernel, or what else there is to say.</param>
internal sealed record TimelineSlice(
    SliceKind Kind, string Name, int Thread, long Start, long End, CallPurpose? Purpose = null, object? Details = null)
{
    public long Ticks => End - Start;

    /// <summary>Names and values to show beside the name.</summary>
    public IEnumerable<(string Name, string Value)> Arguments => Details switch
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
