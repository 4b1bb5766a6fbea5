using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu;

public sealed class ImplicitKernelTests(AcceleratorFixture fixture)
{
    private interface IFold
    {
        static abstract float Identity { get; }

        static abstract float Apply(float left, float right);
    }

    private interface IMap
    {
        float Apply(float x);
    }

    [Fact]
    public void Saxpy_of_any_length_equals_the_loop() =>
        Prop.ForAll(Gen.Choose(1, 5000).ToArbitrary(), length =>
        {
            var x = Enumerable.Range(0, length).Select(i => i * 0.5f).ToArray();
            var y = Enumerable.Range(0, length).Select(i => 1f - i).ToArray();
            using var bufferX = fixture.Accelerator.Allocate1D(x);
            using var bufferY = fixture.Accelerator.Allocate1D(y);
            var saxpy = fixture.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, float>(
                Saxpy);
            saxpy(length, bufferX.View, bufferY.View, 2);
            Assert.Equal(x.Zip(y, (a, b) => b + (2 * a)), bufferY.GetAsArray1D());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_index_of_every_dimension_is_visited_once()
    {
        var accelerator = fixture.Accelerator;
        using var buffer = accelerator.Allocate1D<int>(7 * 5 * 3);
        accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<int, Stride2D.DenseX>>(Mark)(
            (7, 15),
            buffer.View.As2DDenseXView((7, 15)));
        Assert.Equal(Enumerable.Range(1, 105), buffer.GetAsArray1D());
        accelerator.LoadAutoGroupedStreamKernel<Index3D, ArrayView3D<int, Stride3D.DenseXY>>(Mark)(
            (7, 5, 3),
            buffer.View.As3DDenseXYView((7, 5, 3)));
        Assert.Equal(Enumerable.Range(1, 105).Select(i => 2 * i), buffer.GetAsArray1D());
        accelerator.LoadAutoGroupedStreamKernel<LongIndex1D, ArrayView<int>>(Increment)(105, buffer.View);
        accelerator.LoadAutoGroupedStreamKernel<LongIndex2D, ArrayView<int>>(Increment)((105, 1), buffer.View);
        accelerator.LoadAutoGroupedStreamKernel<LongIndex3D, ArrayView<int>>(Increment)((1, 105, 1), buffer.View);
        Assert.Equal(Enumerable.Range(1, 105).Select(i => (2 * i) + 3), buffer.GetAsArray1D());
    }

    [Fact]
    public void A_lambda_that_captures_nothing_is_a_kernel()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(5);
        var kernel = fixture.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>((i, view) => view[i] = i * i);
        kernel(5, buffer.View);
        Assert.Equal([0, 1, 4, 9, 16], buffer.GetAsArray1D());
    }

    [Fact]
    public void A_lambda_that_captures_a_variable_is_refused()
    {
        var factor = fixture.GetHashCode();
        var error = Assert.Throws<InternalCompilerException>(() =>
            fixture.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>((i, view) => view[i] = i * factor));
        Assert.Contains("expected a static method, or a lambda that captures nothing", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            "ImplicitKernelTests.A_lambda_that_captures_a_variable_is_refused.lambda",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_parameter_of_type_bool_is_refused()
    {
        var error = Assert.Throws<InternalCompilerException>(() =>
            fixture.Accelerator.LoadAutoGroupedStreamKernel<Index1D, bool>(TakeBool));
        Assert.StartsWith(
            "kernel ImplicitKernelTests.TakeBool, parameter flag: expected a type of fixed layout",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Generic_kernels_call_the_operations_of_struct_and_static_abstract_type_arguments()
    {
        var accelerator = fixture.Accelerator;
        using var x = accelerator.Allocate1D([3f, -1f, 4f]);
        using var y = accelerator.Allocate1D<float>(3);
        accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, AddConstant>(Map)(
            3,
            x.View,
            y.View,
            new AddConstant { Constant = 10 });
        Assert.Equal([13f, 9f, 14f], y.GetAsArray1D());
        accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>>(Scan<Largest>)(3, x.View, y.View);
        Assert.Equal([3f, 3f, 4f], y.GetAsArray1D());
        accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, float>(Scale)(3, y.View, 2);
        Assert.Equal([6f, 6f, 8f], y.GetAsArray1D());
    }

    [Fact]
    public void Structures_that_hold_views_and_specialized_values_arrive_as_they_were_given()
    {
        var accelerator = fixture.Accelerator;
        using var x = accelerator.Allocate1D<int>([1, 2, 3, 4]);
        using var y = accelerator.Allocate1D<int>(4);
        var kernel = accelerator.LoadAutoGroupedStreamKernel<Index1D, Pair, SpecializedValue<int>>(CopyShifted);
        kernel(4, new Pair { Source = x.View, Target = y.View }, SpecializedValue.New(3));
        Assert.Equal([4, 1, 2, 3], y.GetAsArray1D());
    }

    [Fact]
    public void Fourteen_parameters_arrive_in_their_order()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(1);
        var kernel = fixture.Accelerator.LoadAutoGroupedStreamKernel<
            Index1D, ArrayView<int>, int, int, int, int, int, int, int, int, int, int, int, int, int>(Digits);
        kernel(1, buffer.View, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
        Assert.Equal(Enumerable.Range(1, 13).Aggregate(0, (sum, digit) => (3 * sum) + digit), buffer.GetAsArray1D()[0]);
    }

    [Fact]
    public void Local_memory_belongs_to_one_thread_and_starts_at_zero()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(1000);
        fixture.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>(SumInLocalMemory)(1000, buffer.View);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => 8 * i), buffer.GetAsArray1D());
    }

    [Fact]
    public void A_launch_without_indices_is_refused()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(1);
        var kernel = fixture.Accelerator.LoadAutoGroupedStreamKernel<LongIndex1D, ArrayView<int>>(Increment);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => kernel(0, buffer.View));
        Assert.StartsWith(
            "kernel ImplicitKernelTests.Increment: expected an extent of at least 1 in every dimension; got 0.",
            error.Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => kernel(-1, buffer.View));
        var plane = fixture.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<int, Stride2D.DenseX>>(Mark);
        Assert.Throws<ArgumentOutOfRangeException>(() => plane((-1, -1), buffer.View.As2DDenseXView((1, 1))));
    }

