using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Profiling;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Profiling;

/// <summary>Follows a command that trains nothing, call by call, from the moment that its device is open, into a file as that of
/// <see cref="StepTimeline"/>.</summary>
/// <remarks>The device knows the timeline, so that whatever works on it can tell of its jobs: <see cref="DeviceJobs"/>.</remarks>
internal sealed class CommandTimeline
{
    /// <summary>Calls that are told, a file of some 20 megabytes; jobs are told to the end.</summary>
    private const int MostCalls = 50_000;

    private readonly Device device;
    private readonly string path;
    private readonly Timeline timeline = new(MostCalls);
    private readonly IDisposable whole;

    private CommandTimeline(Device device, string path, string command)
    {
        (this.device, this.path) = (device, path);
        device.Timeline = timeline;
        whole = timeline.Begin(SliceKind.Job, command);
    }

    /// <summary>Begins to follow a command; null where no file is named.</summary>
    /// <param name="device">Where it computes.</param>
    /// <param name="path">The file; null for none.</param>
    /// <param name="command">Its name.</param>
    public static CommandTimeline? Of(Device device, string? path, string command) =>
        path is null ? null : new CommandTimeline(device, path, command);

    /// <summary>Ends it and writes the file.</summary>
    /// <param name="say">Takes a line about it.</param>
    /// <exception cref="RunException">It cannot be written.</exception>
    public void Write(Action<string> say)
    {
        device.Timeline = null;
        whole.Dispose();
        var left = timeline.LeftOut;
        TimelineFile.Write(path, timeline, device, ("calls", left == 0 ? "all" : $"the first {MostCalls}; {left} left out"));
        say($"trace{(left == 0 ? "" : $" of the first {MostCalls} calls")}: {path}; {TimelineFile.Hint}");
    }
}
