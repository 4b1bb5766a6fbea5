using System.Globalization;

namespace ILGPU.Runtime;

/// <summary>A device that accelerators can be created for, and its limits.</summary>
public abstract class Device
{
    private protected Device(string name, AcceleratorType acceleratorType, CapabilityContext capabilities)
    {
        Name = name;
        AcceleratorType = acceleratorType;
        Capabilities = capabilities;
    }

    public string Name { get; }

    public AcceleratorType AcceleratorType { get; }

    public CapabilityContext Capabilities { get; }

    /// <summary>The memory of the device in bytes.</summary>
    public long MemorySize { get; private protected init; }

    /// <summary>The largest number of groups along each axis.</summary>
    public Index3D MaxGridSize { get; private protected init; }

    /// <summary>The largest number of threads of one group along each axis.</summary>
    public Index3D MaxGroupSize { get; private protected init; }

    /// <summary>The largest number of threads of one group in all.</summary>
    public int MaxNumThreadsPerGroup { get; private protected init; }

    /// <summary>The shared memory of one group in bytes, static and dynamic together.</summary>
    public int MaxSharedMemoryPerGroup { get; private protected init; }

    /// <summary>The constant memory in bytes.</summary>
    public int MaxConstantMemory { get; private protected init; }

    /// <summary>The number of threads that run in step.</summary>
    public int WarpSize { get; private protected init; }

    public int NumMultiprocessors { get; private protected init; }

    public int MaxNumThreadsPerMultiprocessor { get; private protected init; }

    public int MaxNumThreads => NumMultiprocessors * MaxNumThreadsPerMultiprocessor;

    public abstract Accelerator CreateAccelerator(Context context);

    /// <summary>Writes name and limits, one per line.</summary>
    public void PrintInformation(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var culture = CultureInfo.InvariantCulture;
        writer.WriteLine(string.Create(culture, $"Device: {Name} ({AcceleratorType})"));
        writer.WriteLine(string.Create(culture, $"  Memory size:               {MemorySize} bytes"));
        writer.WriteLine(string.Create(culture, $"  Max threads per group:     {MaxNumThreadsPerGroup}, at most {MaxGroupSize}"));
        writer.WriteLine(string.Create(culture, $"  Max groups per grid:       {MaxGridSize}"));
        writer.WriteLine(string.Create(culture, $"  Shared memory per group:   {MaxSharedMemoryPerGroup} bytes"));
        writer.WriteLine(string.Create(culture, $"  Warp size:                 {WarpSize}"));
        writer.WriteLine(string.Create(culture, $"  Multiprocessors:           {NumMultiprocessors}"));
    }

    public override string ToString() => $"{Name} [{AcceleratorType}]";
}
