namespace ILGPU.Runtime.Cuda;

/// <summary>What devices are asked for: the part of CUdevice_attribute of cuda.h that is used. Values of 32 bits.</summary>
internal enum CudaDeviceAttribute
{
    MaxThreadsPerBlock = 1,
    MaxBlockDimX = 2,
    MaxBlockDimY = 3,
    MaxBlockDimZ = 4,
    MaxGridDimX = 5,
    MaxGridDimY = 6,
    MaxGridDimZ = 7,
    MaxSharedMemoryPerBlock = 8,
    TotalConstantMemory = 9,
    WarpSize = 10,
    MaxRegistersPerBlock = 12,

    /// <summary>In kHz.</summary>
    ClockRate = 13,
    MultiprocessorCount = 16,

    /// <summary>A <see cref="CudaComputeMode"/>.</summary>
    ComputeMode = 20,
    PciBusId = 33,
    PciDeviceId = 34,

    /// <summary>In kHz.</summary>
    MemoryClockRate = 36,

    /// <summary>In bits.</summary>
    GlobalMemoryBusWidth = 37,
    L2CacheSize = 38,
    MaxThreadsPerMultiprocessor = 39,
    UnifiedAddressing = 41,
    PciDomainId = 50,
    ComputeCapabilityMajor = 75,
    ComputeCapabilityMinor = 76,
    MaxSharedMemoryPerMultiprocessor = 81,
    MaxRegistersPerMultiprocessor = 82,
    MaxSharedMemoryPerBlockOptin = 97,
    MemoryPoolsSupported = 115,
}

/// <summary>Who may use a device: CUcomputemode.</summary>
internal enum CudaComputeMode
{
    Default = 0,
    Prohibited = 2,
    ExclusiveProcess = 3,
}

/// <summary>What functions are asked for: the part of CUfunction_attribute that is used.</summary>
internal enum CudaFunctionAttribute
{
    MaxThreadsPerBlock = 0,

    /// <summary>Static shared memory.</summary>
    SharedSizeBytes = 1,
    ConstSizeBytes = 2,

    /// <summary>Local memory of each thread: arrays, and registers that there was no room for.</summary>
    LocalSizeBytes = 3,
    NumRegs = 4,
    PtxVersion = 5,
    BinaryVersion = 6,

    /// <summary>The only one that is set: how much dynamic shared memory launches may ask for.</summary>
    MaxDynamicSharedSizeBytes = 8,
}

/// <summary>CUstreamCaptureStatus.</summary>
internal enum CudaCaptureStatus
{
    None = 0,
    Active = 1,
    Invalidated = 2,
}
