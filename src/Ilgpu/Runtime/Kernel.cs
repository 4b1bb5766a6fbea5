using ILGPU.Frontend;

namespace ILGPU.Runtime;

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

    private protected override void DisposeCore(bool disposing)
    {
    }

    /// <exception cref="ArgumentException">The stream belongs to another accelerator.</exception>
    private protected void Check(AcceleratorStream stream)
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
