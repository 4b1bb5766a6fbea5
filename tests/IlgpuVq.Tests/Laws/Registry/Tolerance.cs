using System.Globalization;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;
using Xunit;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>How far a float may be from its double reference: |actual − expected| ≤ Absolute + Relative·|expected|.</summary>
/// <remarks>Inputs of the cases have magnitudes near 1, so an absolute bound means something.</remarks>
/// <param name="Relative">Part of the expected magnitude.</param>
/// <param name="Absolute">For results near 0, which come from terms that cancel.</param>
/// <param name="Reason">Why an honest float computation needs it.</param>
internal sealed record Tolerance(double Relative, double Absolute, string Reason)
{
    public static Tolerance Exact { get; } = new(0, 0, "only moves numbers");

    public static Tolerance Rounding { get; } = new(5e-7, 1e-7, "a few roundings of 6e-8 per element");

    /// <summary>The bound for one number.</summary>
    public double At(double expected) => Absolute + Relative * Math.Abs(expected);

    /// <summary>Fails with the worst element when <paramref name="actual"/> is not within tolerance.</summary>
    public void Check(string what, DoubleTensor expected, Shape shape, float[] actual)
    {
        Assert.True(expected.Shape == shape, $"{what}: expected shape {expected.Shape}; got {shape}.");
        var (worst, worstExcess) = (-1, 0.0);
        for (var i = 0; i < actual.Length; i++)
        {
            if (Excess(expected.Values[i], actual[i]) is > 0 and var excess && excess > worstExcess)
            {
                (worst, worstExcess) = (i, excess);
            }
        }

        if (worst >= 0)
        {
            Assert.Fail(string.Create(
                CultureInfo.InvariantCulture,
                $"{what}: expected {expected.Values[worst]:G9} at {worst} of {shape}; got {actual[worst]:G9} (± {this})."));
        }
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Relative:G3} relative + {Absolute:G3}, for {Reason}");

    /// <summary>By how much a number misses its bound; infinite when one is finite or NaN and the other is not.</summary>
    private double Excess(double expected, float actual)
    {
        if (double.IsNaN(expected) || float.IsNaN(actual))
        {
            return double.IsNaN(expected) && float.IsNaN(actual) ? 0 : double.PositiveInfinity;
        }

        return expected == actual ? 0
            : double.IsInfinity(expected) || float.IsInfinity(actual) ? double.PositiveInfinity
            : Math.Abs(actual - expected) - At(expected);
    }
}
