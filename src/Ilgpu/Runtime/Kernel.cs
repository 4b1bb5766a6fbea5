using ILGPU.Frontend;

namespace ILGPU.Runtime;

/// <summary>Shows the arguments of a launch one by one; returns itself.</summary>
internal interface IArgumentVisitor
{
    IArgumentVisitor Visit<T>(in T argument)
        where T : struct;
}

/// <summary>Shows all arguments of a launch to a visitor.</summary>
internal delegate IArgumentVisitor KernelArguments(IArgumentVisitor visitor);

/// <summary>A kernel that is loaded for an accelerator.</summary>
public abstract class Kernel : AcceleratorObject
{
    private protected Kernel(Accelerator accelerator, KernelSource source, KernelSpecialization specialization)
        : base(accelerator)
    {
        Source = source;
        Specialization = specialization;
    }

    /// <summary>The type and the method of the kernel.</summary>
    public string Name => Source.Name;

    public KernelSpecialization Specialization { get; }

    /// <summary>The method of the kernel.</summary>
    internal KernelSource Source { get; }

    /// <summary>Runs <paramref name="body"/> for every index below an extent.</summary>
    internal void Launch<TIndex>(AcceleratorStream stream, TIndex extent, Action<TIndex> body, KernelArguments arguments)
        where TIndex : struct, IIndex
    {
        Check(stream);
        IndexSpace.CheckExtent(Name, extent);
        LaunchIndexed(stream, extent, body, arguments);
    }

    /// <summary>Runs <paramref name="body"/> for every thread of a grid of groups.</summary>
    internal void Launch(AcceleratorStream stream, in KernelConfig config, Action body, KernelArguments arguments)
    {
        Check(stream);
        config.Check(this);
        LaunchGrouped(stream, config, body, arguments);
    }

    private protected abstract void LaunchIndexed<TIndex>(
        AcceleratorStream stream,
        TIndex extent,
        Action<TIndex> body,
        KernelArguments arguments)
        where TIndex : struct, IIndex;

    private protected abstract void LaunchGrouped(
        AcceleratorStream stream,
        in KernelConfig config,
        Action body,
        KernelArguments arguments);

    private protected override void DisposeCore(bool disposing)
    {
    }

    private void Check(AcceleratorStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ThrowIfDisposed();
        stream.ThrowIfDisposed();
        if (stream.Accelerator != Accelerator)
        {
            throw new ArgumentException(
                $"kernel {Name}: expected a stream of {Accelerator.Name}, for which it was loaded; " +
                "got one of another accelerator.",
                nameof(stream));
        }
    }
}
