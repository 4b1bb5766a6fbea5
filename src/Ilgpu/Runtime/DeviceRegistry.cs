namespace ILGPU.Runtime;

/// <summary>
/// The devices that a context is going to offer. Every back end registers its own through an extension of the builder.
/// </summary>
public sealed class DeviceRegistry
{
    private readonly List<Device> devices = [];

    public int Count => devices.Count;

    internal IReadOnlyList<Device> Devices => devices;

    public void Register(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        devices.Add(device);
    }

    /// <summary>Registers the device if <paramref name="predicate"/> accepts it.</summary>
    public void Register<TDevice>(TDevice device, Predicate<TDevice> predicate)
        where TDevice : Device
    {
        ArgumentNullException.ThrowIfNull(predicate);
        if (predicate(device))
        {
            Register(device);
        }
    }
}
