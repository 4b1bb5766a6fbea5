namespace ILGPU.Runtime.OpenCL;

/// <summary>OpenCL devices in contexts.</summary>
public static class CLContextExtensions
{
    /// <summary>Enables every OpenCL device that can be used; none where there is no driver.</summary>
    public static Context.Builder OpenCL(this Context.Builder builder) => builder.OpenCL(_ => true);

    /// <summary>Enables the OpenCL devices that can be used and that <paramref name="predicate"/> accepts.</summary>
    public static Context.Builder OpenCL(this Context.Builder builder, Predicate<CLDevice> predicate)
    {
        ArgumentNullException.ThrowIfNull(builder);
        foreach (var report in CLDeviceReport.All)
        {
            if (report.Device is { } device)
            {
                builder.DeviceRegistry.Register(device, predicate);
            }
        }

        return builder;
    }

    public static CLDevice GetCLDevice(this Context context, int clDeviceIndex) => context.GetDevice<CLDevice>(clDeviceIndex);

    public static Context.DeviceCollection<CLDevice> GetCLDevices(this Context context) => context.GetDevices<CLDevice>();

    public static CLAccelerator CreateCLAccelerator(this Context context, int clDeviceIndex) =>
        context.GetCLDevice(clDeviceIndex).CreateCLAccelerator(context);
}
