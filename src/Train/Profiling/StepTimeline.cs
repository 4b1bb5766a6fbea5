using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Profiling;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Profiling;

/// <summary>What <c>--trace</c> asks for.</summary>
/// <param name="Path">The file.</param>
/// <param name="Steps">How many steps are followed.</param>
internal sealed record TimelineRequest(string Path, int Steps)
{
    /// <summary>Steps unless said otherwise: enough to tell one from the next, and a file of less than a megabyte.</summary>
    public const int DefaultSteps = 3;
}

/// <summary>Follows some steps of a run call by call, and what the run does between steps as a whole, into a file that Perfetto
/// shows.</summary>
/// <remarks>The file is written in one piece after the last of the steps, and replaced when the run ends, by one that has the
/// work since too: whatever stops the run, there is a whole file or none.</remarks>
internal sealed class StepTimeline
{
    /// <summary>Steps before those that are followed: a step is recorded, replayed, and then captured where the device
    /// can.</summary>
    public const int WarmUp = 3;

    /// <summary>Work between steps of which so much is told, so that a long run does not fill memory.</summary>
    private const int MostJobs = 10_000;

    private readonly Device device;
    private readonly TimelineRequest request;
    private volatile bool isNear;
    private int jobs;

    /// <param name="device">Where the run computes.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="done">Steps done before.</param>
    /// <param name="steps">The run's last step; a run that ends before the warm-up does shows its last steps.</param>
    public StepTimeline(Device device, TimelineRequest request, long done, long steps)
    {
        (this.device, this.request) = (device, request);
        First = Math.Max(done + 1, Math.Min(done + WarmUp, steps - request.Steps) + 1);
        Last = Math.Min(First + request.Steps - 1, Math.Max(First, steps));
        isNear = First == done + 1;
    }

    /// <summary>What happened.</summary>
    public Timeline Timeline { get; } = new();

    /// <summary>The first step that is followed.</summary>
    public long First { get; }

    /// <summary>The last one.</summary>
    public long Last { get; }

    /// <summary>Begins a step; null for one that is not followed.</summary>
    public IDisposable? BeginStep(long step)
    {
        isNear = step >= First - 1 && step <= Last;
        return step >= First && step <= Last ? new Step(this, step) : null;
    }

    /// <summary>Begins to read the batch of a step, from 0, on any thread; null while no steps are followed.</summary>
    public IDisposable? BeginBatch(long step) =>
        isNear ? Timeline.Begin(SliceKind.Loader, $"read batch of step {step + 1}") : null;

    /// <summary>Begins a part of a step; null within one that is not followed.</summary>
    public IDisposable? BeginPart(string part) => device.Timeline is null ? null : Timeline.Begin(SliceKind.Job, part);

    /// <summary>Begins work between steps.</summary>
    public IDisposable? Begin(string job) => jobs++ < MostJobs ? Timeline.Begin(SliceKind.Job, job) : null;

    /// <summary>Writes the file.</summary>
    /// <exception cref="RunException">It cannot be written.</exception>
    public void Write() => TimelineFile.Write(request.Path, Timeline, device, ("steps", $"{First} to {Last}"));

    /// <summary>What to do with the file.</summary>
    public string Describe() =>
        $"trace of {(First == Last ? $"step {First}" : $"steps {First} to {Last}")}: {request.Path}; "
            + TimelineFile.Hint;

    private sealed class Step : IDisposable
    {
        private readonly Device device;
        private readonly IDisposable slice;

        public Step(StepTimeline all, long step)
        {
            device = all.device;
            device.Timeline = all.Timeline;
            slice = all.Timeline.Begin(SliceKind.Step, $"step {step}");
        }

        public void Dispose()
        {
            slice.Dispose();
            device.Timeline = null;
        }
    }
}
