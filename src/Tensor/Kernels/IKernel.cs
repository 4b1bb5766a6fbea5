namespace IlgpuVq.Tensors.Kernels;

/// <summary>A kernel with its operands as fields: views, numbers and structures of them. ILGPU compiles
/// <see cref="Run"/> for the device.</summary>
/// <remarks>
/// Such structures are never private: ILGPU makes launchers in an assembly of its own, <c>ILGPURuntime</c>, which has to see
/// them. Public ones it sees, internal ones where that assembly is told of them. <see cref="OwnKernels"/> launches those of
/// other projects.
/// Constants of a conditional have the type of its result (<c>? 1f : 0f</c>): ILGPU 1.5.3 keeps the bits of an int that becomes
/// a float behind one.
/// </remarks>
public interface IKernel
{
    /// <summary>What one thread does; there is one for each index from 0 to the extent of the launch.</summary>
    void Run(int i);
}

/// <summary>A kernel for groups of threads, which share memory and wait for each other; it asks
/// <c>Grid</c> and <c>Group</c> where it is.</summary>
/// <inheritdoc cref="IKernel"/>
internal interface IGroupKernel
{
    /// <summary>What one thread of a group does.</summary>
    void Run();
}
