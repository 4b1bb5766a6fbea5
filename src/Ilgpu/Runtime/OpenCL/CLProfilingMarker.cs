namespace ILGPU.Runtime.OpenCL;

/// <summary>A point of a queue, with the time at which the device came to it.</summary>
internal sealed class CLProfilingMarker(CLAccelerator accelerator, CLHandle marker) : ProfilingMarker(accelerator)
{
    public override void Synchronize()
    {
        ThrowIfDisposed();
        Check(accelerator.Library.Wait(marker), "ProfilingMarker.Synchronize");
    }

    public override TimeSpan MeasureFrom(ProfilingMarker marker)
    {
        if (marker is not CLProfilingMarker earlier || earlier.Accelerator != Accelerator)
        {
            throw new ArgumentException(
                $"MeasureFrom: expected a marker of {Accelerator.Name}; got one of another accelerator.",
                nameof(marker));
        }

        const double NanosecondsPerTick = 100;
        return TimeSpan.FromTicks((long)Math.Round((EndTime() - earlier.EndTime()) / NanosecondsPerTick));
    }

    private long EndTime()
    {
        Synchronize();
        Check(accelerator.Library.GetEndTime(marker, out var time), "MeasureFrom");
        return time;
    }

    private void Check(CLError error, string operation)
    {
        if (error != CLError.CL_SUCCESS)
        {
            throw accelerator.Failure(error, operation);
        }
    }

    private protected override void DisposeCore(bool disposing) => marker.Dispose();
}
