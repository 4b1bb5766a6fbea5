namespace IlgpuVq.Tensors;

/// <summary>A device that does not exist, cannot be used here, or failed.</summary>
public sealed class DeviceException : UserException
{
    /// <param name="message">One line: what was expected, what came, what to do.</param>
    /// <param name="inner">What the driver or the compiler said; null for nothing.</param>
    public DeviceException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    internal static DeviceException CannotOpen(string name, IReadOnlyList<DeviceInfo> devices)
    {
        var usable = string.Join(", ", devices.Where(d => d.IsUsable).Select(d => d.Name));
        var known = devices.FirstOrDefault(d => d.Name == name);
        var why = known is null ? "no device has that name" : known.Reason;
        return new DeviceException($"accelerator: expected one of auto, {usable}; got {name}: {why}. Try: devices");
    }
}
