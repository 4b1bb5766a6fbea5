#:project ../../src/Tensor/Tensor.csproj
using ILGPU;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Primitives;

const int Length = 50;
using var device = Device.Open("kernels");
using var w = device.From<float>([0.25f, -1, 2], [3]);
using var y = Primitive.Fill(device, [Length], float.NaN);

// x lies in the middle of a larger tensor of large numbers, so that a read beyond its ends shows.
using var wide = Primitive.Fill(device, [3 * Length], 1e6f);
using var x = Primitive.RandomNormal(device, [Length], mean: 0, deviation: 1, seed: 1, stream: 0);
var inside = wide.AsView().SubView(Length, Length);
device.Launch(Length, new Copy(x.AsView(), inside));
device.Launch(Length, new Window(inside, w.AsView(), y.AsView(), Length));

var (values, got) = (x.ToArray(), y.ToArray());
for (var i = 0; i < Length; i++)
{
    var (before, after) = (i > 0 ? values[i - 1] : 0, i < Length - 1 ? values[i + 1] : 0);
    var expected = 0.25f * before - values[i] + 2 * after;
    if (!(MathF.Abs(got[i] - expected) <= 1e-5f))
    {
        Console.WriteLine($"wrong: y[{i}] should be {expected}, and is {got[i]}");
        return 1;
    }
}

Console.WriteLine("right");
return 0;

public readonly struct Window(ArrayView<float> x, ArrayView<float> w, ArrayView<float> y, int length) : IKernel
{
    public void Run(int i)
    {
        // y[i] = …
    }
}

public readonly struct Copy(ArrayView<float> from, ArrayView<float> to) : IKernel
{
    public void Run(int i) => to[i] = from[i];
}
