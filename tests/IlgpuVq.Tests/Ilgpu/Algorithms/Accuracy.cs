namespace IlgpuVq.Tests.Ilgpu.Algorithms;

/// <summary>Errors in units in the last place of the true value.</summary>
/// <remarks>
/// An infinity counts as the power of two after the largest number, so that results which round to it are as good as it. NaN is
/// right where NaN is expected, and nowhere else.
/// </remarks>
internal static class Accuracy
{
    public static double UlpsOff(float actual, double expected)
    {
        if (double.IsNaN(expected) || float.IsNaN(actual))
        {
            return double.IsNaN(expected) && float.IsNaN(actual) ? 0 : double.PositiveInfinity;
        }

        var limit = Math.ScaleB(1.0, 128);
        expected = Math.Clamp(expected, -limit, limit);
        var ulp = expected == 0 ? -149 : Math.Max(Math.ILogB(expected) - 23, -149);
        return Math.ScaleB(Math.Abs(Math.Clamp(actual, -limit, limit) - expected), -ulp);
    }

    public static double UlpsOff(double actual, BigReal expected)
    {
        if (double.IsNaN(actual))
        {
            return double.PositiveInfinity;
        }

        var limit = BigReal.Scale(1, 1024);
        var reached = double.IsInfinity(actual) ? (actual < 0 ? -limit : limit) : actual;
        expected = expected.Sign == 0 || expected.TopExponent < 1024 ? expected : expected.Sign < 0 ? -limit : limit;
        var ulp = expected.Sign == 0 ? -1074 : Math.Max(expected.TopExponent - 52, -1074);
        return (double)BigReal.Scale(BigReal.Abs(reached - expected), -ulp);
    }
}
