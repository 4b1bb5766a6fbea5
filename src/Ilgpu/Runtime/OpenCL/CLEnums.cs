namespace ILGPU.Runtime.OpenCL;

/// <summary>What a call of OpenCL returned, by the names of its headers.</summary>
public enum CLError
{
    CL_SUCCESS = 0,
    CL_DEVICE_NOT_FOUND = -1,
    CL_DEVICE_NOT_AVAILABLE = -2,
    CL_COMPILER_NOT_AVAILABLE = -3,
    CL_MEM_OBJECT_ALLOCATION_FAILURE = -4,
    CL_OUT_OF_RESOURCES = -5,
    CL_OUT_OF_HOST_MEMORY = -6,
    CL_PROFILING_INFO_NOT_AVAILABLE = -7,
    CL_MEM_COPY_OVERLAP = -8,
    CL_BUILD_PROGRAM_FAILURE = -11,
    CL_MISALIGNED_SUB_BUFFER_OFFSET = -13,
    CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST = -14,
    CL_INVALID_VALUE = -30,
    CL_INVALID_DEVICE_TYPE = -31,
    CL_INVALID_PLATFORM = -32,
    CL_INVALID_DEVICE = -33,
    CL_INVALID_CONTEXT = -34,
    CL_INVALID_QUEUE_PROPERTIES = -35,
    CL_INVALID_COMMAND_QUEUE = -36,
    CL_INVALID_HOST_PTR = -37,
    CL_INVALID_MEM_OBJECT = -38,
    CL_INVALID_BINARY = -42,
    CL_INVALID_BUILD_OPTIONS = -43,
    CL_INVALID_PROGRAM = -44,
    CL_INVALID_PROGRAM_EXECUTABLE = -45,
    CL_INVALID_KERNEL_NAME = -46,
    CL_INVALID_KERNEL_DEFINITION = -47,
    CL_INVALID_KERNEL = -48,
    CL_INVALID_ARG_INDEX = -49,
    CL_INVALID_ARG_VALUE = -50,
    CL_INVALID_ARG_SIZE = -51,
    CL_INVALID_KERNEL_ARGS = -52,
    CL_INVALID_WORK_DIMENSION = -53,
    CL_INVALID_WORK_GROUP_SIZE = -54,
    CL_INVALID_WORK_ITEM_SIZE = -55,
    CL_INVALID_GLOBAL_OFFSET = -56,
    CL_INVALID_EVENT_WAIT_LIST = -57,
    CL_INVALID_EVENT = -58,
    CL_INVALID_OPERATION = -59,
    CL_INVALID_BUFFER_SIZE = -61,
    CL_INVALID_GLOBAL_WORK_SIZE = -63,
    CL_INVALID_PROPERTY = -64,
    CL_PLATFORM_NOT_FOUND_KHR = -1001,
}

/// <summary>The kinds of OpenCL devices, by the names of its headers.</summary>
[Flags]
public enum CLDeviceType : long
{
    CL_DEVICE_TYPE_DEFAULT = 1,
    CL_DEVICE_TYPE_CPU = 2,
    CL_DEVICE_TYPE_GPU = 4,
    CL_DEVICE_TYPE_ACCELERATOR = 8,
    CL_DEVICE_TYPE_CUSTOM = 16,
    CL_DEVICE_TYPE_ALL = 0xFFFFFFFF,
}

/// <summary>What is asked of platforms, devices, programs, kernels and events. Values of cl.h and cl_ext.h.</summary>
internal enum CLInfo : uint
{
    PlatformVersion = 0x0901,
    PlatformName = 0x0902,

    DeviceType = 0x1000,
    DeviceMaxComputeUnits = 0x1002,
    DeviceMaxWorkGroupSize = 0x1004,
    DeviceMaxWorkItemSizes = 0x1005,
    DeviceMaxClockFrequency = 0x100C,
    DeviceAddressBits = 0x100D,
    DeviceMaxMemAllocSize = 0x1010,
    DeviceMaxParameterSize = 0x1017,
    DeviceSingleFloatConfig = 0x101B,
    DeviceGlobalMemSize = 0x101F,
    DeviceMaxConstantBufferSize = 0x1020,
    DeviceLocalMemSize = 0x1023,
    DeviceEndianLittle = 0x1026,
    DeviceAvailable = 0x1027,
    DeviceCompilerAvailable = 0x1028,
    DeviceName = 0x102B,
    DeviceVendor = 0x102C,
    DriverVersion = 0x102D,
    DeviceVersion = 0x102F,
    DeviceExtensions = 0x1030,
    DeviceWarpSizeNv = 0x4003,
    DeviceWavefrontWidthAmd = 0x4043,
    DeviceSubgroupSizesIntel = 0x4108,

    ProgramBinarySizes = 0x1165,
    ProgramBinaries = 0x1166,
    ProgramBuildLog = 0x1183,

    KernelNumArgs = 0x1191,
    KernelWorkGroupSize = 0x11B0,
    KernelLocalMemSize = 0x11B2,

    ProfilingCommandEnd = 0x1283,
}