    [Fact]
    public void An_index_out_of_range_names_kernel_index_and_length_and_the_accelerator_goes_on()
    {
        using var x = fixture.Accelerator.Allocate1D<float>(100);
        using var y = fixture.Accelerator.Allocate1D<float>(90);
        var saxpy = fixture.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, float>(Saxpy);
        for (var i = 0; i < 3; i++)
        {
            var error = Assert.ThrowsAny<AcceleratorException>(() => saxpy(100, x.View, y.View, 1));
            Assert.Equal(
                "kernel ImplicitKernelTests.Saxpy, index 90: view of Single: expected an index in [0, 90); got 90.",
                error.Message);
            Assert.IsType<IndexOutOfRangeException>(error.InnerException);
            Assert.Equal(AcceleratorType.CPU, error.AcceleratorType);
        }

        x.View.MemSetToZero();
        saxpy(90, x.View, y.View, 1);
        Assert.All(y.GetAsArray1D(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void The_failure_of_the_lowest_index_is_the_one_reported()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(1 << 16);
        var kernel = fixture.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, int>(DivideByDistance);
        for (var i = 0; i < 5; i++)
        {
            var error = Assert.ThrowsAny<AcceleratorException>(() => kernel(1 << 16, buffer.View, 1000));
            Assert.StartsWith(
                "kernel ImplicitKernelTests.DivideByDistance, index 1000: ",
                error.Message,
                StringComparison.Ordinal);
            Assert.IsType<DivideByZeroException>(error.InnerException);
        }
    }

    [Fact]
    public void Group_features_are_refused_when_the_kernel_is_loaded()
    {
        var error = Assert.Throws<InternalCompilerException>(() =>
            fixture.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>(UseGroupThroughHelper));
        Assert.Equal(
            "kernel ImplicitKernelTests.UseGroupThroughHelper: expected no group, warp or shared memory features in an " +
            "implicitly grouped " +
            "kernel; got Group.IdxX in ImplicitKernelTests.Helper. Load it with LoadStreamKernel and give it a KernelConfig.",
            error.Message);
    }

    [Fact]
    public void A_view_of_a_disposed_buffer_is_refused_at_the_launch()
    {
        var x = fixture.Accelerator.Allocate1D<int>([1, 2]);
        using var y = fixture.Accelerator.Allocate1D<int>(2);
        var pair = new Pair { Source = x.View, Target = y.View };
        var kernel = fixture.Accelerator.LoadAutoGroupedStreamKernel<Index1D, Pair, SpecializedValue<int>>(CopyShifted);
        x.Dispose();
        var error = Assert.Throws<ObjectDisposedException>(() => kernel(2, pair, SpecializedValue.New(0)));
        Assert.Contains(
            "kernel ImplicitKernelTests.CopyShifted: expected a view of a live buffer as argument 1",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_view_or_stream_of_another_accelerator_is_refused_at_the_launch()
    {
        using var other = fixture.Context.CreateCPUAccelerator(0);
        using var there = other.Allocate1D<int>(1);
        var increment = fixture.Accelerator.LoadAutoGroupedKernel<LongIndex1D, ArrayView<int>>(Increment);
        Assert.Throws<ArgumentException>(() => increment(fixture.Accelerator.DefaultStream, 1, there.View));
        using var here = fixture.Accelerator.Allocate1D<int>(1);
        Assert.Throws<ArgumentException>(() => increment(other.DefaultStream, 1, here.View));
        using var stream = fixture.Accelerator.CreateStream();
        increment(stream, 1, here.View);
        stream.Synchronize();
        Assert.Equal([1], here.GetAsArray1D(stream));
    }

    [Fact]
    public void Sums_of_floats_by_atomics_have_the_same_bits_in_every_run_and_mode()
    {
        using var sequential = fixture.Context.CreateCPUAccelerator(0, CPUAcceleratorMode.Sequential);
        var sums = new[] { fixture.Accelerator, fixture.Accelerator, sequential }.Select(accelerator =>
        {
            using var sum = accelerator.Allocate1D<float>(1);
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>>(AddReciprocal)(100_000, sum.View);
            return sum.GetAsArray1D()[0];
        });
        var expected = 0f;
        for (var i = 0; i < 100_000; i++)
        {
            expected += 1f / (1 + i);
        }

        Assert.All(sums, sum => Assert.Equal(expected, sum));
    }

    [Fact]
    public void Threads_of_a_kernel_with_atomics_run_in_the_order_of_their_indices_however_long_they_take()
    {
        using var order = fixture.Accelerator.Allocate1D<int>(65);
        fixture.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>(RecordOrder)(64, order.View);
        Assert.Equal([64, .. Enumerable.Range(0, 64)], order.GetAsArray1D());
    }

    [Fact]
    public void Implicit_groups_of_a_given_size_change_nothing_but_have_to_fit()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(10);
        fixture.Accelerator.LoadImplicitlyGroupedStreamKernel<LongIndex1D, ArrayView<int>>(Increment, 4)(10, buffer.View);
        fixture.Accelerator.LoadImplicitlyGroupedKernel<LongIndex1D, ArrayView<int>>(Increment, 4)(
            fixture.Accelerator.DefaultStream,
            10,
            buffer.View);
        Assert.All(buffer.GetAsArray1D(), value => Assert.Equal(2, value));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            fixture.Accelerator.LoadImplicitlyGroupedStreamKernel<LongIndex1D, ArrayView<int>>(Increment, 4096));
    }

    [Fact]
    public void A_launcher_knows_its_kernel()
    {
        var kernel = fixture.Accelerator.LoadAutoGroupedStreamKernel<LongIndex1D, ArrayView<int>>(Increment).GetKernel();
        Assert.Equal("ImplicitKernelTests.Increment", kernel.Name);
        Assert.Same(fixture.Accelerator, kernel.Accelerator);
        Assert.Equal(fixture.Accelerator.MaxNumThreadsPerGroup, fixture.Accelerator.EstimateGroupSize(kernel));
        Action plain = () => { };
        Assert.Throws<ArgumentException>(() => plain.GetKernel());
    }

    [Fact]
    public void Launches_from_several_host_threads_do_not_disturb_each_other()
    {
        var results = new int[8][];
        Parallel.For(0, results.Length, i =>
        {
            using var buffer = fixture.Accelerator.Allocate1D<int>(1000);
            var increment = fixture.Accelerator.LoadAutoGroupedStreamKernel<LongIndex1D, ArrayView<int>>(Increment);
            for (var launch = 0; launch <= i; launch++)
            {
                increment(1000, buffer.View);
            }

            results[i] = buffer.GetAsArray1D();
        });
        Assert.All(results.Index(), pair => Assert.All(pair.Item, value => Assert.Equal(pair.Index + 1, value)));
    }

    [Fact]
    public void A_kernel_knows_on_what_it_runs()
    {
        using var buffer = fixture.Accelerator.Allocate1D<int>(1);
        fixture.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>(TellAccelerator)(1, buffer.View);
        Assert.Equal([1 + (int)AcceleratorType.CPU], buffer.GetAsArray1D());
    }

    private static void Saxpy(Index1D i, ArrayView<float> x, ArrayView<float> y, float a) => y[i] += a * x[i];

    private static void Mark(Index2D i, ArrayView2D<int, Stride2D.DenseX> view) => view[i] += (i.Y * 7) + i.X + 1;

    private static void Mark(Index3D i, ArrayView3D<int, Stride3D.DenseXY> view) => view[i] += (((i.Z * 5) + i.Y) * 7) + i.X + 1;

    private static void Increment(LongIndex1D i, ArrayView<int> view) => view[i]++;

    private static void Increment(LongIndex2D i, ArrayView<int> view) => view[i.X + i.Y]++;

    private static void Increment(LongIndex3D i, ArrayView<int> view) => view[i.X + i.Y + i.Z]++;

    private static void TakeBool(Index1D i, bool flag)
    {
    }

    private static void Map<TMap>(Index1D i, ArrayView<float> x, ArrayView<float> y, TMap map)
        where TMap : unmanaged, IMap => y[i] = map.Apply(x[i]);

    private static void Scan<TFold>(Index1D i, ArrayView<float> x, ArrayView<float> y)
        where TFold : IFold
    {
        var result = TFold.Identity;
        for (var k = 0; k <= i; k++)
        {
            result = TFold.Apply(result, x[k]);
        }

        y[i] = result;
    }

    private static void Scale<T>(Index1D i, ArrayView<T> view, T factor)
        where T : unmanaged, INumber<T> => view[i] *= factor;

    private static void CopyShifted(Index1D i, Pair pair, SpecializedValue<int> shift) =>
        pair.Target[i] = pair.Source[(i + shift.Value) % pair.Source.IntLength];

    private static void Digits(
        Index1D i, ArrayView<int> view, int a, int b, int c, int d, int e, int f, int g, int h, int j, int k, int l, int m, int n)
    {
        var sum = a;
        sum = (3 * sum) + b;
        sum = (3 * sum) + c;
        sum = (3 * sum) + d;
        sum = (3 * sum) + e;
        sum = (3 * sum) + f;
        sum = (3 * sum) + g;
        sum = (3 * sum) + h;
        sum = (3 * sum) + j;
        sum = (3 * sum) + k;
        sum = (3 * sum) + l;
        sum = (3 * sum) + m;
        view[i] = (3 * sum) + n;
    }

    private static void SumInLocalMemory(Index1D i, ArrayView<int> view)
    {
        var parts = LocalMemory.Allocate<int>(8);
        for (var k = 0; k < 8; k++)
        {
            parts[k] += i;
        }

        var sum = 0;
        for (var k = 0; k < 8; k++)
        {
            sum += parts[k];
        }

        view[i] = sum;
    }

    private static void DivideByDistance(Index1D i, ArrayView<int> view, int pole) => view[i] = 1 / XMath.Max(0, pole - i);

    private static void UseGroupThroughHelper(Index1D i, ArrayView<int> view) => view[i] = Helper();

    private static int Helper() => Group.IdxX;

    private static void AddReciprocal(Index1D i, ArrayView<float> sum) => Atomic.Add(ref sum[0], 1f / (1 + i));

    private static void RecordOrder(Index1D i, ArrayView<int> order)
    {
        // The first thread takes milliseconds, in which one that ran beside it would come first.
        var state = 1u;
        for (var k = 0; i == 0 && k < 20_000_000; k++)
        {
            state = (state * 1664525) + 1013904223;
        }

        order[1 + Atomic.Add(ref order[0], 1)] = state == 0 ? -1 : i;
    }

    private static void TellAccelerator(Index1D i, ArrayView<int> view) => view[i] = 1 + (int)Accelerator.CurrentType;

    private struct AddConstant : IMap
    {
        public float Constant;

        public readonly float Apply(float x) => x + Constant;
    }

    private struct Largest : IFold
    {
        public static float Identity => float.NegativeInfinity;

        public static float Apply(float left, float right) => XMath.Max(left, right);
    }

    private struct Pair
    {
        public ArrayView<int> Source;
        public ArrayView<int> Target;
    }
}
