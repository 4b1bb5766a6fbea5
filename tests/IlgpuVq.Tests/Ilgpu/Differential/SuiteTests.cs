using IlgpuVq.Tests.Ilgpu.Differential.Harness;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Differential;

/// <summary>The suite itself: that it is complete, and that it can fail.</summary>
public sealed class SuiteTests(DifferentialDevices devices) : IClassFixture<DifferentialDevices>
{
    /// <summary>Kernels written by hand; the random ones come on top.</summary>
    private const int FewestKernels = 300;

    [Fact]
    public void Every_set_of_kernels_is_run_and_together_they_are_enough()
    {
        var sets = typeof(SuiteTests).Assembly.GetTypes()
            .Where(type => type is { IsAbstract: false } && type.IsAssignableTo(typeof(IKernelSet)))
            .ToArray();
        Assert.All(sets, set =>
            Assert.True(set.IsAssignableTo(typeof(KernelTests<>).MakeGenericType(set)), $"{set.Name} is not run."));
        Assert.True(sets.Sum(Count) >= FewestKernels, $"{sets.Sum(Count)} kernels");
    }

    [Fact]
    public void A_wrong_number_is_found_and_named()
    {
        var difference = Compare<int>(default, (i, y) => y[i] = i, (i, y) => y[i] = i == 17 ? 5 : i);
        Assert.Equal("y[17]: expected 0x00000011; got 0x00000005 (1 numbers differ; Bound { Ulps = 0, Absolute = 0 }).",
            difference);
    }

    [Fact]
    public void A_wrong_field_is_found_and_padding_is_not_compared()
    {
        Assert.Null(Compare<Padded>(default, (i, y) => y[i] = new(1, i), (i, y) => y[i] = new(1, i)));
        var difference = Compare<Padded>(default, (i, y) => y[i] = new(1, i), (i, y) => y[i] = new(1, i + 1));
        Assert.StartsWith("y[0].Value: expected 0x0000000000000000; got 0x0000000000000001 (96 numbers", difference,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1f, 1.0000001f, 0, false)]
    [InlineData(1f, 1.0000001f, 1, true)]
    [InlineData(1f, 1.0000002f, 1, false)]
    [InlineData(0f, -0f, 0, false)]
    [InlineData(0f, -0f, 1, true)]
    [InlineData(-1e-45f, 1e-45f, 1, false)]
    [InlineData(-1e-45f, 1e-45f, 2, true)]
    [InlineData(float.NaN, float.NaN, 0, true)]
    [InlineData(float.NaN, 1f, 100, false)]
    [InlineData(float.MaxValue, float.PositiveInfinity, 1, false)]
    [InlineData(float.NegativeInfinity, float.PositiveInfinity, int.MaxValue, false)]
    public void Floats_are_close_by_the_numbers_between_them(float expected, float actual, int ulps, bool areClose)
    {
        Assert.Equal(areClose, Difference([expected], [actual], new(ulps)) is null);
        Assert.Equal(areClose, Difference([actual], [expected], new(ulps)) is null);
    }

    [Fact]
    public void An_absolute_bound_is_one_on_the_difference()
    {
        Assert.Null(Difference([1e-9], [-1e-9], new(0, 3e-9)));
        Assert.NotNull(Difference([1e-9], [-1e-9], new(0, 1e-9)));
        Assert.NotNull(Difference([double.NaN], [0.0], new(0, 1e300)));
    }

    private static int Count(Type set)
    {
        var kernels = new KernelSet();
        set.GetMethod(nameof(IKernelSet.AddTo))!.Invoke(null, [kernels]);
        return kernels.Names.Count();
    }

    private static string? Difference<T>(T[] expected, T[] actual, Bound bound)
        where T : unmanaged =>
        Comparison.FirstDifference(
            new("y", typeof(T), Bytes(expected), [], bound),
            new("y", typeof(T), Bytes(actual), [], bound));

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    /// <summary>Runs two kernels on the reference as if one were the method of the other.</summary>
    private string? Compare<T>(
        Bound bound,
        Action<ILGPU.Index1D, ILGPU.ArrayView<T>> expected,
        Action<ILGPU.Index1D, ILGPU.ArrayView<T>> actual)
        where T : unmanaged
    {
        var kernels = new KernelSet();
        kernels.Indexed("expected", expected, bound);
        kernels.Indexed("actual", actual, bound);
        return Comparison.FirstDifference(
            Assert.Single(kernels["expected"].Run(devices.Reference)),
            Assert.Single(kernels["actual"].Run(devices.Reference)));
    }

    private readonly record struct Padded(byte Tag, long Value);
}
