using FsCheck;
using FsCheck.Fluent;
using ILGPU;
using ILGPU.Runtime;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu;

public sealed class AtomicTests(AcceleratorFixture fixture)
{
    [Fact]
    public void Integer_atomics_change_the_target_and_give_what_was_there() =>
        Prop.ForAll<int, int>((target, value) =>
        {
            Check(target, value, Atomic.Add, (a, b) => a + b);
            Check(target, value, Atomic.Exchange, (_, b) => b);
            Check(target, value, Atomic.Min, Math.Min);
            Check(target, value, Atomic.Max, Math.Max);
            Check(target, value, Atomic.And, (a, b) => a & b);
            Check(target, value, Atomic.Or, (a, b) => a | b);
            Check(target, value, Atomic.Xor, (a, b) => a ^ b);
            var (unsigned, other) = ((uint)target, (uint)value);
            Check(unsigned, other, Atomic.Add, (a, b) => a + b);
            Check(unsigned, other, Atomic.Min, Math.Min);
            Check(unsigned, other, Atomic.Max, Math.Max);
            Check(unsigned, other, Atomic.Xor, (a, b) => a ^ b);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Wide_integer_atomics_change_the_target_and_give_what_was_there() =>
        Prop.ForAll<long, long>((target, value) =>
        {
            Check(target, value, Atomic.Add, (a, b) => a + b);
            Check(target, value, Atomic.Exchange, (_, b) => b);
            Check(target, value, Atomic.Min, Math.Min);
            Check(target, value, Atomic.Max, Math.Max);
            Check(target, value, Atomic.And, (a, b) => a & b);
            Check(target, value, Atomic.Or, (a, b) => a | b);
            Check((ulong)target, (ulong)value, Atomic.Add, (a, b) => a + b);
            Check((ulong)target, (ulong)value, Atomic.Max, Math.Max);
            Check((ulong)target, (ulong)value, Atomic.Xor, (a, b) => a ^ b);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Floating_point_atomics_change_the_target_and_give_what_was_there() =>
        Prop.ForAll<double, double>((target, value) =>
        {
            Check(target, value, Atomic.Add, (a, b) => a + b);
            Check(target, value, Atomic.Exchange, (_, b) => b);
            Check(target, value, Atomic.Min, Math.Min);
            Check(target, value, Atomic.Max, Math.Max);
            Check((float)target, (float)value, Atomic.Add, (a, b) => a + b);
            Check((float)target, (float)value, Atomic.Min, Math.Min);
            Check((float)target, (float)value, Atomic.Max, Math.Max);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Floating_point_atomics_end_with_nan_and_with_zeros_of_both_signs()
    {
        Check(float.NaN, 1f, Atomic.Add, (a, b) => a + b);
        Check(1f, float.NaN, Atomic.Max, Math.Max);
        Check(-0.0, 0.0, Atomic.Add, (a, b) => a + b);
        Check(0.0, -0.0, Atomic.Min, Math.Min);
    }

    [Fact]
    public void Compare_exchange_takes_the_comparand_before_the_value()
    {
        var target = 5;
        Assert.Equal(5, Atomic.CompareExchange(ref target, 5, 9));
        Assert.Equal(9, target);
        Assert.Equal(9, Atomic.CompareExchange(ref target, 5, 1));
        Assert.Equal(9, target);
        var real = 0.5;
        Assert.Equal(0.5, Atomic.CompareExchange(ref real, 0.5, 2.5));
        Assert.Equal(2.5, real);
    }

    [Fact]
    public void Atomics_of_host_threads_lose_nothing()
    {
        var (sum, whole) = (0.0, 0L);
        Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                Atomic.Add(ref sum, 1.0);
                Atomic.Add(ref whole, 1L);
            }
        });
        Assert.Equal(40_000.0, sum);
        Assert.Equal(40_000L, whole);
    }

    [Fact]
    public void A_histogram_by_atomics_counts_every_thread()
    {
        using var counts = fixture.Accelerator.Allocate1D<int>(7);
        fixture.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>(Count)(7000, counts.View);
        Assert.All(counts.GetAsArray1D(), count => Assert.Equal(1000, count));
    }

    private static void Count(Index1D i, ArrayView<int> counts) => Atomic.Add(ref counts[i % 7], 1);

    private delegate T Operation<T>(ref T target, T value);

    private static void Check<T>(T target, T value, Operation<T> atomic, Func<T, T, T> plain)
    {
        var cell = target;
        Assert.Equal(target, atomic(ref cell, value));
        Assert.Equal(plain(target, value), cell);
    }
}
