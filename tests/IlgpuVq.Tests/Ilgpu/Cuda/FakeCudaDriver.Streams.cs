using System.Text;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace IlgpuVq.Tests.Ilgpu.Cuda;

/// <content>Streams, which do at once what they are given; programs, which are their text; graphs.</content>
internal unsafe partial class FakeCudaDriver
{
    private FakeStream? capturing;
    private int capturingThread;

    /// <summary>Registers, local and static shared bytes of all functions, and the threads that they leave room for.</summary>
    public Dictionary<CudaFunctionAttribute, int> FunctionAttributes { get; } = new()
    {
        [CudaFunctionAttribute.NumRegs] = 40,
        [CudaFunctionAttribute.LocalSizeBytes] = 0,
        [CudaFunctionAttribute.SharedSizeBytes] = 1024,
        [CudaFunctionAttribute.MaxThreadsPerBlock] = 1024,
        [CudaFunctionAttribute.MaxDynamicSharedSizeBytes] = 47 << 10,
    };

    /// <summary>What <see cref="Link"/> says.</summary>
    public string Log { get; set; } = "";

    public List<FakeLaunch> Launches { get; } = [];

    public override CudaError CreateStream(out nint stream) => Create(nameof(CreateStream), new FakeStream(), out stream);

    public override CudaError DestroyStream(nint stream) => Destroy(nameof(DestroyStream), stream);

    public override CudaError SynchronizeStream(nint stream)
    {
        if (Find<FakeStream>(stream) is { Captured: not null } captured)
        {
            captured.IsInvalid = true;
            Misuse.Add("a stream that is captured is waited for");
            return CudaError.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
        }

        return Enter(nameof(SynchronizeStream));
    }

    public override CudaError WaitForEvent(nint stream, nint awaited)
    {
        _ = (Find<FakeStream>(stream), Find<FakeEvent>(awaited));
        return Enter(nameof(WaitForEvent));
    }

    public override CudaError CreateEvent(bool withTiming, out nint created) =>
        Create(nameof(CreateEvent), new FakeEvent(withTiming), out created);

    public override CudaError DestroyEvent(nint destroyed) => Destroy(nameof(DestroyEvent), destroyed);

    public override CudaError RecordEvent(nint recorded, nint stream)
    {
        _ = (Find<FakeStream>(stream), Find<FakeEvent>(recorded).IsRecorded = true);
        return Enter(nameof(RecordEvent));
    }

    public override CudaError SynchronizeEvent(nint awaited)
    {
        _ = Find<FakeEvent>(awaited);
        return Enter(nameof(SynchronizeEvent));
    }

    public override CudaError GetElapsedTime(nint start, nint end, out float milliseconds)
    {
        milliseconds = 1.5f;
        Require(Find<FakeEvent>(start) is { WithTiming: true, IsRecorded: true }, "an event without time");
        Require(Find<FakeEvent>(end) is { WithTiming: true, IsRecorded: true }, "an event without time");
        return Enter(nameof(GetElapsedTime));
    }

    public override CudaError Link(ReadOnlySpan<byte> ptx, int optimizationLevel, out byte[] image, out string log)
    {
        Require(ptx[^1] == 0, "a text without an end");
        image = ptx.ToArray();
        log = Log;
        return Enter(nameof(Link));
    }

    public override CudaError LoadModule(ReadOnlySpan<byte> image, out nint module)
    {
        var text = Encoding.UTF8.GetString(image).TrimEnd('\0');
        return Create(nameof(LoadModule), new FakeModule(text), out module);
    }

    public override CudaError UnloadModule(nint module)
    {
        foreach (var (handle, _) in objects.Where(entry => entry.Value is FakeFunction function && function.Module == module).ToArray())
        {
            objects.Remove(handle);
        }

        return Destroy(nameof(UnloadModule), module);
    }

    public override CudaError GetFunction(nint module, ReadOnlySpan<byte> name, out nint function)
    {
        Require(name[^1] == 0, "a name without an end");
        var entryPoint = Encoding.UTF8.GetString(name[..^1]);
        Require(Find<FakeModule>(module).Text.Contains(entryPoint, StringComparison.Ordinal), $"the module has no {entryPoint}");
        return Create(nameof(GetFunction), new FakeFunction(module, entryPoint, Find<FakeModule>(module).Text), out function);
    }

    public override CudaError GetFunctionAttribute(CudaFunctionAttribute attribute, nint function, out int value)
    {
        _ = Find<FakeFunction>(function);
        value = FunctionAttributes[attribute];
        return Enter(nameof(GetFunctionAttribute));
    }

    public override CudaError SetFunctionAttribute(CudaFunctionAttribute attribute, nint function, int value)
    {
        var error = Enter(nameof(SetFunctionAttribute));
        Find<FakeFunction>(function).AllowedDynamicBytes = value;
        return error;
    }

    public override CudaError GetGroupsPerMultiprocessor(nint function, int groupSize, long dynamicSharedBytes, out int groups)
    {
        groups = 2048 / groupSize;
        return Enter(nameof(GetGroupsPerMultiprocessor));
    }

