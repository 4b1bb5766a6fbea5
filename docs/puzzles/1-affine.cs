#:project ../../src/Tensor/Tensor.csproj
using ILGPU;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Primitives;

using var device = Device.Open("kernels");
using var x = Primitive.RandomNormal(device, [1000], mean: 0, deviation: 1, seed: 1, stream: 0);
using var y = Primitive.Fill(device, [1000], float.NaN);
device.Launch(y.Size, new Affine(x.AsView(), y.AsView(), scale: 3, shift: -1));

var (values, got) = (x.ToArray(), y.ToArray());
for (var i = 0; i < got.Length; i++)
{
    var expected = 3 * values[i] - 1;
    if (!(MathF.Abs(got[i] - expected) <= 1e-5f))
    {
        Console.WriteLine($"wrong: y[{i}] should be {expected}, and is {got[i]}");
        return 1;
    }
}

Console.WriteLine("right");
return 0;

public readonly struct Affine(ArrayView<float> x, ArrayView<float> y, float scale, float shift) : IKernel
{
    public void Run(int i)
    {
        // y[i] = …
    }
}
