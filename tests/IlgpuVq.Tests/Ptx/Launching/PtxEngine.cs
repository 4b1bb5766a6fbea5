using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tests.Ptx.Decoding;
using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Launching;

/// <summary>Compiles kernels with ILGPU's back end for CUDA and runs them on the machine of this folder, as on a card.</summary>
/// <remarks>Memory is that of ILGPU's CPU accelerator. Kernels may touch what lives of it, and nothing else.</remarks>
internal class PtxEngine(int multiprocessors = PtxEngine.LargeDevice) : KernelEngine(KernelDevice.CpuContext())
{
    /// <summary>Multiprocessors of an H100 or H200.</summary>
    public const int LargeDevice = 132;

    /// <summary>Threads of a group where the kernel does not say: the guard in the text ends those behind the extent.</summary>
    private const int GroupThreads = 256;

    private const int MaxGroupThreads = 1024;

    private const int MaxGroupsAcross = 65535;

    /// <summary>Shared memory of a group on a device of compute capability 8.0, which the text is for.</summary>
    private const int MaxSharedBytes = 163 * 1024;

    private readonly DeviceMemory memory = new();
    private readonly List<(MemoryBuffer Buffer, nint Address)> lent = [];
    private readonly Dictionary<Type, Loaded> loaded = [];
    private List<Action>? captured;

    public override bool HasFastGroups => true;

    public override bool HasTensorCores => true;

    public override int Multiprocessors => multiprocessors;

    public override bool CanCapture => true;

    /// <summary>Instructions that lanes of all launches have gone through.</summary>
    public long LaneInstructions { get; private set; }

    /// <summary>The device <c>ptx</c>.</summary>
    public static KernelDevice OpenDevice(DeviceOptions options) => new("ptx", new PtxEngine(), options);

    public override bool IsFailure(Exception exception) => exception is PtxFault or PtxException;

    public override MemoryBuffer1D<int, Stride1D.Dense> Allocate(int words)
    {
        if (captured is not null)
        {
            throw new PtxFault(FaultKind.Undefined, "memory cannot be allocated while launches are captured");
        }

        var buffer = base.Allocate(words);
        TakeBack();
        memory.Lend(buffer.NativePtr, buffer.LengthInBytes);
        lent.Add((buffer, buffer.NativePtr));
        return buffer;
    }

    public override void Copy<T>(ArrayView<T> source, ArrayView<T> target) => Submit(() => base.Copy(source, target));

    public override void Fill(MemoryBuffer1D<int, Stride1D.Dense> buffer, byte value) => Submit(() => base.Fill(buffer, value));

    public override void Launch<TKernel>(int extent, TKernel kernel) => Launch(
        Load(typeof(TKernel)), new Index3D((extent + GroupThreads - 1) / GroupThreads, 1, 1), new Index3D(GroupThreads, 1, 1), 0,
        extent, kernel);

    public override void LaunchGroups<TKernel>(in KernelConfig config, TKernel kernel) =>
        Launch(Load(typeof(TKernel)), config.GridDim, config.GroupDim, config.SharedMemoryConfig.ArraySize, 0, kernel);

    public override ICapturedLaunches? TryCapture(Action work, out string obstacle)
    {
        var taken = captured = [];
        try
        {
            work();
            obstacle = "";
            return new Captured(taken);
        }
        catch (DeviceException failure) when (failure.InnerException is PtxFault fault)
        {
            obstacle = $"the driver refuses the graph: {fault.Message}";
            return null;
        }
        finally
        {
            captured = null;
        }
    }

    /// <summary>Runs a launch to its end.</summary>
    protected virtual void Run(string name, PtxLaunch launch)
    {
        TakeBack();
        launch.Run();
        LaneInstructions += launch.LaneInstructions;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        memory.Dispose();
    }

    private void Launch<TKernel>(Loaded target, Index3D grid, Index3D group, int dynamicBytes, int extent, TKernel kernel)
        where TKernel : struct
    {
        var (code, ready) = target;
        var sharedBytes = ready.SharedBytes + dynamicBytes;
        var isAllowed = grid.X >= 1 && grid.Y is >= 1 and <= MaxGroupsAcross && grid.Z is >= 1 and <= MaxGroupsAcross
            && group.Size is >= 1 and <= MaxGroupThreads && sharedBytes <= MaxSharedBytes;
        if (!isAllowed)
        {
            throw new PtxFault(
                FaultKind.Undefined,
                $"{code.Name}: expected groups of 1 to {MaxGroupThreads} threads and at most {MaxSharedBytes} bytes of shared "
                    + "memory, in a " +
                $"grid of at most {MaxGroupsAcross} along y and z; got groups of {group} with {sharedBytes} bytes in a grid of "
                    + $"{grid}");
        }

        var launch = new PtxLaunch(ready, memory, Of(grid), Of(group), dynamicBytes, code.Arguments(extent, kernel));
        Submit(() => Run(code.Name, launch));
    }

    /// <summary>Does it now, or, while it is captured, whenever the graph is launched.</summary>
    private void Submit(Action work)
    {
        if (captured is not null)
        {
            captured.Add(work);
        }
        else
        {
            work();
        }
    }

    private Loaded Load(Type kernel)
    {
        if (!loaded.TryGetValue(kernel, out var found))
        {
            var code = PtxCode.Of(kernel);
            var ready = new PtxProgram(code.Text, memory).Kernels.Values.Single();
            if (ready.ParameterBytes != code.ArgumentBytes)
            {
                throw new PtxException(
                    [$"{code.Name}: expected {ready.ParameterBytes} bytes of arguments, as declared; ILGPU passes "
                        + $"{code.ArgumentBytes}"]);
            }

            loaded[kernel] = found = new Loaded(code, ready);
        }

        return found;
    }

    /// <summary>What has been disposed does not live.</summary>
    private void TakeBack() => lent.RemoveAll(each => each.Buffer.IsDisposed && memory.Free((ulong)each.Address));

    private static (uint X, uint Y, uint Z) Of(Index3D index) => ((uint)index.X, (uint)index.Y, (uint)index.Z);

    private sealed record Loaded(PtxCode Code, PtxKernel Kernel);

    private sealed class Captured(List<Action> work) : ICapturedLaunches
    {
        public void Launch() => work.ForEach(each => each());

        public void Dispose() => work.Clear();
    }
}
