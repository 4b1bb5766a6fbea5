namespace IlgpuVq.Tests.Ilgpu.Differential.Harness;

/// <summary>A kernel with the arguments it is launched with.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Launch">Makes the buffers, loads the kernel and launches it; the same in every run.</param>
/// <param name="Kernel">The kernel, where there is one alone and none of its arguments is specialized.</param>
public sealed record KernelCase(string Name, Action<KernelRun> Launch, Delegate? Kernel = null)
{
    /// <summary>Runs the kernel, and reads what it left behind.</summary>
    internal IReadOnlyList<KernelResult> Run(ILGPU.Runtime.Accelerator accelerator)
    {
        using var run = new KernelRun(accelerator);
        Launch(run);
        return run.Read();
    }
}
