using ILGPU;
using ILGPU.Runtime;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu;

public sealed class GroupedKernelTests(AcceleratorFixture fixture)
{
    private const int Tile = 16;

    [Fact]
    public void A_tiled_matrix_product_with_shared_memory_and_barriers_equals_the_plain_one()
    {
        const int N = 64;
        var accelerator = fixture.Accelerator;
        var random = new Random(7);
        var a = Enumerable.Range(0, N * N).Select(_ => random.NextSingle()).ToArray();
        var b = Enumerable.Range(0, N * N).Select(_ => random.NextSingle()).ToArray();
        using var bufferA = accelerator.Allocate1D(a);
        using var bufferB = accelerator.Allocate1D(b);
        using var bufferC = accelerator.Allocate1D<float>(N * N);
        var multiply = accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, int>(MultiplyTiled);
        multiply((new Index2D(N / Tile), new Index2D(Tile)), bufferA.View, bufferB.View, bufferC.View, N);

        var c = bufferC.GetAsArray1D();
        for (var row = 0; row < N; row++)
        {
            for (var column = 0; column < N; column++)
            {
                var sum = 0f;
                for (var k = 0; k < N; k++)
                {
                    sum += a[(row * N) + k] * b[(k * N) + column];
                }

                Assert.Equal(sum, c[(row * N) + column]);
            }
        }
    }

    private static void MultiplyTiled(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, int n)
    {
        // One thread per element of c; each group walks over tiles of a and b that its threads load together.
        var tileA = SharedMemory.Allocate2D<float, Stride2D.DenseX>(new Index2D(Tile), new Stride2D.DenseX(Tile));
        var tileB = SharedMemory.Allocate2D<float, Stride2D.DenseX>(new Index2D(Tile), new Stride2D.DenseX(Tile));
        var (x, y) = (Group.IdxX, Group.IdxY);
        var column = (Grid.IdxX * Tile) + x;
        var row = (Grid.IdxY * Tile) + y;
        var sum = 0f;
        for (var start = 0; start < n; start += Tile)
        {
            tileA[x, y] = a[(row * n) + start + x];
            tileB[x, y] = b[((start + y) * n) + column];
            Group.Barrier();
            for (var k = 0; k < Tile; k++)
            {
                sum += tileA[k, y] * tileB[x, k];
            }

            Group.Barrier();
        }

        c[(row * n) + column] = sum;
    }
}
