using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Host;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>The exp of vectors against that of double precision.</summary>
public sealed class HostFunctionsTests
{
    /// <summary>The smallest positive float; below the smallest normal one it is the step from one to the next.</summary>
    private const double Step = float.Epsilon;

    private const double SmallestNormal = 1.17549435e-38;

    [Fact]
    public void Exp_is_right_to_the_last_digit_or_so_over_its_whole_range()
    {
        // An odd step, so that the points fall anywhere between the multiples of ln 2.
        for (var x = -110f; x < 95; x += 0.00137f)
        {
            var (expected, actual) = (Math.Exp(x), (double)Exp(x));
            if ((float)expected is float.PositiveInfinity)
            {
                Assert.Equal(double.PositiveInfinity, actual);
            }
            else
            {
                // Below the normal numbers the result is rounded once more, to a whole number of steps.
                var tolerance = 1.2e-7 * expected + (expected < SmallestNormal ? 0.5 * Step : 0);
                Assert.True(Math.Abs(actual - expected) <= tolerance, $"exp({x:r}): expected {expected:r}; got {actual:r}");
            }
        }
    }

    [Theory]
    [InlineData(0f, 1f)]
    [InlineData(88.72283f, 3.4027e38f)]
    [InlineData(88.72284f, float.PositiveInfinity)]
    [InlineData(-103.9f, float.Epsilon)]
    [InlineData(-103.98f, 0f)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.NaN, float.NaN)]
    public void Exp_ends_where_floats_end(float x, float expected)
    {
        var actual = Exp(x);
        Assert.True(actual.Equals(expected) || Math.Abs(actual - expected) <= 1e-4 * expected, $"exp({x:r}): expected {expected:r}; got {actual:r}");
    }

    [Fact]
    public void Every_lane_has_its_own_exp()
    {
        var x = Vector512<int>.Indices;
        var y = HostFunctions.Exp(Vector512.ConvertToSingle(x));
        for (var lane = 0; lane < Vector512<float>.Count; lane++)
        {
            Assert.Equal(1, y[lane] / Math.Exp(lane), 2e-7);
        }
    }

    private static float Exp(float x) => HostFunctions.Exp(Vector512.Create(x)).ToScalar();
}
