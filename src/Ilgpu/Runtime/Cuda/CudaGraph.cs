namespace ILGPU.Runtime.Cuda;

/// <summary>Work of a stream that was captured, to be launched as a whole with one call.</summary>
/// <remarks>It keeps the addresses of the memory that the work uses, not the memory: whoever launches it sees to that.</remarks>
internal sealed class CudaGraph : IDisposable
{
    private const string Operation = "graph";

    private readonly CudaStream stream;
    private readonly CudaHandle executable;

    private CudaGraph(CudaStream stream, CudaHandle executable, long nodeCount) =>
        (this.stream, this.executable, NodeCount) = (stream, executable, nodeCount);

    /// <summary>Launches, copies and fills.</summary>
    public long NodeCount { get; }

    /// <summary>Captures what the work gives to a stream; nothing of it runs.</summary>
    /// <param name="stream">The stream; others may not take part.</param>
    /// <param name="work">What it is given, by this thread.</param>
    /// <param name="obstacle">Why there is no graph: the work waits for the device, allocates, or the driver cannot.</param>
    /// <returns>The graph, or null.</returns>
    /// <exception cref="CudaException">The device is lost. What the work throws for other reasons comes out too.</exception>
    public static CudaGraph? TryCapture(CudaStream stream, Action work, out string obstacle)
    {
        var accelerator = stream.Device;
        var driver = accelerator.Enter(Operation);
        if (!driver.HasGraphs)
        {
            obstacle = "the driver has no graphs";
            return null;
        }

        if (!accelerator.NativeMemory.TryBeginCapture(stream))
        {
            obstacle = "another capture is under way";
            return null;
        }

        nint graph;
        try
        {
            if (!TryRun(accelerator, stream, work, out graph, out obstacle))
            {
                return null;
            }
        }
        finally
        {
            accelerator.NativeMemory.EndCapture();
        }

        return Instantiate(accelerator, stream, graph, out obstacle);
    }

    public void Launch() => stream.Check(stream.Device.Enter(Operation).LaunchGraph(executable.Value, stream.StreamPtr), Operation);

    public void Dispose() => executable.Dispose();

    /// <summary>Runs the work between begin and end of a capture, which ends whatever happens.</summary>
    private static bool TryRun(CudaAccelerator accelerator, CudaStream stream, Action work, out nint graph, out string obstacle)
    {
        var driver = accelerator.Driver;
        graph = 0;
        obstacle = "";
        var error = driver.BeginCapture(stream.StreamPtr);
        if (error != CudaError.CUDA_SUCCESS)
        {
            obstacle = ReasonOf(accelerator, error);
            return false;
        }

        stream.BeginCapture();
        var isDone = false;
        try
        {
            work();
            isDone = true;
        }
        catch (Exception exception) when (CauseIn(exception) is { } cause && CudaFailure.IsAboutCapture(cause.Error))
        {
            obstacle = exception.Message;
        }
        finally
        {
            obstacle = stream.EndCapture() ?? obstacle;
            error = driver.EndCapture(stream.StreamPtr, out graph);
            if (graph != 0 && (!isDone || obstacle.Length > 0 || error != CudaError.CUDA_SUCCESS))
            {
                _ = driver.DestroyGraph(graph);
                graph = 0;
            }
        }

        if (obstacle.Length == 0 && graph == 0)
        {
            obstacle = ReasonOf(accelerator, error);
        }

        return graph != 0;
    }

    private static CudaGraph? Instantiate(CudaAccelerator accelerator, CudaStream stream, nint graph, out string obstacle)
    {
        var driver = accelerator.Driver;
        var error = driver.GetNodeCount(graph, out var nodeCount);
        nint executable = 0;
        error = error == CudaError.CUDA_SUCCESS ? driver.InstantiateGraph(graph, out executable) : error;
        _ = driver.DestroyGraph(graph);
        if (error != CudaError.CUDA_SUCCESS)
        {
            obstacle = ReasonOf(accelerator, error);
            return null;
        }

        obstacle = "";
        var handle = new CudaHandle(
            accelerator.NativeContext, executable, static (driver, executable) => driver.DestroyExecutable(executable));
        return new(stream, handle, nodeCount);
    }

    /// <summary>What the work may have put into an exception of its own.</summary>
    private static CudaException? CauseIn(Exception? exception) =>
        exception is null or CudaException ? (CudaException?)exception : CauseIn(exception.InnerException);

    /// <exception cref="CudaException">The device is lost.</exception>
    private static string ReasonOf(CudaAccelerator accelerator, CudaError error) => CudaFailure.IsLasting(error)
        ? throw accelerator.Failure(error, Operation)
        : $"the driver refuses the graph: {CudaException.Describe(error, accelerator.Driver)}";
}
