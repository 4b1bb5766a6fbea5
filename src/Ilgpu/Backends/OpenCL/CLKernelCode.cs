namespace ILGPU.Backends.OpenCL;

/// <summary>What generated code may use of a device.</summary>
/// <param name="WarpSize">The number of threads that count as a warp.</param>
/// <param name="HasFloat64">Double precision: cl_khr_fp64.</param>
/// <param name="HasInt64Atomics">cl_khr_int64_base_atomics and cl_khr_int64_extended_atomics.</param>
/// <param name="HasSubgroupShuffle">
/// cl_khr_subgroup_shuffle with subgroups of <paramref name="WarpSize"/> threads; without, shuffles go through shared memory.
/// </param>
/// <param name="DivisionTraps">An integer division by zero ends the process, so it has to be kept from happening.</param>
internal sealed record CLTarget(int WarpSize, bool HasFloat64, bool HasInt64Atomics, bool HasSubgroupShuffle, bool DivisionTraps = false);

/// <summary>A kernel as OpenCL C.</summary>
/// <param name="EntryPoint">The name of the kernel function.</param>
/// <param name="Source">The text of the program.</param>
/// <param name="UsesDynamicSharedMemory">It takes the shared memory that the launch asks for.</param>
/// <param name="SharedBytesPerThread">Shared memory for exchanges between threads, which the launch has to add.</param>
/// <remarks>
/// The arguments of the function, in this order: for an implicitly grouped kernel the extent along each axis (int, or long where
/// the index is); the parameters of the method, taken apart by <see cref="Frontend.Types.FieldLayout"/>, where a view is a buffer,
/// a long for the offset in bytes and a long for the length in elements, everything else is passed by value, and a
/// <see cref="SpecializedValue{T}"/> is left out; with dynamic shared memory, that and an int for its size in bytes; with
/// exchanges, the shared memory for them.
/// </remarks>
internal sealed record CLKernelCode(string EntryPoint, string Source, bool UsesDynamicSharedMemory, int SharedBytesPerThread);
