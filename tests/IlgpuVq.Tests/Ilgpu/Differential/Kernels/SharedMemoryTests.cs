using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Memory of a group: static and dynamic, with the barriers that make it useful.</summary>
public sealed class SharedMemoryTests(DifferentialDevices devices) : KernelTests<SharedMemoryTests>(devices), IKernelSet
{
    private const int Threads = 32;

    private static readonly int[] Numbers = Samples.Ints(131, 512, -1000, 1000);

    public static void AddTo(KernelSet kernels)
    {
        AddStatic(kernels);
        AddTiles(kernels);
        AddDynamic(kernels);
        AddAlgorithms(kernels);
    }

    private static void AddStatic(KernelSet kernels)
    {
        kernels.Grouped<int, int>("a group reversed", (3, Threads), Numbers, (x, y) =>
        {
            var shared = SharedMemory.Allocate<int>(Threads);
            var i = Grid.GlobalLinearIndex;
            shared[Group.IdxX] = x[i];
            Group.Barrier();
            y[i] = shared[Threads - 1 - Group.IdxX];
        });
        kernels.Grouped<int, int>("one shared element", (3, Threads), Numbers, (x, y) =>
        {
            ref var shared = ref SharedMemory.Allocate<int>();
            var i = Grid.GlobalLinearIndex;
            if (Group.IdxX == 7)
            {
                shared = x[i];
            }

            Group.Barrier();
            y[i] = shared + Group.IdxX;
        });
        kernels.Grouped<int, double>("several allocations of different types", (2, Threads), Numbers, (x, y) =>
        {
            var bytes = SharedMemory.Allocate<byte>(Threads);
            var wide = SharedMemory.Allocate<double>(Threads);
            var shorts = SharedMemory.Allocate<short>(3);
            var i = Grid.GlobalLinearIndex;
            bytes[Group.IdxX] = (byte)x[i];
            wide[Group.IdxX] = x[i] * 0.5;
            if (Group.IdxX < 3)
            {
                shorts[Group.IdxX] = (short)(Group.IdxX - 1);
            }

            Group.Barrier();
            var other = (Group.IdxX + 1) % Threads;
            y[i] = bytes[other] + wide[other] + shorts[Group.IdxX % 3] + shorts.Length;
        });
        kernels.Grouped<int, int>("shared structures", (2, Threads), Numbers, (x, y) =>
        {
            var pairs = SharedMemory.Allocate<Entry>(Threads);
            var i = Grid.GlobalLinearIndex;
            pairs[Group.IdxX] = new() { Key = (byte)Group.IdxX, Value = x[i] };
            Group.Barrier();
            var entry = pairs[Group.IdxX ^ 1];
            Group.Barrier();
            pairs[Group.IdxX].Value += entry.Key;
            Group.Barrier();
            y[i] = entry.Value + (pairs[Group.IdxX ^ 3].Value * 5);
        });
        kernels.Grouped<int, int>("sub-views and casts of shared memory", (1, Threads), Numbers, (x, y) =>
        {
            var shared = SharedMemory.Allocate<long>(Threads);
            var i = Group.IdxX;
            shared.Cast<int>()[i] = x[i];
            shared.Cast<int>().SubView(Threads, Threads)[i] = x[i] * 2;
            Group.Barrier();
            y[i] = (int)shared[i] ^ (int)(shared[i] >> 32) ^ shared.SubView(16).IntLength;
        });
        kernels.Grouped<int, int>("shared memory passed to helpers", (2, Threads), Numbers, (x, y) =>
        {
            var shared = SharedMemory.Allocate<int>(Threads);
            var i = Grid.GlobalLinearIndex;
            Store(shared, Group.IdxX, x[i]);
            Group.Barrier();
            y[i] = SumOf(shared.SubView(Group.IdxX & ~7, 8));
        });
        kernels.Grouped<int, int>("shared memory allocated by a helper", (2, Threads), Numbers, (x, y) =>
        {
            var i = Grid.GlobalLinearIndex;
            y[i] = Neighbour(x[i], 1) - x[i];
        });
        kernels.Grouped<int, int>("a view that is shared or global", (2, Threads), Numbers, (x, y) =>
        {
            var shared = SharedMemory.Allocate<int>(Threads);
            var i = Grid.GlobalLinearIndex;
            shared[Group.IdxX] = -x[i];
            Group.Barrier();
            y[i] = SumOf(shared.SubView(Group.IdxX & ~3, 4)) + SumOf(x.SubView(i & ~3, 4));
        });
        kernels.Grouped<int, int>("the same memory written and read in rounds", (2, 16), Numbers, (x, y) =>
        {
            var shared = SharedMemory.Allocate<int>(16);
            var i = Grid.GlobalLinearIndex;
            shared[Group.IdxX] = x[i];
            for (var round = 0; round < 5; round++)
            {
                Group.Barrier();
                var next = shared[(Group.IdxX + 1) % 16] + (shared[(Group.IdxX + 5) % 16] * round);
                Group.Barrier();
                shared[Group.IdxX] = next;
            }

            y[i] = shared[Group.IdxX];
        });
    }

