#:project ../../src/Tensor/Tensor.csproj
using ILGPU;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Primitives;

const int Rows = 13, Columns = 7;
using var device = Device.Open("kernels");
using var a = Primitive.RandomNormal(device, [Rows], mean: 0, deviation: 1, seed: 1, stream: 0);
using var b = Primitive.RandomNormal(device, [Columns], mean: 0, deviation: 1, seed: 1, stream: 1);
using var y = Primitive.Fill(device, [Rows, Columns], float.NaN);
device.Launch(y.Size, new OuterSum(a.AsView(), b.AsView(), y.AsView(), Columns));

var (first, second, got) = (a.ToArray(), b.ToArray(), y.ToArray());
for (var r = 0; r < Rows; r++)
{
    for (var c = 0; c < Columns; c++)
    {
        if (got[r * Columns + c] != first[r] + second[c])
        {
            Console.WriteLine($"wrong: y[{r}, {c}] should be {first[r] + second[c]}, and is {got[r * Columns + c]}");
            return 1;
        }
    }
}

Console.WriteLine("right");
return 0;

public readonly struct OuterSum(ArrayView<float> a, ArrayView<float> b, ArrayView<float> y, int columns) : IKernel
{
    public void Run(int i)
    {
        // y[i] = …
    }
}
