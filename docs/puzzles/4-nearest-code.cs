#:project ../../src/Tensor/Tensor.csproj
using ILGPU;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Primitives;

const int Rows = 40, Codes = 9, Width = 4;
using var device = Device.Open("kernels");
using var x = Primitive.RandomNormal(device, [Rows, Width], mean: 0, deviation: 1, seed: 1, stream: 0);
using var some = Primitive.RandomNormal(device, [Codes - 1, Width], mean: 0, deviation: 1, seed: 1, stream: 1);
using var again = Primitive.Slice(some, axis: 0, start: 2, length: 1);
using var codes = Primitive.Concat<float>(0, some, again);          // the last code is the third once more
using var ids = device.Empty<int>([Rows]);
ids.CopyFrom([.. Enumerable.Repeat(-1, Rows)]);
device.Launch(Rows, new NearestCode(x.AsView(), codes.AsView(), ids.AsView(), Codes, Width));

var (rows, table, got) = (x.ToArray(), codes.ToArray(), ids.ToArray());
for (var n = 0; n < Rows; n++)
{
    var expected = Enumerable.Range(0, Codes).MinBy(k => Enumerable.Range(0, Width)
        .Sum(d => Math.Pow((double)rows[n * Width + d] - table[k * Width + d], 2)));
    if (got[n] != expected)
    {
        Console.WriteLine($"wrong: ids[{n}] should be {expected}, and is {got[n]}");
        return 1;
    }
}

Console.WriteLine("right");
return 0;

public readonly struct NearestCode(ArrayView<float> x, ArrayView<float> codes, ArrayView<int> ids, int k, int d) : IKernel
{
    public void Run(int n)
    {
        // ids[n] = …
    }
}
