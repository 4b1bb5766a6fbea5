namespace ILGPU.Runtime.Cuda;

/// <summary>A point of a stream, with the time at which the device came to it.</summary>
internal sealed class CudaProfilingMarker : ProfilingMarker
{
    private readonly CudaAccelerator accelerator;
    private readonly CudaHandle marker;

    public CudaProfilingMarker(CudaAccelerator accelerator, CudaStream stream)
        : base(accelerator)
    {
        const string Operation = nameof(stream.AddProfilingMarker);
        this.accelerator = accelerator;
        marker = accelerator.CreateEvent(withTiming: true, Operation);
        accelerator.Check(accelerator.Driver.RecordEvent(marker.Value, stream.StreamPtr), Operation);
    }

    public override void Synchronize()
    {
        const string Operation = "ProfilingMarker.Synchronize";
        ThrowIfDisposed();
        accelerator.Check(accelerator.Enter(Operation).SynchronizeEvent(marker.Value), Operation);
    }

    public override TimeSpan MeasureFrom(ProfilingMarker marker)
    {
        if (marker is not CudaProfilingMarker earlier || earlier.Accelerator != Accelerator)
        {
            throw new ArgumentException(
                $"MeasureFrom: expected a marker of {Accelerator.Name}; got one of another accelerator.",
                nameof(marker));
        }

        earlier.Synchronize();
        Synchronize();
        accelerator.Check(
            accelerator.Driver.GetElapsedTime(earlier.marker.Value, this.marker.Value, out var milliseconds), nameof(MeasureFrom));
        return TimeSpan.FromTicks((long)Math.Round(milliseconds * (double)TimeSpan.TicksPerMillisecond));
    }

    private protected override void DisposeCore(bool disposing) => marker.Dispose();
}
