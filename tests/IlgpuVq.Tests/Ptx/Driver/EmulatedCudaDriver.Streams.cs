using System.Diagnostics;
using ILGPU.Runtime.Cuda;
using IlgpuVq.Tests.Ptx.Machine;

namespace IlgpuVq.Tests.Ptx.Driver;

/// <content>Streams, events, and the graphs that streams are captured as.</content>
internal sealed partial class EmulatedCudaDriver
{
    public override CudaError CreateStream(out nint stream) => Create(() => new EmulatedStream(), out stream);

    public override CudaError DestroyStream(nint stream) => Destroy<EmulatedStream>(stream, owner => Run(owner));

    public override CudaError SynchronizeStream(nint stream) => With<EmulatedStream>(stream, owner =>
    {
        if (owner.Captured is null)
        {
            return Run(owner);
        }

        owner.IsInvalid = true;
        return CudaError.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    });

    public override CudaError WaitForEvent(nint stream, nint awaited) =>
        With<EmulatedStream>(stream, owner => With<EmulatedEvent>(awaited, recorded =>
        {
            var (source, ticket) = (recorded.Stream, recorded.Ticket);
            return source is null || source == owner ? CudaError.CUDA_SUCCESS : owner.Add(() => source.RunUntil(ticket));
        }));

    public override CudaError CreateEvent(bool withTiming, out nint created) =>
        Create(() => new EmulatedEvent(withTiming), out created);

    public override CudaError DestroyEvent(nint destroyed) => Destroy<EmulatedEvent>(destroyed);

    public override CudaError RecordEvent(nint recorded, nint stream) =>
        With<EmulatedStream>(stream, owner => With<EmulatedEvent>(recorded, marker =>
        {
            if (owner.Captured is not null)
            {
                return CudaError.CUDA_SUCCESS;
            }

            marker.HasHappened = false;
            var error = owner.Add(() => (marker.Time, marker.HasHappened) = (Stopwatch.GetTimestamp(), true));
            (marker.Stream, marker.Ticket) = (owner, owner.LastTicket);
            return error;
        }));

    public override CudaError SynchronizeEvent(nint awaited) => With<EmulatedEvent>(awaited, marker =>
        marker.Stream is null ? CudaError.CUDA_SUCCESS : Guard(() => marker.Stream.RunUntil(marker.Ticket)));

    public override CudaError GetElapsedTime(nint start, nint end, out float milliseconds)
    {
        var elapsed = 0f;
        var error = With<EmulatedEvent>(start, first => With<EmulatedEvent>(end, last =>
        {
            if (!first.WithTiming || !last.WithTiming || first.Stream is null || last.Stream is null)
            {
                return CudaError.CUDA_ERROR_INVALID_HANDLE;
            }

            elapsed = (float)Stopwatch.GetElapsedTime(first.Time, last.Time).TotalMilliseconds;
            return first.HasHappened && last.HasHappened ? CudaError.CUDA_SUCCESS : CudaError.CUDA_ERROR_NOT_READY;
        }));
        milliseconds = elapsed;
        return error;
    }

    public override CudaError BeginCapture(nint stream) => With<EmulatedStream>(stream, owner =>
    {
        if (owner.Captured is not null)
        {
            return CudaError.CUDA_ERROR_ILLEGAL_STATE;
        }

        (owner.Captured, owner.IsInvalid, owner.CapturingThread) = ([], false, Environment.CurrentManagedThreadId);
        return CudaError.CUDA_SUCCESS;
    });

    public override CudaError EndCapture(nint stream, out nint graph)
    {
        nint added = 0;
        var error = With<EmulatedStream>(stream, owner =>
        {
            if (owner.Captured is not { } nodes)
            {
                return CudaError.CUDA_ERROR_ILLEGAL_STATE;
            }

            owner.Captured = null;
            if (owner.IsInvalid)
            {
                return CudaError.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
            }

            added = Add(new EmulatedGraph(nodes));
            return CudaError.CUDA_SUCCESS;
        });
        graph = added;
        return error;
    }

    public override CudaError GetCaptureStatus(nint stream, out CudaCaptureStatus status)
    {
        var found = CudaCaptureStatus.None;
        var error = With<EmulatedStream>(stream, owner =>
        {
            found = owner.Captured is null ? CudaCaptureStatus.None
                : owner.IsInvalid ? CudaCaptureStatus.Invalidated
                : CudaCaptureStatus.Active;
            return CudaError.CUDA_SUCCESS;
        });
        status = found;
        return error;
    }

    public override CudaError GetNodeCount(nint graph, out long count)
    {
        var found = 0L;
        var error = With<EmulatedGraph>(graph, owner =>
        {
            found = owner.Nodes.Count;
            return CudaError.CUDA_SUCCESS;
        });
        count = found;
        return error;
    }

    public override CudaError InstantiateGraph(nint graph, out nint executable)
    {
        nint added = 0;
        var error = With<EmulatedGraph>(graph, owner =>
        {
            added = Add(new EmulatedExecutable([.. owner.Nodes]));
            return CudaError.CUDA_SUCCESS;
        });
        executable = added;
        return error;
    }

    public override CudaError LaunchGraph(nint executable, nint stream) =>
        With<EmulatedStream>(stream, owner => With<EmulatedExecutable>(executable, graph =>
            owner.Add(() => Array.ForEach(graph.Nodes, node => node()))));

    public override CudaError DestroyExecutable(nint executable) => Destroy<EmulatedExecutable>(executable);

    public override CudaError DestroyGraph(nint graph) => Destroy<EmulatedGraph>(graph);

    private CudaError RunAll() => Guard(() =>
    {
        foreach (var stream in objects.Values.OfType<EmulatedStream>().ToArray())
        {
            stream.RunUntil(stream.LastTicket);
        }
    });

    private CudaError Run(EmulatedStream stream) => Guard(() => stream.RunUntil(stream.LastTicket));

    /// <summary>A fault of what runs is the end of the context.</summary>
    private CudaError Guard(Action work)
    {
        try
        {
            work();
        }
        catch (PtxFault fault)
        {
            Fault = fault;
            lost = fault.Kind switch
            {
                FaultKind.IllegalAddress => CudaError.CUDA_ERROR_ILLEGAL_ADDRESS,
                FaultKind.Misaligned => CudaError.CUDA_ERROR_MISALIGNED_ADDRESS,
                FaultKind.IllegalInstruction => CudaError.CUDA_ERROR_ILLEGAL_INSTRUCTION,
                FaultKind.Timeout or FaultKind.Deadlock => CudaError.CUDA_ERROR_LAUNCH_TIMEOUT,
                _ => CudaError.CUDA_ERROR_LAUNCH_FAILED,
            };
        }

        return lost;
    }

    private bool IsCapturedByThisThread() => objects.Values.OfType<EmulatedStream>().Any(
        stream => stream.Captured is not null && stream.CapturingThread == Environment.CurrentManagedThreadId);

    /// <summary>Something that may not happen on a thread that captures.</summary>
    private CudaError Invalidate()
    {
        foreach (var stream in objects.Values.OfType<EmulatedStream>().Where(stream => stream.Captured is not null))
        {
            stream.IsInvalid = true;
        }

        return CudaError.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }

    private sealed class EmulatedEvent(bool withTiming)
    {
        public bool WithTiming { get; } = withTiming;

        public EmulatedStream? Stream { get; set; }

        public long Ticket { get; set; }

        public bool HasHappened { get; set; }

        public long Time { get; set; }
    }

    private sealed record EmulatedGraph(IReadOnlyList<Action> Nodes);

    private sealed record EmulatedExecutable(Action[] Nodes);
}