    public override CudaError Launch(
        nint function, Index3D grid, Index3D group, int dynamicSharedBytes, nint stream, void** arguments)
    {
        var kernel = Find<FakeFunction>(function);
        if (grid.X < 1 || grid.Y < 1 || grid.Z < 1 || dynamicSharedBytes > kernel.AllowedDynamicBytes)
        {
            Calls.Add(nameof(Launch));
            return CudaError.CUDA_ERROR_INVALID_VALUE;
        }

        var sizes = kernel.ArgumentSizes;
        var values = new nint[sizes.Length];
        for (var i = 0; i < sizes.Length; i++)
        {
            fixed (nint* value = &values[i])
            {
                Buffer.MemoryCopy(arguments[i], value, FakeLaunch.LargestArgument, sizes[i]);
            }
        }

        var launch = new FakeLaunch(kernel.EntryPoint, grid, group, dynamicSharedBytes, values);
        return Enqueue(nameof(Launch), stream, () =>
        {
            Launches.Add(launch);
            Kernels.GetValueOrDefault(launch.EntryPoint)?.Invoke(launch);
        });
    }

    public override CudaError BeginCapture(nint stream)
    {
        var error = Enter(nameof(BeginCapture));
        if (error == CudaError.CUDA_SUCCESS)
        {
            capturing = Find<FakeStream>(stream);
            capturing.Captured = [];
            capturing.IsInvalid = false;
            capturingThread = Environment.CurrentManagedThreadId;
        }

        return error;
    }

    /// <summary>A fault leaves a capture that has ended without a graph, as an invalid one does.</summary>
    public override CudaError EndCapture(nint stream, out nint graph)
    {
        graph = 0;
        var captured = Find<FakeStream>(stream);
        if (captured.Captured is not { } nodes)
        {
            Misuse.Add("a capture ends that did not begin");
            return CudaError.CUDA_ERROR_ILLEGAL_STATE;
        }

        (captured.Captured, capturing) = (null, null);
        return captured.IsInvalid
            ? CudaError.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED
            : Create(nameof(EndCapture), new FakeGraph(nodes), out graph);
    }

    public override CudaError GetCaptureStatus(nint stream, out CudaCaptureStatus status)
    {
        status = Find<FakeStream>(stream) switch
        {
            { Captured: null } => CudaCaptureStatus.None,
            { IsInvalid: true } => CudaCaptureStatus.Invalidated,
            _ => CudaCaptureStatus.Active,
        };
        return Enter(nameof(GetCaptureStatus));
    }

    public override CudaError GetNodeCount(nint graph, out long count)
    {
        count = Find<FakeGraph>(graph).Nodes.Count;
        return Enter(nameof(GetNodeCount));
    }

    public override CudaError InstantiateGraph(nint graph, out nint executable) =>
        Create(nameof(InstantiateGraph), new FakeExecutable(Find<FakeGraph>(graph).Nodes), out executable);

    public override CudaError LaunchGraph(nint executable, nint stream)
    {
        var nodes = Find<FakeExecutable>(executable).Nodes;
        return Enqueue(nameof(LaunchGraph), stream, () => nodes.ForEach(node => node()));
    }

    public override CudaError DestroyExecutable(nint executable) => Destroy(nameof(DestroyExecutable), executable);

    public override CudaError DestroyGraph(nint graph) => Destroy(nameof(DestroyGraph), graph);

    private bool IsCapturing() => capturing is not null && capturingThread == Environment.CurrentManagedThreadId;

    private CudaError Enqueue(string method, nint stream, Action work)
    {
        var error = Enter(method);
        if (error == CudaError.CUDA_SUCCESS)
        {
            if (Find<FakeStream>(stream).Captured is { } nodes)
            {
                nodes.Add(work);
            }
            else
            {
                work();
            }
        }

        return error;
    }

    private sealed class FakeStream
    {
        /// <summary>What the stream was given since its capture began.</summary>
        public List<Action>? Captured { get; set; }

        public bool IsInvalid { get; set; }
    }

    private sealed class FakeEvent(bool withTiming)
    {
        public bool WithTiming { get; } = withTiming;

        public bool IsRecorded { get; set; }
    }

    private sealed record FakeModule(string Text);

    private sealed class FakeFunction(nint module, string entryPoint, string text)
    {
        public nint Module { get; } = module;

        public string EntryPoint { get; } = entryPoint;

        /// <summary>From the declarations of the parameters.</summary>
        public int[] ArgumentSizes { get; } = [.. text[..text.IndexOf(')')].Split(".param .").Skip(1)
            .Select(declaration => int.Parse(declaration[1..declaration.IndexOf(' ')], null) / 8)];

        public int AllowedDynamicBytes { get; set; } = 47 << 10;
    }

    private sealed record FakeGraph(List<Action> Nodes);

    private sealed record FakeExecutable(List<Action> Nodes);
}
