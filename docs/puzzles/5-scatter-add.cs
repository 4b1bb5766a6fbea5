#:project ../../src/Tensor/Tensor.csproj
using ILGPU;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Primitives;

const int Rows = 30, Codes = 5, Width = 3;
using var device = Device.Open("kernels");
using var dY = Primitive.RandomNormal(device, [Rows, Width], mean: 0, deviation: 1, seed: 1, stream: 0);
using var ids = device.From<int>([.. Enumerable.Range(0, Rows).Select(n => n * n % 7 % 4)], [Rows]);     // the last code never
using var dCodes = Primitive.Fill(device, [Codes, Width], float.NaN);
device.Launch(dCodes.Size, new ScatterAdd(dY.AsView(), ids.AsView(), dCodes.AsView(), Rows, Width));

var (gradient, chosen, got) = (dY.ToArray(), ids.ToArray(), dCodes.ToArray());
for (var k = 0; k < Codes; k++)
{
    for (var d = 0; d < Width; d++)
    {
        var expected = Enumerable.Range(0, Rows).Where(n => chosen[n] == k).Sum(n => (double)gradient[n * Width + d]);
        if (!(Math.Abs(got[k * Width + d] - expected) <= 1e-5))
        {
            Console.WriteLine($"wrong: dCodes[{k}, {d}] should be {expected:G6}, and is {got[k * Width + d]}");
            return 1;
        }
    }
}

Console.WriteLine("right");
return 0;

public readonly struct ScatterAdd(ArrayView<float> dY, ArrayView<int> ids, ArrayView<float> dCodes, int n, int d) : IKernel
{
    public void Run(int i)
    {
        // dCodes[i] = …
    }
}
