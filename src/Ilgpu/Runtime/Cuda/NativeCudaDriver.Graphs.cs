namespace ILGPU.Runtime.Cuda;

/// <content>Captures of streams and graphs.</content>
internal sealed unsafe partial class NativeCudaDriver
{
    private readonly GraphFunctions graphs;

    public override bool HasGraphs => graphs.AreThere;

    public override CudaError BeginCapture(nint stream)
    {
        const int ThreadLocal = 1;
        return HasGraphs ? graphs.BeginCapture(stream, ThreadLocal) : CudaError.CUDA_ERROR_NOT_SUPPORTED;
    }

    public override CudaError EndCapture(nint stream, out nint graph)
    {
        fixed (nint* place = &graph)
        {
            *place = 0;
            return HasGraphs ? graphs.EndCapture(stream, place) : CudaError.CUDA_ERROR_NOT_SUPPORTED;
        }
    }

    public override CudaError GetCaptureStatus(nint stream, out CudaCaptureStatus status)
    {
        fixed (CudaCaptureStatus* place = &status)
        {
            *place = CudaCaptureStatus.None;
            return HasGraphs ? graphs.IsCapturing(stream, place) : CudaError.CUDA_ERROR_NOT_SUPPORTED;
        }
    }

    public override CudaError GetNodeCount(nint graph, out long count)
    {
        nuint nodes = 0;
        var error = HasGraphs ? graphs.GetNodes(graph, null, &nodes) : CudaError.CUDA_ERROR_NOT_SUPPORTED;
        count = (long)nodes;
        return error;
    }

    public override CudaError InstantiateGraph(nint graph, out nint executable)
    {
        fixed (nint* place = &executable)
        {
            *place = 0;
            return !HasGraphs ? CudaError.CUDA_ERROR_NOT_SUPPORTED
                : graphs.InstantiateWithFlags is not null ? graphs.InstantiateWithFlags(place, graph, 0)
                : graphs.Instantiate(place, graph, null, null, 0);
        }
    }

    public override CudaError LaunchGraph(nint executable, nint stream) =>
        HasGraphs ? graphs.Launch(executable, stream) : CudaError.CUDA_ERROR_NOT_SUPPORTED;

    public override CudaError DestroyExecutable(nint executable) =>
        HasGraphs ? graphs.ExecDestroy(executable) : CudaError.CUDA_ERROR_NOT_SUPPORTED;

    public override CudaError DestroyGraph(nint graph) =>
        HasGraphs ? graphs.Destroy(graph) : CudaError.CUDA_ERROR_NOT_SUPPORTED;

    /// <summary>The addresses of the functions. cuGraphInstantiateWithFlags came with CUDA 11.4.</summary>
    private sealed class GraphFunctions(Func<string, nint> optional)
    {
        public readonly delegate* unmanaged<nint, int, CudaError> BeginCapture =
            (delegate* unmanaged<nint, int, CudaError>)optional("cuStreamBeginCapture_v2");

        public readonly delegate* unmanaged<nint, nint*, CudaError> EndCapture =
            (delegate* unmanaged<nint, nint*, CudaError>)optional("cuStreamEndCapture");

        public readonly delegate* unmanaged<nint, CudaCaptureStatus*, CudaError> IsCapturing =
            (delegate* unmanaged<nint, CudaCaptureStatus*, CudaError>)optional("cuStreamIsCapturing");

        public readonly delegate* unmanaged<nint, nint*, nuint*, CudaError> GetNodes =
            (delegate* unmanaged<nint, nint*, nuint*, CudaError>)optional("cuGraphGetNodes");

        public readonly delegate* unmanaged<nint*, nint, ulong, CudaError> InstantiateWithFlags =
            (delegate* unmanaged<nint*, nint, ulong, CudaError>)optional("cuGraphInstantiateWithFlags");

        public readonly delegate* unmanaged<nint*, nint, nint*, byte*, nuint, CudaError> Instantiate =
            (delegate* unmanaged<nint*, nint, nint*, byte*, nuint, CudaError>)optional("cuGraphInstantiate_v2");

        public readonly delegate* unmanaged<nint, nint, CudaError> Launch =
            (delegate* unmanaged<nint, nint, CudaError>)optional("cuGraphLaunch");

        public readonly delegate* unmanaged<nint, CudaError> ExecDestroy =
            (delegate* unmanaged<nint, CudaError>)optional("cuGraphExecDestroy");

        public readonly delegate* unmanaged<nint, CudaError> Destroy = (delegate* unmanaged<nint, CudaError>)optional("cuGraphDestroy");

        public bool AreThere =>
            BeginCapture is not null && EndCapture is not null && IsCapturing is not null && GetNodes is not null &&
            (InstantiateWithFlags is not null || Instantiate is not null) && Launch is not null && ExecDestroy is not null &&
            Destroy is not null;
    }
}