    private static void AddTiles(KernelSet kernels)
    {
        kernels.Add("a matrix transposed through a tile", run =>
            run.Accelerator.LoadStreamKernel<ArrayView2D<int, Stride2D.DenseX>, ArrayView2D<int, Stride2D.DenseX>>(Transpose)(
                (new Index2D(3, 2), new Index2D(8)),
                run.Input(Numbers[..(24 * 16)]).As2DDenseXView(new(24, 16)),
                run.Output<int>(24 * 16).As2DDenseXView(new(16, 24))));
        kernels.Grouped<int, int>("a tile with X contiguous", (new Index2D(2, 1), new Index2D(8, 4)), Numbers, (x, y) =>
        {
            var tile = SharedMemory.Allocate2DDenseX<int>(new(8, 4));
            var i = Grid.GlobalLinearIndex;
            tile[Group.IdxX, Group.IdxY] = x[i];
            Group.Barrier();
            y[i] = tile[7 - Group.IdxX, 3 - Group.IdxY] + tile.IntExtent.X;
        });
        kernels.Grouped<int, int>("a tile with Y contiguous", (new Index2D(2, 1), new Index2D(8, 4)), Numbers, (x, y) =>
        {
            var tile = SharedMemory.Allocate2DDenseY<int>(new(8, 4));
            var i = Grid.GlobalLinearIndex;
            tile[Group.IdxX, Group.IdxY] = x[i];
            Group.Barrier();
            y[i] = tile[new Index2D((Group.IdxX + 3) % 8, Group.IdxY ^ 1)];
        });
        kernels.Grouped<int, int>("a tile with a stride that avoids bank conflicts", (1, new Index1D(64)), Numbers, (x, y) =>
        {
            var tile = SharedMemory.Allocate2D<int, Stride2D.DenseX>(new(8, 8), new Stride2D.DenseX(9));
            var i = Group.IdxX;
            tile[i % 8, i / 8] = x[i];
            Group.Barrier();
            y[i] = tile[i / 8, i % 8];
        });
        kernels.Grouped<int, int>("a tile in a 1-D view", (2, Threads), Numbers, (x, y) =>
        {
            var tile = SharedMemory.Allocate1D<int>(Threads);
            var i = Grid.GlobalLinearIndex;
            tile[Group.IdxX] = x[i];
            Group.Barrier();
            y[i] = tile[(Group.IdxX + 9) % tile.IntLength];
        });
        kernels.Grouped<float, float>("a window with a halo", (4, 16), Samples.Floats(132, 64), (x, y) =>
        {
            const int radius = 2;
            var window = SharedMemory.Allocate<float>(16 + (2 * radius));
            var (i, local) = (Grid.GlobalLinearIndex, Group.IdxX + radius);
            window[local] = x[i];
            if (Group.IdxX < radius)
            {
                window[local - radius] = i >= radius ? x[i - radius] : 0;
                window[local + 16] = i + 16 < x.IntLength ? x[i + 16] : 0;
            }

            Group.Barrier();
            var sum = 0f;
            for (var k = -radius; k <= radius; k++)
            {
                sum += window[local + k] * (3 - IntrinsicMath.Abs(k));
            }

            y[i] = sum;
        });
    }

    private static void AddDynamic(KernelSet kernels)
    {
        kernels.Grouped<int, int>("dynamic shared memory", (2, 24, SharedMemoryConfig.RequestDynamic<int>(24)), Numbers, (x, y) =>
        {
            var shared = SharedMemory.GetDynamic<int>();
            var i = Grid.GlobalLinearIndex;
            shared[Group.IdxX] = x[i];
            Group.Barrier();
            y[i] = shared[shared.IntLength - 1 - Group.IdxX] + (shared.IntLength * 10000);
        });
        kernels.Grouped<int, int>(
            "dynamic shared memory as two arrays", (2, 16, SharedMemoryConfig.RequestDynamic<byte>(16 * 12)), Numbers, (x, y) =>
        {
            var wide = SharedMemory.GetDynamic<long>().SubView(0, 16);
            var narrow = SharedMemory.GetDynamic<int>().SubView(32, 16);
            var i = Grid.GlobalLinearIndex;
            wide[Group.IdxX] = x[i] * 3_000_000_000L;
            narrow[Group.IdxX] = -x[i];
            Group.Barrier();
            y[i] = (int)(wide[15 - Group.IdxX] >> 16) ^ narrow[Group.IdxX ^ 1];
        });
        kernels.Grouped<int, int>(
            "dynamic beside static shared memory", (2, 16, SharedMemoryConfig.RequestDynamic<int>(16)), Numbers, (x, y) =>
        {
            var fixedPart = SharedMemory.Allocate<int>(16);
            var dynamicPart = SharedMemory.GetDynamic<int>();
            var i = Grid.GlobalLinearIndex;
            fixedPart[Group.IdxX] = x[i];
            dynamicPart[Group.IdxX] = x[i] ^ 0xFF;
            Group.Barrier();
            y[i] = fixedPart[15 - Group.IdxX] + (dynamicPart[(Group.IdxX + 1) & 15] * 7);
        });
        kernels.Add("dynamic shared memory of another size at each launch", run =>
        {
            var y = run.Output<int>(24);
            var kernel = run.Accelerator.LoadStreamKernel<ArrayView<int>, int>((result, start) =>
            {
                var shared = SharedMemory.GetDynamic<int>();
                shared[Group.IdxX] = Group.IdxX * start;
                Group.Barrier();
                result[start + Group.IdxX] = shared[shared.IntLength - 1 - Group.IdxX] + shared.IntLength;
            });
            kernel((1, 8, SharedMemoryConfig.RequestDynamic<int>(8)), y, 0);
            kernel((1, 16, SharedMemoryConfig.RequestDynamic<int>(16)), y, 8);
        });
    }

