using ILGPU.Runtime.Cuda;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>A CUDA graph of captured launches. ILGPU has none, so the driver is called beside it.</summary>
/// <remarks>Kernels are loaded and buffers exist before: allocations, first loads and copies from or to the
/// host cannot be captured.</remarks>
internal sealed class CudaGraph : ICapturedLaunches
{
    private readonly CudaStream stream;
    private nint executable;

    private CudaGraph(CudaStream stream, nint executable) => (this.stream, this.executable) = (stream, executable);

    public static bool IsSupported => CudaDriver.HasGraphs;

    /// <inheritdoc cref="KernelEngine.TryCapture"/>
    public static CudaGraph? TryCapture(CudaStream stream, Action work, out string obstacle)
    {
        stream.Accelerator.Bind();
        if (CudaDriver.BeginCapture(stream.StreamPtr) is not 0 and var refused)
        {
            obstacle = $"the driver does not capture: {CudaDriver.NameOf(refused)}";
            return null;
        }

        nint graph = 0;
        var hasEnded = false;
        try
        {
            var failure = "";
            try
            {
                work();
            }
            catch (Exception exception) when ((exception.InnerException ?? exception) is CudaException)
            {
                // What may not be captured fails, and the capture with it.
                failure = $" ({exception.Message})";
            }

            hasEnded = true;
            var error = CudaDriver.EndCapture(stream.StreamPtr, out graph);
            if (error == 0 && failure.Length == 0)
            {
                error = CudaDriver.Instantiate(graph, out var executable);
                if (error == 0)
                {
                    obstacle = "";
                    return new CudaGraph(stream, executable);
                }
            }

            obstacle = $"the driver refuses the graph: {CudaDriver.NameOf(error)}{failure}";
            return null;
        }
        finally
        {
            if (!hasEnded)
            {
                _ = CudaDriver.EndCapture(stream.StreamPtr, out graph);
            }

            if (graph != 0)
            {
                _ = CudaDriver.DestroyGraph(graph);
            }
        }
    }

    public void Launch()
    {
        stream.Accelerator.Bind();
        if (CudaDriver.Launch(executable, stream.StreamPtr) is not 0 and var error)
        {
            throw new DeviceException(
                $"graph: expected the device to take it; got {CudaDriver.NameOf(error)}. The device is lost to this process.");
        }
    }

    public void Dispose()
    {
        if (executable != 0)
        {
            _ = CudaDriver.DestroyExecutable(executable);
            executable = 0;
        }
    }
}
