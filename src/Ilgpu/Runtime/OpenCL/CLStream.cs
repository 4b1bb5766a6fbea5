namespace ILGPU.Runtime.OpenCL;

/// <summary>A queue of a device, which does everything in the order in which it was given.</summary>
public sealed class CLStream : AcceleratorStream
{
    internal CLStream(CLAccelerator accelerator)
        : base(accelerator)
    {
        Device = accelerator;
        Queue = accelerator.Library.CreateQueue(
            accelerator.NativeContext,
            accelerator.CLDevice.DeviceId,
            accelerator.Context.Properties.EnableProfiling);
    }

    /// <summary>The cl_command_queue.</summary>
    public nint CommandQueue => Queue.Value;

    internal CLHandle Queue { get; }

    private CLAccelerator Device { get; }

    /// <exception cref="CLException">Something that was given to the stream failed, or the device is lost.</exception>
    public override void Synchronize()
    {
        ThrowIfDisposed();
        Finish(nameof(Synchronize));
    }

    /// <summary>Waits on behalf of an operation.</summary>
    internal void Finish(string operation) => Check(Device.Library.Finish(Queue), operation);

    /// <summary>Throws what a call on this queue failed with.</summary>
    /// <param name="error">What it returned.</param>
    /// <param name="operation">The name by which errors call it.</param>
    /// <param name="bytes">The memory that it uses, if it is known.</param>
    internal void Check(CLError error, string operation, long bytes = 0)
    {
        if (error != CLError.CL_SUCCESS)
        {
            throw Device.Failure(error, operation, bytes);
        }
    }

    private protected override ProfilingMarker AddProfilingMarkerCore()
    {
        Check(Device.Library.EnqueueMarker(Queue, out var marker), "AddProfilingMarker");
        return new CLProfilingMarker(Device, marker!);
    }

    private protected override void DisposeCore(bool disposing) => Queue.Dispose();
}