    private static void AddAlgorithms(KernelSet kernels)
    {
        kernels.Add("a reduction in shared memory", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>((x, y) =>
            {
                var shared = SharedMemory.Allocate<int>(64);
                shared[Group.IdxX] = x[Grid.GlobalLinearIndex];
                for (var half = Group.DimX / 2; half > 0; half /= 2)
                {
                    Group.Barrier();
                    if (Group.IdxX < half)
                    {
                        shared[Group.IdxX] += shared[Group.IdxX + half];
                    }
                }

                if (Group.IsFirstThread)
                {
                    y[Grid.IdxX] = shared[0];
                }
            })((4, 64), run.Input(Numbers), run.Output<int>(4)));
        kernels.Grouped<int, int>("inclusive sums by Hillis and Steele", (2, Threads), Numbers, (x, y) =>
        {
            var shared = SharedMemory.Allocate<int>(Threads);
            var i = Grid.GlobalLinearIndex;
            shared[Group.IdxX] = x[i];
            Group.Barrier();
            for (var step = 1; step < Threads; step *= 2)
            {
                var left = Group.IdxX >= step ? shared[Group.IdxX - step] : 0;
                Group.Barrier();
                shared[Group.IdxX] += left;
                Group.Barrier();
            }

            y[i] = shared[Group.IdxX];
        });
        kernels.Grouped<int, int>("bitonic sort", (2, Threads), Numbers, (x, y) =>
        {
            var shared = SharedMemory.Allocate<int>(Threads);
            var (i, lane) = (Grid.GlobalLinearIndex, Group.IdxX);
            shared[lane] = x[i];
            Group.Barrier();
            for (var size = 2; size <= Threads; size *= 2)
            {
                for (var stride = size / 2; stride > 0; stride /= 2)
                {
                    var partner = lane ^ stride;
                    if (partner > lane && (shared[lane] > shared[partner]) == ((lane & size) == 0))
                    {
                        (shared[lane], shared[partner]) = (shared[partner], shared[lane]);
                    }

                    Group.Barrier();
                }
            }

            y[i] = shared[lane];
        });
        kernels.Grouped<float, float>("the softmax of a row per group", (3, 16), Samples.Floats(133, 48), (x, y) =>
        {
            var shared = SharedMemory.Allocate<float>(16);
            var i = Grid.GlobalLinearIndex;
            shared[Group.IdxX] = x[i];
            Group.Barrier();
            var largest = shared[0];
            for (var k = 1; k < 16; k++)
            {
                largest = MathF.Max(largest, shared[k]);
            }

            Group.Barrier();
            shared[Group.IdxX] = MathF.Exp(x[i] - largest);
            Group.Barrier();
            var sum = 0f;
            for (var k = 0; k < 16; k++)
            {
                sum += shared[k];
            }

            y[i] = shared[Group.IdxX] / sum;
        }, new(12));
    }

    private static void Store(ArrayView<int> memory, int index, int value) => memory[index] = value;

    private static int SumOf(ArrayView<int> view)
    {
        var sum = 0;
        for (var k = 0; k < view.IntLength; k++)
        {
            sum += view[k] * (k + 1);
        }

        return sum;
    }

    private static int Neighbour(int value, int distance)
    {
        var shared = SharedMemory.Allocate<int>(Threads);
        shared[Group.IdxX] = value;
        Group.Barrier();
        return shared[(Group.IdxX + distance) % Threads];
    }

    private static void Transpose(ArrayView2D<int, Stride2D.DenseX> x, ArrayView2D<int, Stride2D.DenseX> y)
    {
        var tile = SharedMemory.Allocate2DDenseX<int>(new(8, 8));
        tile[Group.IdxX, Group.IdxY] = x[(Grid.IdxX * 8) + Group.IdxX, (Grid.IdxY * 8) + Group.IdxY];
        Group.Barrier();
        y[(Grid.IdxY * 8) + Group.IdxX, (Grid.IdxX * 8) + Group.IdxY] = tile[Group.IdxY, Group.IdxX];
    }

    private struct Entry
    {
        public byte Key;
        public int Value;
    }
}
