using IlgpuVq.Tensors.Primitives;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>The functions of kernels that no platform gives well enough, over floats of every size.</summary>
public sealed class ElementaryFunctionsTests
{
    private const float SmallestNormal = 1.17549435e-38f;

    [Fact]
    public void The_exponential_is_within_its_error() =>
        Check(ElementaryFunctions.Exp, x => Math.Exp(x), relative: 1.2e-7, below: float.Epsilon);

    [Fact]
    public void The_logarithm_is_within_its_error() => Check(ElementaryFunctions.Log, x => Math.Log(x), relative: 2e-7, below: 0);

    [Fact]
    public void Values_at_the_ends_are_those_of_the_functions()
    {
        Assert.Equal(
            [0, 0, 1, 1, float.PositiveInfinity, float.PositiveInfinity, float.NaN],
            new[] { float.NegativeInfinity, -105, -0f, 0, 89, float.PositiveInfinity, float.NaN }.Select(ElementaryFunctions.Exp));
        Assert.Equal(
            [float.NaN, float.NaN, float.NegativeInfinity, float.NegativeInfinity, 0, float.PositiveInfinity, float.NaN],
            new[] { float.NegativeInfinity, -1, -0f, 0, 1, float.PositiveInfinity, float.NaN }.Select(ElementaryFunctions.Log));
    }

    /// <param name="function">As kernels have it.</param>
    /// <param name="reference">In double precision.</param>
    /// <param name="relative">The largest relative error.</param>
    /// <param name="below">The error that is allowed where the result is below the normal numbers.</param>
    private static void Check(Func<float, float> function, Func<double, double> reference, double relative, double below)
    {
        const uint Step = 9973;
        var checks = 0;
        for (ulong bits = 0; bits <= uint.MaxValue; bits += Step)
        {
            var x = BitConverter.UInt32BitsToSingle((uint)bits);
            var expected = reference(x);
            if (double.IsFinite(expected) && Math.Abs(expected) <= float.MaxValue)
            {
                var allowed = (relative * Math.Abs(expected)) + (Math.Abs(expected) < SmallestNormal ? below : 0);
                var actual = function(x);
                Assert.True(Math.Abs(actual - expected) <= allowed, $"expected {expected} at {x}; got {actual}");
                checks++;
            }
        }

        Assert.True(checks > 100_000);
    }
}
