using System.Collections.Immutable;
using System.Numerics;

namespace ILGPU.Runtime.CPU;

/// <summary>The machines that the CPU accelerator can imitate.</summary>
public enum CPUDeviceKind
{
    Default,
    Nvidia,
    AMD,
    LegacyAMD,
    Intel,
}

/// <summary>How the CPU accelerator uses the threads of the host.</summary>
public enum CPUAcceleratorMode
{
    /// <summary>As <see cref="Parallel"/>.</summary>
    Auto,

    /// <summary>One thread runs everything: to step through kernels with a debugger.</summary>
    Sequential,

    /// <summary>One thread per processor shares out what can run at the same time.</summary>
    Parallel,
}

/// <summary>The host as a device: it runs the methods of kernels themselves, for debugging and for tests.</summary>
/// <remarks>
/// The default device has warps of 4 threads, a size that no real device has, so that kernels which assume one show it. Its
/// groups have up to 1024 threads, as those of other devices do; groups of 256 are what most kernels want.
/// </remarks>
public sealed class CPUDevice : Device
{
    /// <summary>What other devices allow; lanes that wait for each other need as many threads of the host.</summary>
    private const int MaxThreadsPerGroup = 1024;

    /// <summary>
    /// What CUDA devices give without opting in to more, and more than OpenCL promises: a kernel that fits runs on both.
    /// </summary>
    private const int SharedMemoryPerGroup = 48 * 1024;

    private const int ConstantMemory = 64 * 1024;

    /// <summary>A device of a number of multiprocessors, each of a number of warps, each of a number of threads.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The threads per warp are no power of two from 2 on, another number is not
    /// positive, or a multiprocessor has more than 1024 threads.</exception>
    public CPUDevice(int numThreadsPerWarp, int numWarpsPerMultiprocessor, int numMultiprocessors)
        : this("CPUAccelerator", numThreadsPerWarp, numWarpsPerMultiprocessor, numMultiprocessors)
    {
    }

    private CPUDevice(string name, int numThreadsPerWarp, int numWarpsPerMultiprocessor, int numMultiprocessors)
        : base(name, AcceleratorType.CPU, new CPUCapabilityContext())
    {
        if (numThreadsPerWarp < 2 || !BitOperations.IsPow2(numThreadsPerWarp))
        {
            throw new ArgumentOutOfRangeException(
                nameof(numThreadsPerWarp),
                $"CPUDevice: expected a power of two from 2 on as threads per warp; got {numThreadsPerWarp}.");
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numWarpsPerMultiprocessor);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numMultiprocessors);
        if (numWarpsPerMultiprocessor > MaxThreadsPerGroup / numThreadsPerWarp)
        {
            throw new ArgumentOutOfRangeException(
                nameof(numWarpsPerMultiprocessor),
                $"CPUDevice: expected at most {MaxThreadsPerGroup} threads per multiprocessor; " +
                $"got {numWarpsPerMultiprocessor} warps of {numThreadsPerWarp}.");
        }

        WarpSize = numThreadsPerWarp;
        MaxNumThreadsPerGroup = numThreadsPerWarp * numWarpsPerMultiprocessor;
        MaxNumThreadsPerMultiprocessor = MaxNumThreadsPerGroup;
        NumMultiprocessors = numMultiprocessors;
        MaxGroupSize = new(MaxNumThreadsPerGroup);
        MaxGridSize = new(int.MaxValue, ushort.MaxValue, ushort.MaxValue);
        MaxSharedMemoryPerGroup = SharedMemoryPerGroup;
        MaxConstantMemory = ConstantMemory;
        MemorySize = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
    }

    /// <summary>1 multiprocessor of 256 warps of 4 threads.</summary>
    public static CPUDevice Default { get; } = new("CPUAccelerator", 4, 256, 1);

    /// <summary>1 multiprocessor of 32 warps of 32 threads.</summary>
    public static CPUDevice Nvidia { get; } = new("CPUAccelerator (Nvidia)", 32, 32, 1);

    /// <summary>1 multiprocessor of 8 warps of 32 threads.</summary>
    public static CPUDevice AMD { get; } = new("CPUAccelerator (AMD)", 32, 8, 1);

    /// <summary>1 multiprocessor of 4 warps of 64 threads.</summary>
    public static CPUDevice LegacyAMD { get; } = new("CPUAccelerator (LegacyAMD)", 64, 4, 1);

    /// <summary>1 multiprocessor of 8 warps of 16 threads.</summary>
    public static CPUDevice Intel { get; } = new("CPUAccelerator (Intel)", 16, 8, 1);

    /// <summary>All kinds, the default one first.</summary>
    public static ImmutableArray<CPUDevice> All { get; } = [Default, Nvidia, AMD, LegacyAMD, Intel];

    public static CPUDevice GetDevice(CPUDeviceKind kind) => Enum.IsDefined(kind)
        ? All[(int)kind]
        : throw new ArgumentOutOfRangeException(nameof(kind), $"GetDevice: expected a kind of CPU device; got {kind}.");

    public override Accelerator CreateAccelerator(Context context) => CreateCPUAccelerator(context, CPUAcceleratorMode.Auto);

    public CPUAccelerator CreateCPUAccelerator(Context context, CPUAcceleratorMode mode) => new(context, this, mode);

    private sealed class CPUCapabilityContext : CapabilityContext
    {
        public CPUCapabilityContext()
        {
            Float16 = true;
            Float64 = true;
            Int64_Atomics = true;
        }
    }
}
