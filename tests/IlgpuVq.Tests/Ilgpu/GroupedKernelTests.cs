using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu;

public sealed class GroupedKernelTests(AcceleratorFixture fixture)
{
    private const int Tile = 16;

    private interface IReduction
    {
        static abstract int Apply(int left, int right);
    }

    [Fact]
    public void A_tiled_matrix_product_with_shared_memory_and_barriers_equals_the_plain_one()
    {
        const int N = 2 * Tile;
        var random = new Random(7);
        var a = Enumerable.Range(0, N * N).Select(_ => random.NextSingle()).ToArray();
        var b = Enumerable.Range(0, N * N).Select(_ => random.NextSingle()).ToArray();
        using var bufferA = fixture.Accelerator.Allocate1D(a);
        using var bufferB = fixture.Accelerator.Allocate1D(b);
        using var bufferC = fixture.Accelerator.Allocate1D<float>(N * N);
        var multiply = fixture.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, int>(
            MultiplyTiled);
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

    [Fact]
    public void Threads_know_their_place_in_grids_and_groups_of_three_dimensions()
    {
        var (grid, group) = (new Index3D(2, 3, 2), new Index3D(4, 2, 3));
        var extent = grid * group;
        using var places = fixture.Accelerator.Allocate1D<int>(extent.Size);
        using var numbers = fixture.Accelerator.Allocate1D<int>(extent.Size);
        fixture.Accelerator.LoadStreamKernel<ArrayView3D<int, Stride3D.DenseXY>, ArrayView<int>>(TellPlace)(
            (grid, group),
            places.View.As3DDenseXYView(extent),
            numbers.View);
        var expected = new int[extent.Size];
        var number = 0;
        for (var groupNumber = 0; groupNumber < grid.Size; groupNumber++)
        {
            var corner = new Index3D(groupNumber % 2, groupNumber / 2 % 3, groupNumber / 6) * group;
            for (var thread = 0; thread < group.Size; thread++)
            {
                var place = corner + new Index3D(thread % 4, thread / 4 % 2, thread / 8);
                expected[place.X + (extent.X * (place.Y + (extent.Y * place.Z)))] = ++number;
            }
        }

        Assert.Equal(expected, places.GetAsArray1D());
        Assert.Equal(Enumerable.Range(1, extent.Size), numbers.GetAsArray1D());
    }

    [Fact]
    public void A_configuration_of_one_or_two_dimensions_has_ones_in_the_others()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(6);
        var kernel = fixture.Accelerator.LoadStreamKernel<ArrayView<int>>(TellDimensions);
        kernel((5, 7), buffer.View);
        Assert.Equal([5, 1, 1, 7, 1, 1], buffer.GetAsArray1D());
        kernel(new KernelConfig(new Index2D(2, 3), new Index2D(4, 5)), buffer.View);
        Assert.Equal([2, 3, 1, 4, 5, 1], buffer.GetAsArray1D());
        fixture.Accelerator.LoadKernel<ArrayView<int>>(TellDimensions)(fixture.Accelerator.DefaultStream, (1, 2), buffer.View);
        Assert.Equal([1, 1, 1, 2, 1, 1], buffer.GetAsArray1D());
    }

