using ILGPU.Algorithms;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Functions for devices that have none of their own: the same bits everywhere.</summary>
public sealed class DeviceMathTests(DifferentialDevices devices) : KernelTests<DeviceMathTests>(devices), IKernelSet
{
    public static void AddTo(KernelSet kernels)
    {
        AddSingles(kernels);
        AddDoubles(kernels);
        AddPairs(kernels);
    }

    private static void AddSingles(KernelSet kernels)
    {
        kernels.Unary<float, float>("Exp of float", (i, x, y) => y[i] = DeviceMath.Exp(x[i]));
        kernels.Unary<float, float>("Exp2 of float", (i, x, y) => y[i] = DeviceMath.Exp2(x[i]));
        kernels.Unary<float, float>("Log of float", (i, x, y) => y[i] = DeviceMath.Log(x[i]));
        kernels.Unary<float, float>("Log2 of float", (i, x, y) => y[i] = DeviceMath.Log2(x[i]));
        kernels.Unary<float, float>("Log10 of float", (i, x, y) => y[i] = DeviceMath.Log10(x[i]));
        kernels.Unary<float, float>("Sin of float", (i, x, y) => y[i] = DeviceMath.Sin(x[i]));
        kernels.Unary<float, float>("Cos of float", (i, x, y) => y[i] = DeviceMath.Cos(x[i]));
        kernels.Unary<float, float>("Tan of float", (i, x, y) => y[i] = DeviceMath.Tan(x[i]));
        kernels.Unary<float, float>("Asin of float", (i, x, y) => y[i] = DeviceMath.Asin(x[i]));
        kernels.Unary<float, float>("Acos of float", (i, x, y) => y[i] = DeviceMath.Acos(x[i]));
        kernels.Unary<float, float>("Atan of float", (i, x, y) => y[i] = DeviceMath.Atan(x[i]));
        kernels.Unary<float, float>("Sinh of float", (i, x, y) => y[i] = DeviceMath.Sinh(x[i]));
        kernels.Unary<float, float>("Cosh of float", (i, x, y) => y[i] = DeviceMath.Cosh(x[i]));
        kernels.Unary<float, float>("Tanh of float", (i, x, y) => y[i] = DeviceMath.Tanh(x[i]));
        kernels.Unary<float, float>("Asinh of float", (i, x, y) => y[i] = DeviceMath.Asinh(x[i]));
        kernels.Unary<float, float>("Acosh of float", (i, x, y) => y[i] = DeviceMath.Acosh(x[i]));
        kernels.Unary<float, float>("Atanh of float", (i, x, y) => y[i] = DeviceMath.Atanh(x[i]));
        kernels.Unary<float, float>("Cbrt of float", (i, x, y) => y[i] = DeviceMath.Cbrt(x[i]));
        kernels.Unary<float, float>("ReciprocalSqrt of float", (i, x, y) => y[i] = DeviceMath.ReciprocalSqrt(x[i]));
        kernels.Unary<float, float>("RoundAway of float", (i, x, y) => y[i] = DeviceMath.RoundAway(x[i]));
    }

    private static void AddDoubles(KernelSet kernels)
    {
        kernels.Unary<double, double>("Exp of double", (i, x, y) => y[i] = DeviceMath.Exp(x[i]));
        kernels.Unary<double, double>("Exp2 of double", (i, x, y) => y[i] = DeviceMath.Exp2(x[i]));
        kernels.Unary<double, double>("Log of double", (i, x, y) => y[i] = DeviceMath.Log(x[i]));
        kernels.Unary<double, double>("Log2 of double", (i, x, y) => y[i] = DeviceMath.Log2(x[i]));
        kernels.Unary<double, double>("Log10 of double", (i, x, y) => y[i] = DeviceMath.Log10(x[i]));
        kernels.Unary<double, double>("Sin of double", (i, x, y) => y[i] = DeviceMath.Sin(x[i]));
        kernels.Unary<double, double>("Cos of double", (i, x, y) => y[i] = DeviceMath.Cos(x[i]));
        kernels.Unary<double, double>("Tan of double", (i, x, y) => y[i] = DeviceMath.Tan(x[i]));
        kernels.Unary<double, double>("Asin of double", (i, x, y) => y[i] = DeviceMath.Asin(x[i]));
        kernels.Unary<double, double>("Acos of double", (i, x, y) => y[i] = DeviceMath.Acos(x[i]));
        kernels.Unary<double, double>("Atan of double", (i, x, y) => y[i] = DeviceMath.Atan(x[i]));
        kernels.Unary<double, double>("Sinh of double", (i, x, y) => y[i] = DeviceMath.Sinh(x[i]));
        kernels.Unary<double, double>("Cosh of double", (i, x, y) => y[i] = DeviceMath.Cosh(x[i]));
        kernels.Unary<double, double>("Tanh of double", (i, x, y) => y[i] = DeviceMath.Tanh(x[i]));
        kernels.Unary<double, double>("Asinh of double", (i, x, y) => y[i] = DeviceMath.Asinh(x[i]));
        kernels.Unary<double, double>("Acosh of double", (i, x, y) => y[i] = DeviceMath.Acosh(x[i]));
        kernels.Unary<double, double>("Atanh of double", (i, x, y) => y[i] = DeviceMath.Atanh(x[i]));
        kernels.Unary<double, double>("Cbrt of double", (i, x, y) => y[i] = DeviceMath.Cbrt(x[i]));
        kernels.Unary<double, double>("ReciprocalSqrt of double", (i, x, y) => y[i] = DeviceMath.ReciprocalSqrt(x[i]));
        kernels.Unary<double, double>("RoundAway of double", (i, x, y) => y[i] = DeviceMath.RoundAway(x[i]));
    }

    private static void AddPairs(KernelSet kernels)
    {
        kernels.Binary<float, float>("Pow of floats", (i, a, b, y) => y[i] = DeviceMath.Pow(a[i], b[i]));
        kernels.Binary<float, float>("Atan2 of floats", (i, a, b, y) => y[i] = DeviceMath.Atan2(a[i], b[i]));
        kernels.Binary<float, float>("Remainder of floats", (i, a, b, y) => y[i] = DeviceMath.Remainder(a[i], b[i]));
        kernels.Binary<float, float>("IEEERemainder of floats", (i, a, b, y) => y[i] = DeviceMath.IEEERemainder(a[i], b[i]));
        kernels.Binary<double, double>("Pow of doubles", (i, a, b, y) => y[i] = DeviceMath.Pow(a[i], b[i]));
        kernels.Binary<double, double>("Atan2 of doubles", (i, a, b, y) => y[i] = DeviceMath.Atan2(a[i], b[i]));
        kernels.Binary<double, double>("Remainder of doubles", (i, a, b, y) => y[i] = DeviceMath.Remainder(a[i], b[i]));
        kernels.Binary<double, double>("IEEERemainder of doubles", (i, a, b, y) => y[i] = DeviceMath.IEEERemainder(a[i], b[i]));
        kernels.Unary<float, float>("SinCos of floats", (i, x, y) =>
        {
            var (sin, cos) = DeviceMath.SinCos(x[i]);
            y[i] = sin + (2 * cos);
        });
    }
}
