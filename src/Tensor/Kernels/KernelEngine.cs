using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>Loads and launches kernels on an accelerator of ILGPU, on one stream, in order.</summary>
/// <remarks>All launches of the project pass here, so another engine can list kernels without running them, or run what they are
/// compiled to in another way.</remarks>
internal class KernelEngine : IDisposable
{
    private readonly Context context;
    private readonly Dictionary<Type, Delegate> loaded = [];
    private readonly bool ownsStream;

    /// <param name="context">Disposed with the engine, and so is the accelerator.</param>
    /// <param name="accelerator">Of that context.</param>
    public KernelEngine(Context context, Accelerator accelerator)
    {
        this.context = context;
        Accelerator = accelerator;

        // CUDA's default stream cannot be captured.
        ownsStream = accelerator is CudaAccelerator;
        Stream = ownsStream ? accelerator.CreateStream() : accelerator.DefaultStream;
    }

    /// <summary>On the first device of a context.</summary>
    public KernelEngine(Context context)
        : this(context, context.Devices[0].CreateAccelerator(context))
    {
    }

    public Accelerator Accelerator { get; }

    public AcceleratorStream Stream { get; }

    /// <summary>
    /// Groups are worth their barriers. Not so on ILGPU's CPU accelerator, where each thread of a group is one of the host:
    /// there the plain kernels run, with one thread per result.
    /// </summary>
    public virtual bool HasFastGroups => Accelerator.AcceleratorType != AcceleratorType.CPU;

    /// <summary>Whether there are tensor cores for <c>mma.sync</c> of TF32 and bfloat16, and asynchronous copies.</summary>
    public virtual bool HasTensorCores => Accelerator is CudaAccelerator cuda && cuda.Architecture >= CudaArchitecture.SM_80;

    /// <summary>Groups that run side by side.</summary>
    public virtual int Multiprocessors => Accelerator.NumMultiprocessors;

    /// <summary>Whether <see cref="TryCapture"/> may succeed.</summary>
    public virtual bool CanCapture => Accelerator is CudaAccelerator && CudaGraph.IsSupported;

    /// <summary>Whether an exception says that the device failed. On the processor it would be a mistake in a kernel.</summary>
    public virtual bool IsFailure(Exception exception) => Accelerator.AcceleratorType != AcceleratorType.CPU &&
        exception is AcceleratorException or CapabilityNotSupportedException or InternalCompilerException
            or NotSupportedException;

    /// <summary>What an exception of ILGPU says: for an error of OpenCL its message does not name it.</summary>
    public static string WordsOf(Exception exception) =>
        exception is CLException { Error: var error } ? $"{error} ({(int)error})" : exception.Message.TrimEnd('.');

    /// <summary>New memory, as words of 4 bytes. It is given back when the buffer is disposed.</summary>
    public virtual MemoryBuffer1D<int, Stride1D.Dense> Allocate(int words) => Accelerator.Allocate1D<int>(words);

    /// <summary>Copies memory of the device, in order with the launches.</summary>
    public virtual void Copy<T>(ArrayView<T> source, ArrayView<T> target)
        where T : unmanaged => source.CopyTo(Stream, target);

    /// <summary>Fills memory of the device with a byte, in order with the launches.</summary>
    public virtual void Fill(MemoryBuffer1D<int, Stride1D.Dense> buffer, byte value) => buffer.MemSet(Stream, value);

    /// <summary>Runs a kernel for each index from 0 to <paramref name="extent"/>, which is at least 1.</summary>
    public virtual void Launch<TKernel>(int extent, TKernel kernel)
        where TKernel : struct, IKernel
    {
        var launch = loaded.TryGetValue(typeof(TKernel), out var found)
            ? (Action<AcceleratorStream, Index1D, TKernel>)found
            : Load<TKernel, Action<AcceleratorStream, Index1D, TKernel>>(Accelerator.LoadAutoGroupedKernel);
        launch(Stream, extent, kernel);
    }

    /// <summary>Runs a kernel for each thread of each group.</summary>
    public virtual void LaunchGroups<TKernel>(in KernelConfig config, TKernel kernel)
        where TKernel : struct, IGroupKernel
    {
        var launch = loaded.TryGetValue(typeof(TKernel), out var found)
            ? (Action<AcceleratorStream, KernelConfig, TKernel>)found
            : Load<TKernel, Action<AcceleratorStream, KernelConfig, TKernel>>(Accelerator.LoadKernel);
        launch(Stream, config, kernel);
    }

    /// <summary>Takes what some work launches as one piece, without running it; null where that does not succeed.</summary>
    /// <param name="work">Launches, copies and fills.</param>
    /// <param name="obstacle">Why it does not succeed.</param>
    public virtual ICapturedLaunches? TryCapture(Action work, out string obstacle) =>
        CudaGraph.TryCapture((CudaStream)Stream, work, out obstacle);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
        {
            return;
        }

        if (ownsStream)
        {
            Stream.Dispose();
        }

        Accelerator.Dispose();
        context.Dispose();
    }

    /// <summary>Compiles a kernel; where the driver refuses it, the exception has the driver's own words.</summary>
    private TLaunch Load<TKernel, TLaunch>(Func<CompiledKernel, Kernel> load)
        where TLaunch : Delegate
    {
        using var log = new DriverLog();
        try
        {
            var launch = load(Accelerator.CompileKernel(KernelCompiler.EntryOf(typeof(TKernel))) switch
            {
                PTXCompiledKernel ptx => PtxCorrections.Correct(ptx),
                CLCompiledKernel openCl => KernelNames.Renumber(openCl),
                var compiled => compiled,
            }).CreateLauncherDelegate<TLaunch>();
            loaded.Add(typeof(TKernel), launch);
            return launch;
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            throw new DeviceException(
                $"kernel {KernelEntry.NameOf(typeof(TKernel))}: expected the driver to build it; " +
                $"got {WordsOf(exception)}.{log.Text}", exception);
        }
    }
}

/// <summary>Launches that were captured as one piece.</summary>
internal interface ICapturedLaunches : IDisposable
{
    /// <summary>Gives them all to the device.</summary>
    void Launch();
}

/// <summary>The methods that ILGPU compiles: one for all kernels of each kind.</summary>
internal static class KernelEntry
{
    public static void ForEach<TKernel>(Index1D i, TKernel kernel)
        where TKernel : struct, IKernel => kernel.Run(i);

    public static void ForGroups<TKernel>(TKernel kernel)
        where TKernel : struct, IGroupKernel => kernel.Run();

    /// <summary>The method that is compiled for a kernel of that type.</summary>
    public static MethodInfo Of(Type kernel) => typeof(KernelEntry)
        .GetMethod(typeof(IKernel).IsAssignableFrom(kernel) ? nameof(ForEach) : nameof(ForGroups))!.MakeGenericMethod(kernel);

    /// <summary>Type arguments in C#'s writing, and the type that a kernel is nested in:
    /// <c>ZipKernels.ZipQuads&lt;Plus&gt;</c>.</summary>
    public static string NameOf(Type type)
    {
        var name = type.Name.Split('`')[0];
        if (type.DeclaringType is { } outer)
        {
            name = $"{outer.Name.Split('`')[0]}.{name}";
        }

        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>" : name;
    }
}
