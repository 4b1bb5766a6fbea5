using IlgpuVq.Tensors;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Makes the tensors of one call on one device and disposes them at its end.</summary>
public sealed class TensorScope(Device device) : IDisposable
{
    private readonly List<IDisposable> tensors = [];

    public Device Device => device;

    public Tensor<float> Floats(float[] values, Shape shape) => Keep(device.From<float>(values, shape));

    public Tensor<int> Ints(int[] values, Shape shape) => Keep(device.From<int>(values, shape));

    /// <summary>Disposes <paramref name="tensor"/> with the others.</summary>
    public Tensor<T> Keep<T>(Tensor<T> tensor)
        where T : unmanaged
    {
        tensors.Add(tensor);
        return tensor;
    }

    public void Dispose() => tensors.ForEach(tensor => tensor.Dispose());
}
