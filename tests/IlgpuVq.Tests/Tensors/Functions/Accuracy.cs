namespace IlgpuVq.Tests.Tensors.Functions;

/// <summary>Errors in units in the last place of the true value.</summary>
internal static class Accuracy
{
    private const int ExponentOfLimit = 128;
    private const int SmallestExponent = -149;
    private const int FractionBits = 23;

    /// <remarks>An infinity counts as the power of two after the largest number, so that results which round to it are as good as
    /// it. NaN is always wrong.</remarks>
    public static double UlpsOff(float actual, BigReal expected)
    {
        if (float.IsNaN(actual))
        {
            return double.PositiveInfinity;
        }

        var limit = BigReal.Scale(1, ExponentOfLimit);
        var reached = float.IsInfinity(actual) ? (actual < 0 ? -limit : limit) : actual;
        expected = expected.Sign == 0 || expected.TopExponent < ExponentOfLimit ? expected : expected.Sign < 0 ? -limit : limit;
        var ulp = expected.Sign == 0 ? SmallestExponent : Math.Max(expected.TopExponent - FractionBits, SmallestExponent);
        return (double)BigReal.Scale(BigReal.Abs(reached - expected), -ulp);
    }
}
