namespace ILGPU.Runtime.Cuda;

/// <summary>CUDA devices in contexts.</summary>
public static class CudaContextExtensions
{
    /// <summary>Enables every CUDA device that can be used; none where there is no driver.</summary>
    public static Context.Builder Cuda(this Context.Builder builder) => builder.Cuda(_ => true);

    /// <summary>Enables the CUDA devices that can be used and that <paramref name="predicate"/> accepts.</summary>
    public static Context.Builder Cuda(this Context.Builder builder, Predicate<CudaDevice> predicate)
    {
        ArgumentNullException.ThrowIfNull(builder);
        foreach (var report in CudaDeviceReport.All)
        {
            if (report.Device is { } device)
            {
                builder.DeviceRegistry.Register(device, predicate);
            }
        }

        return builder;
    }

    public static CudaDevice GetCudaDevice(this Context context, int cudaDeviceIndex) =>
        context.GetDevice<CudaDevice>(cudaDeviceIndex);

    public static Context.DeviceCollection<CudaDevice> GetCudaDevices(this Context context) => context.GetDevices<CudaDevice>();

    public static CudaAccelerator CreateCudaAccelerator(this Context context, int cudaDeviceIndex) =>
        context.GetCudaDevice(cudaDeviceIndex).CreateCudaAccelerator(context);
}
