using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Profiling;

namespace IlgpuVq.Train.Profiling;

/// <summary>Jobs on a device that is followed; nothing on one that is not.</summary>
internal static class DeviceJobs
{
    /// <summary>A job's name.</summary>
    public const string OpeningImages = "open the images", WritingPicture = "write the picture";

    /// <summary>Begins work with a name.</summary>
    public static IDisposable? BeginJob(this Device device, string name) => device.Timeline?.Begin(SliceKind.Job, name);

    /// <summary>Does work with a name.</summary>
    public static T InJob<T>(this Device device, string name, Func<T> work)
    {
        using var job = device.BeginJob(name);
        return work();
    }

    /// <summary>Begins to read images of a set, from one on, by their numbers from 0.</summary>
    public static IDisposable? BeginReading(this Device device, int first, int count) =>
        device.Timeline?.Begin(SliceKind.Loader, $"read images {first + 1} to {first + count}");
}
