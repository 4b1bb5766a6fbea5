using System.Buffers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Profiling;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Profiling;

/// <summary>The file that <c>--trace</c> names.</summary>
internal static class TimelineFile
{
    /// <summary>What to do with it.</summary>
    public const string Hint = "open it at https://ui.perfetto.dev or chrome://tracing";

    /// <summary>Writes it in one piece: there is a whole file or none.</summary>
    /// <param name="path">The file, which is replaced where it is there.</param>
    /// <param name="timeline">What happened.</param>
    /// <param name="device">Where.</param>
    /// <param name="followed">What was followed, as a name and a value.</param>
    /// <exception cref="RunException">It cannot be written.</exception>
    public static void Write(string path, Timeline timeline, Device device, (string Name, string Value) followed)
    {
        var file = new ArrayBufferWriter<byte>();
        ChromeTrace.Write(
            file, timeline, $"ilgpuvq on {device.Name}", ("device", $"{device.Name}: {device.Description}"), followed,
            ("times", device.IsHost
                ? "of each call; threads of the team are not shown"
                : "of each launch until it has run: all is slower than without a trace"));
        AtomicFile.Write(path, stream => stream.Write(file.WrittenSpan));
    }
}
