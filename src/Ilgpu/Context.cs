using System.Collections.Immutable;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace ILGPU;

/// <summary>The devices of a program and the settings that their accelerators share.</summary>
/// <remarks>Disposing a context disposes the accelerators that are still alive.</remarks>
public sealed class Context : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<Accelerator> accelerators = [];
    private bool disposed;

    private Context(Builder builder)
    {
        Properties = builder;
        Devices = [.. builder.DeviceRegistry.Devices];
    }

    public ContextProperties Properties { get; }

    /// <summary>The devices in the order in which they were registered.</summary>
    public ImmutableArray<Device> Devices { get; }

    /// <summary>A builder without devices.</summary>
    public static Builder Create() => new();

    /// <summary>Creates a context with what <paramref name="buildingCallback"/> asks for.</summary>
    public static Context Create(Action<Builder> buildingCallback)
    {
        ArgumentNullException.ThrowIfNull(buildingCallback);
        var builder = Create();
        buildingCallback(builder);
        return builder.ToContext();
    }

    /// <summary>Creates a context with all devices of this machine.</summary>
    public static Context CreateDefault() => Create(builder => builder.Default());

    public ImmutableArray<Device>.Enumerator GetEnumerator() => Devices.GetEnumerator();

    /// <summary>All devices of one kind.</summary>
    public DeviceCollection<TDevice> GetDevices<TDevice>()
        where TDevice : Device => new([.. Devices.OfType<TDevice>()]);

    /// <exception cref="ArgumentOutOfRangeException">There are not that many devices of this kind.</exception>
    public TDevice GetDevice<TDevice>(int index)
        where TDevice : Device
    {
        var devices = GetDevices<TDevice>();
        return (uint)index < (uint)devices.Count
            ? devices[index]
            : throw new ArgumentOutOfRangeException(
                nameof(index),
                $"GetDevice: expected the index of one of {devices.Count} devices of type {typeof(TDevice).Name}; got {index}.");
    }

    /// <summary>The CPU, or else the device with the most threads that is not one; the other where there is none.</summary>
    /// <exception cref="InvalidOperationException">The context has no devices.</exception>
    public Device GetPreferredDevice(bool preferCPU) =>
        Devices.OrderBy(device => device.AcceleratorType == AcceleratorType.CPU != preferCPU)
            .ThenByDescending(device => device.AcceleratorType == AcceleratorType.CPU ? 0 : device.MaxNumThreads)
            .FirstOrDefault() ??
        throw new InvalidOperationException(
            "GetPreferredDevice: expected a context with devices; got none. Enable some on the builder.");

    public void Dispose()
    {
        Accelerator[] alive;
        lock (gate)
        {
            disposed = true;
            alive = [.. accelerators];
            accelerators.Clear();
        }

        foreach (var accelerator in alive)
        {
            accelerator.Dispose();
        }
    }

    internal void Add(Accelerator accelerator)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            accelerators.Add(accelerator);
        }
    }

    internal void Remove(Accelerator accelerator)
    {
        lock (gate)
        {
            accelerators.Remove(accelerator);
        }
    }

    /// <summary>The devices of one kind, in the order in which they were registered.</summary>
    public readonly struct DeviceCollection<TDevice>(ImmutableArray<TDevice> devices)
        where TDevice : Device
    {
        public int Count => devices.Length;

        public TDevice this[int index] => devices[index];

        public ImmutableArray<TDevice>.Enumerator GetEnumerator() => devices.GetEnumerator();
    }

    /// <summary>Collects devices and settings of a context.</summary>
    public sealed class Builder : ContextProperties
    {
        internal Builder()
        {
        }

        public DeviceRegistry DeviceRegistry { get; } = new();

        /// <summary>All devices of this machine.</summary>
        public Builder Default() => AllAccelerators();

        /// <inheritdoc cref="Default"/>
        public Builder AllAccelerators() => this.DefaultCPU().Cuda().OpenCL();

        public Builder Optimize(OptimizationLevel level)
        {
            OptimizationLevel = level;
            return this;
        }

        public Builder Math(MathMode mode)
        {
            MathMode = mode;
            return this;
        }

        public Builder PageLocking(PageLockingMode mode)
        {
            PageLockingMode = mode;
            return this;
        }

        /// <summary>Keeps assertions in kernels.</summary>
        public Builder Assertions()
        {
            EnableAssertions = true;
            return this;
        }

        /// <summary>No optimization, with assertions.</summary>
        public Builder Debug() => Optimize(OptimizationLevel.Debug).Assertions();

        /// <summary>Lets streams take profiling markers.</summary>
        public Builder Profiling()
        {
            EnableProfiling = true;
            return this;
        }

        public Context ToContext() => new(this);
    }
}
