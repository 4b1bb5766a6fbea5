namespace ILGPU.Runtime;

/// <summary>A point of a stream in time.</summary>
public abstract class ProfilingMarker : AcceleratorObject
{
    private protected ProfilingMarker(Accelerator accelerator)
        : base(accelerator)
    {
    }

    /// <summary>Waits until the stream has come to this point.</summary>
    public abstract void Synchronize();

    /// <summary>The time from <paramref name="marker"/>, which was reached before, to this one.</summary>
    public abstract TimeSpan MeasureFrom(ProfilingMarker marker);
}