    [Fact]
    public void Dynamic_shared_memory_has_the_size_that_the_launch_asks_for()
    {
        using var buffer = fixture.Accelerator.Allocate1D(Enumerable.Range(0, 30).ToArray());
        using var lengths = fixture.Accelerator.Allocate1D<int>(1);
        var reverse = fixture.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(ReverseGroup);
        reverse((3, 10, SharedMemoryConfig.RequestDynamic<int>(10)), buffer.View, lengths.View);
        Assert.Equal(Enumerable.Range(0, 30).Select(i => (10 * (i / 10)) + 9 - (i % 10)), buffer.GetAsArray1D());
        Assert.Equal([10], lengths.GetAsArray1D());
        reverse((1, 30, SharedMemoryConfig.RequestDynamic<int>(30)), buffer.View, lengths.View);
        Assert.Equal([30], lengths.GetAsArray1D());
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            reverse((1, 1, SharedMemoryConfig.RequestDynamic<int>(1 << 20)), buffer.View, lengths.View));
    }

    [Theory]
    [InlineData(CPUDeviceKind.Default, 64)]
    [InlineData(CPUDeviceKind.Intel, 48)]
    [InlineData(CPUDeviceKind.Nvidia, 96)]
    public void A_reduction_by_warp_shuffles_and_shared_memory_adds_up_the_group(CPUDeviceKind kind, int threads)
    {
        using var context = Context.Create(builder => builder.CPU(kind));
        using var accelerator = context.CreateCPUAccelerator(0);
        var data = Enumerable.Range(0, 2 * threads).Select(i => (i * 7919) % 101).ToArray();
        using var x = accelerator.Allocate1D(data);
        using var y = accelerator.Allocate1D<int>(2);
        accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(ReduceGroup<Sum>)((2, threads), x.View, y.View);
        Assert.Equal([data[..threads].Sum(), data[threads..].Sum()], y.GetAsArray1D());
        accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(ReduceGroup<Maximum>)((2, threads), x.View, y.View);
        Assert.Equal([data[..threads].Max(), data[threads..].Max()], y.GetAsArray1D());
    }

    [Fact]
    public void Shuffles_read_the_lane_they_name_and_the_own_value_where_there_is_none()
    {
        // Warps of 4 threads and a group of 6: the second warp has lanes 0 and 1 only.
        using var buffer = fixture.Accelerator.Allocate1D<int>(8 * 6);
        fixture.Accelerator.LoadStreamKernel<ArrayView2D<int, Stride2D.DenseX>>(ShuffleAll)(
            (1, 6),
            buffer.View.As2DDenseXView((6, 8)));
        int[][] expected =
        [
            [100, 101, 102, 103, 104, 105], // own
            [101, 101, 101, 101, 105, 105], // Shuffle(1)
            [101, 102, 103, 103, 105, 105], // ShuffleDown(1)
            [100, 101, 100, 101, 104, 105], // ShuffleUp(2)
            [101, 100, 103, 102, 105, 104], // ShuffleXor(1)
            [102, 103, 100, 101, 104, 105], // ShuffleXor(2)
            [101, 101, 103, 103, 105, 105], // ShuffleDown(1, width: 2)
            [100, 100, 100, 100, 104, 104], // Broadcast(0)
        ];
        Assert.Equal(expected.SelectMany(row => row), buffer.GetAsArray1D());
    }

    [Fact]
    public void Prefix_sums_by_repeated_shuffles_and_broadcasts_read_the_values_of_their_own_round()
    {
        using var context = Context.Create(builder => builder.CPU(CPUDeviceKind.Intel));
        using var accelerator = context.CreateCPUAccelerator(0);
        using var sums = accelerator.Allocate1D(Enumerable.Range(1, 32).ToArray());
        using var products = accelerator.Allocate1D<long>(32);
        accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<long>>(ScanWarps)((1, 32), sums.View, products.View);
        Assert.Equal(Enumerable.Range(0, 32).Select(i =>
            Enumerable.Range((i / 16 * 16) + 1, (i % 16) + 1).Sum()), sums.GetAsArray1D());
        Assert.All(products.GetAsArray1D(), product => Assert.Equal(1L * 3 * 6 * 10 * 15, product));
    }

    [Fact]
    public void Broadcasts_and_counting_barriers_see_all_threads_of_the_group()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(10);
        fixture.Accelerator.LoadStreamKernel<ArrayView<int>>(Vote)((2, 5), buffer.View);
        // Thread 3 broadcasts 3 or 8; of five threads two are even; not all are; some are.
        Assert.Equal(Enumerable.Repeat(3 + 200, 5).Concat(Enumerable.Repeat(8 + 200, 5)).Select(value =>
            value + 1000), buffer.GetAsArray1D());
    }

    [Fact]
    public void A_group_of_one_thread_passes_barriers_and_shuffles_alone()
    {
        using var x = fixture.Accelerator.Allocate1D<int>([5, 6, 7]);
        using var y = fixture.Accelerator.Allocate1D<int>(3);
        fixture.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(ReduceGroup<Sum>)((3, 1), x.View, y.View);
        Assert.Equal([5, 6, 7], y.GetAsArray1D());
    }

    [Fact]
    public void Only_the_lanes_of_a_warp_have_to_take_part_in_its_shuffles()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(8);
        fixture.Accelerator.LoadStreamKernel<ArrayView<int>>(ShuffleInFirstWarp)((1, 8), buffer.View);
        Assert.Equal([3, 2, 1, 0, 4, 5, 6, 7], buffer.GetAsArray1D());
    }

    [Fact]
    public void Lanes_run_in_their_order_between_barriers()
    {
        using var order = fixture.Accelerator.Allocate1D<int>(21);
        for (var run = 0; run < 3; run++)
        {
            order.MemSetToZero();
            fixture.Accelerator.LoadStreamKernel<ArrayView<int>>(RecordOrder)((1, 10), order.View);
            Assert.Equal([20, .. Enumerable.Range(0, 10), .. Enumerable.Range(0, 10)], order.GetAsArray1D());
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

    private static void TellPlace(ArrayView3D<int, Stride3D.DenseXY> places, ArrayView<int> numbers)
    {
        places[Grid.GlobalIndex] = 1 + Grid.GlobalLinearIndex;
        var number = (Grid.LinearIndex * Group.Dimension.Size) + Group.LinearIndex;
        numbers[number] = 1 + (int)Grid.LongGlobalLinearIndex;
    }

    private static void TellDimensions(ArrayView<int> view)
    {
        if (Group.IsLastThread)
        {
            view[0] = Grid.DimX;
            view[1] = Grid.DimY;
            view[2] = Grid.DimZ;
            view[3] = Group.DimX;
            view[4] = Group.DimY;
            view[5] = Group.DimZ;
        }
    }

    private static void ReverseGroup(ArrayView<int> view, ArrayView<int> lengths)
    {
        var shared = SharedMemory.GetDynamic<int>();
        var i = Grid.GlobalIndex.X;
        shared[Group.IdxX] = view[i];
        Group.Barrier();
        view[i] = shared[Group.DimX - 1 - Group.IdxX];
        lengths[0] = shared.IntLength;
    }

    private static void ReduceGroup<TReduction>(ArrayView<int> x, ArrayView<int> y)
        where TReduction : IReduction
    {
        // One thread per element; warps first, then the first thread over the warps.
        var partial = SharedMemory.Allocate<int>(64);
        var value = ReduceWarp<TReduction>(x[Grid.GlobalIndex.X]);
        if (Warp.IsFirstLane)
        {
            partial[Warp.WarpIdx] = value;
        }

        Group.Barrier();
        if (Group.IsFirstThread)
        {
            var warps = IntrinsicMath.DivRoundUp(Group.DimX, Warp.WarpSize);
            var result = partial[0];
            for (var i = 1; i < warps; i++)
            {
                result = TReduction.Apply(result, partial[i]);
            }

            y[Grid.IdxX] = result;
        }
    }

    private static int ReduceWarp<TReduction>(int value)
        where TReduction : IReduction
    {
        for (var delta = Warp.WarpSize / 2; delta > 0; delta /= 2)
        {
            var other = Warp.ShuffleDown(value, delta);
            value = Warp.LaneIdx + delta < Warp.WarpSize && Group.LinearIndex + delta < Group.DimX
                ? TReduction.Apply(value, other)
                : value;
        }

        return value;
    }

    private static void ShuffleAll(ArrayView2D<int, Stride2D.DenseX> y)
    {
        var i = Group.IdxX;
        var own = 100 + i;
        y[i, 0] = own;
        y[i, 1] = Warp.Shuffle(own, 1);
        y[i, 2] = Warp.ShuffleDown(own, 1);
        y[i, 3] = Warp.ShuffleUp(own, 2);
        y[i, 4] = Warp.ShuffleXor(own, 1);
        y[i, 5] = Warp.ShuffleXor(own, 2);
        y[i, 6] = Warp.ShuffleDown(own, 1, 2);
        y[i, 7] = Warp.Broadcast(own, 0);
    }

    private static void ScanWarps(ArrayView<int> sums, ArrayView<long> products)
    {
        var i = Group.IdxX;
        var sum = sums[i];
        for (var delta = 1; delta < Warp.WarpSize; delta *= 2)
        {
            var below = Warp.ShuffleUp(sum, delta);
            sum += Warp.LaneIdx >= delta ? below : 0;
        }

        sums[i] = sum;
        var product = 1L;
        for (var source = 0; source < 5; source++)
        {
            product *= Group.Broadcast((long)sum, source);
        }

        products[i] = product;
    }

    private static void Vote(ArrayView<int> view)
    {
        var i = Grid.GlobalIndex.X;
        var isEven = Group.IdxX is 0 or 2;
        var result = Group.Broadcast(i, 3) + (100 * Group.BarrierPopCount(isEven));
        result += Group.BarrierAnd(isEven) ? 10_000 : 0;
        result += Group.BarrierOr(isEven) ? 1000 : 0;
        view[i] = result;
    }

    private static void ShuffleInFirstWarp(ArrayView<int> view)
    {
        var i = Group.IdxX;
        view[i] = i;
        if (Warp.WarpIdx == 0)
        {
            view[i] = Warp.ShuffleXor(i, 3);
            Warp.Barrier();
        }

        Group.Barrier();
    }

    private static void RecordOrder(ArrayView<int> order)
    {
        order[1 + Atomic.Add(ref order[0], 1)] = Group.IdxX;
        Group.Barrier();
        order[1 + Atomic.Add(ref order[0], 1)] = Group.IdxX;
    }

    private struct Sum : IReduction
    {
        public static int Apply(int left, int right) => left + right;
    }

    private struct Maximum : IReduction
    {
        public static int Apply(int left, int right) => IntrinsicMath.Max(left, right);
    }
}
