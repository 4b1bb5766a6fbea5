using System.Diagnostics;

namespace ILGPU.Runtime.CPU;

/// <summary>A stream of the CPU accelerator: everything is done when the call that asks for it returns.</summary>
internal sealed class CPUStream(Accelerator accelerator) : AcceleratorStream(accelerator)
{
    public override void Synchronize() => ThrowIfDisposed();

    public override Task SynchronizeAsync()
    {
        Synchronize();
        return Task.CompletedTask;
    }

    private protected override ProfilingMarker AddProfilingMarkerCore() => new CPUProfilingMarker(Accelerator);

    private protected override void DisposeCore(bool disposing)
    {
    }

    private sealed class CPUProfilingMarker(Accelerator accelerator) : ProfilingMarker(accelerator)
    {
        private readonly long timestamp = Stopwatch.GetTimestamp();

        public override void Synchronize() => ThrowIfDisposed();

        public override TimeSpan MeasureFrom(ProfilingMarker marker) => marker is CPUProfilingMarker earlier
            ? Stopwatch.GetElapsedTime(earlier.timestamp, timestamp)
            : throw new ArgumentException(
                $"MeasureFrom: expected a marker of {Accelerator.Name}; got one of another accelerator.",
                nameof(marker));

        private protected override void DisposeCore(bool disposing)
        {
        }
    }
}
