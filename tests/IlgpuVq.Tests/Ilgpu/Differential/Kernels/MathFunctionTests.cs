using ILGPU.Algorithms;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Functions that are not rounded correctly.</summary>
/// <remarks>
/// The bounds are those of the OpenCL specification (1.2, table 7.4: relative error as ULP values) and one ulp for the host,
/// whose library is within one of the true value.
/// </remarks>
public sealed class MathFunctionTests(DifferentialDevices devices) : KernelTests<MathFunctionTests>(devices), IKernelSet
{
    private const int Host = 1;

    /// <summary>exp, exp2, log, log2, log10: 3 ulp. (1.2 says 3 for exp and log; libraries may use 4 below 1.)</summary>
    private static readonly Bound Exponential = new(3 + Host);

    /// <summary>Near 1 a logarithm is the small difference of large terms.</summary>
    private static readonly Bound Logarithm = new(3 + Host, 1e-12);

    /// <summary>sin, cos, asin, acos, sinh, cosh: 4 ulp; zeros in between are hit to an absolute error.</summary>
    private static readonly Bound Trigonometric = new(4 + Host);

    /// <summary>tan, atan, tanh: 5 ulp.</summary>
    private static readonly Bound Tangent = new(5 + Host);

    /// <summary>atan2: 6 ulp.</summary>
    private static readonly Bound Tangent2 = new(6 + Host);

    /// <summary>pow: 16 ulp.</summary>
    private static readonly Bound Power = new(16 + Host);

    /// <summary>rsqrt: 2 ulp, beside 1 / √x on the host with two roundings.</summary>
    private static readonly Bound ReciprocalRoot = new(2 + Host);

    public static void AddTo(KernelSet kernels)
    {
        AddExponentials(kernels);
        AddTrigonometry(kernels);
        AddPowers(kernels);
        AddSpecialValues(kernels);
        AddFormulas(kernels);
    }

    private static void AddExponentials(KernelSet kernels)
    {
        kernels.Unary<float, float>("MathF.Exp", (i, x, y) => y[i] = MathF.Exp(x[i]), Exponential, Samples.Range(-80f, 80f));
        kernels.Unary<float, float>("XMath.Exp of float", (i, x, y) =>
            y[i] = XMath.Exp(x[i]), Exponential, Samples.Range(-80f, 80f));
        kernels.Unary<double, double>("Math.Exp", (i, x, y) => y[i] = Math.Exp(x[i]), Exponential, Samples.Range(-700.0, 700.0));
        kernels.Unary<float, float>("XMath.Exp2", (i, x, y) => y[i] = XMath.Exp2(x[i]), Exponential, Samples.Range(-120f, 120f));
        kernels.Unary<float, float>("MathF.Log", (i, x, y) => y[i] = MathF.Log(x[i]), Logarithm, Positive());
        kernels.Unary<float, float>("MathF.Log2", (i, x, y) => y[i] = MathF.Log2(x[i]), Logarithm, Positive());
        kernels.Unary<float, float>("MathF.Log10", (i, x, y) => y[i] = MathF.Log10(x[i]), Logarithm, Positive());
        kernels.Unary<float, float>("XMath.Log near one", (i, x, y) =>
            y[i] = XMath.Log(x[i]), Logarithm, Samples.Range(0.5f, 2f));
        kernels.Unary<double, double>("Math.Log", (i, x, y) => y[i] = Math.Log(x[i]), Logarithm, Samples.Range(1e-3, 1e3));
        kernels.Unary<double, double>("Math.Log2 and Log10", (i, x, y) => y[i] = Math.Log2(x[i]) + Math.Log10(x[i]),
            new(8), Samples.Range(2.0, 1e9));
        // The quotient of two logarithms: 3 ulp each and a division.
        kernels.Unary<float, float>("XMath.Log to a base", (i, x, y) =>
            y[i] = XMath.Log(x[i], 3), new(8), Samples.Range(2f, 1e6f));
    }

    private static void AddTrigonometry(KernelSet kernels)
    {
        kernels.Unary<float, float>("MathF.Sin", (i, x, y) => y[i] = MathF.Sin(x[i]), Trigonometric, Samples.Range(-20f, 20f));
        kernels.Unary<float, float>("MathF.Cos", (i, x, y) => y[i] = MathF.Cos(x[i]), Trigonometric, Samples.Range(-20f, 20f));
        kernels.Unary<float, float>("MathF.Sin and Cos of large arguments", (i, x, y) =>
            y[i] = MathF.Sin(x[i]) + (2 * MathF.Cos(x[i])),
            new(0, 1e-6), Samples.Range(-1e5f, 1e5f));
        kernels.Unary<float, float>("MathF.Tan", (i, x, y) => y[i] = MathF.Tan(x[i]), Tangent, Samples.Range(-1.5f, 1.5f));
        kernels.Unary<float, float>("MathF.Asin", (i, x, y) => y[i] = MathF.Asin(x[i]), Trigonometric, Samples.Range(-1f, 1f));
        kernels.Unary<float, float>("MathF.Acos", (i, x, y) => y[i] = MathF.Acos(x[i]), Trigonometric, Samples.Range(-1f, 1f));
        kernels.Unary<float, float>("MathF.Atan", (i, x, y) => y[i] = MathF.Atan(x[i]), Tangent, Samples.Range(-50f, 50f));
        kernels.Binary<float, float>("MathF.Atan2 in all quadrants", (i, a, b, y) => y[i] = MathF.Atan2(a[i], b[i]), Tangent2,
            (a, b) => MathF.Abs(a) is > 1e-6f and < 1e6f && MathF.Abs(b) is > 1e-6f and < 1e6f);
        kernels.Unary<float, float>("MathF.Sinh", (i, x, y) => y[i] = MathF.Sinh(x[i]), Trigonometric, Samples.Range(-20f, 20f));
        kernels.Unary<float, float>("MathF.Cosh", (i, x, y) => y[i] = MathF.Cosh(x[i]), Trigonometric, Samples.Range(-20f, 20f));
        kernels.Unary<float, float>("MathF.Tanh", (i, x, y) => y[i] = MathF.Tanh(x[i]), Tangent, Samples.Range(-12f, 12f));
        kernels.Unary<float, float>("XMath.Tanh of small arguments", (i, x, y) =>
            y[i] = XMath.Tanh(x[i]), Tangent, Samples.Range(-0.01f, 0.01f));
        kernels.Unary<double, double>("Math.Sin", (i, x, y) => y[i] = Math.Sin(x[i]), Trigonometric, Samples.Range(-20.0, 20.0));
        kernels.Unary<double, double>("Math.Cos", (i, x, y) => y[i] = Math.Cos(x[i]), Trigonometric, Samples.Range(-20.0, 20.0));
        kernels.Unary<double, double>("Math.Tanh", (i, x, y) => y[i] = Math.Tanh(x[i]), Tangent, Samples.Range(-12.0, 12.0));
        kernels.Unary<double, double>("Math.Atan2", (i, x, y) =>
            y[i] = Math.Atan2(x[i], 0.75), Tangent2, Samples.Range(-9.0, 9.0));
        kernels.Unary<float, float>("XMath.SinCos by two results", (i, x, y) =>
        {
            XMath.SinCos(x[i], out var sin, out var cos);
            y[i] = x[i] > 0 ? sin : cos;
        }, Trigonometric, Samples.Range(-20f, 20f));
        kernels.Unary<float, float>("MathF.SinCos as a tuple", (i, x, y) =>
        {
            var (sin, cos) = MathF.SinCos(x[i]);
            y[i] = x[i] > 0 ? sin : cos;
        }, Trigonometric, Samples.Range(-20f, 20f));
    }

    private static void AddPowers(KernelSet kernels)
    {
        kernels.Binary<float, float>("MathF.Pow of positive numbers", (i, a, b, y) => y[i] = MathF.Pow(a[i], b[i]), Power,
            (a, b) => a is > 1e-3f and < 1e3f && MathF.Abs(b) < 8);
        kernels.Unary<float, float>("MathF.Pow of negative numbers", (i, x, y) =>
            y[i] = MathF.Pow(x[i], 3) + MathF.Pow(x[i], 2), new(40, 1e-4),
            Samples.Range(-9f, 9f));
        kernels.Unary<double, double>("Math.Pow", (i, x, y) => y[i] = Math.Pow(x[i], 1.7), Power, Samples.Range(0.01, 100.0));
        kernels.Unary<float, float>("XMath.Rsqrt of float", (i, x, y) => y[i] = XMath.Rsqrt(x[i]), ReciprocalRoot, Positive());
        kernels.Unary<double, double>("XMath.Rsqrt of double", (i, x, y) =>
            y[i] = XMath.Rsqrt(x[i]), ReciprocalRoot, Samples.Range(1e-3, 1e3));
        kernels.Unary<float, float>("XMath.Rcp of float", (i, x, y) => y[i] = XMath.Rcp(x[i]), new(Host), Positive());
        kernels.Unary<float, float>("XMath.Sqrt of float", (i, x, y) => y[i] = XMath.Sqrt(x[i]), values: Positive());
        kernels.Unary<float, float>("MathF.Cbrt", (i, x, y) =>
            y[i] = MathF.Cbrt(x[i]), new(2 + Host), Samples.Range(-100f, 100f));
    }

    private static void AddSpecialValues(KernelSet kernels)
    {
        float[] special = [0, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1, -1];
        kernels.Unary<float, float>("Exp of special values", (i, x, y) => y[i] = MathF.Exp(x[i]), Exponential, special);
        kernels.Unary<float, float>("Log of special values", (i, x, y) => y[i] = MathF.Log(x[i]), Exponential, special);
        kernels.Unary<float, float>("Sqrt of special values", (i, x, y) => y[i] = MathF.Sqrt(x[i]), values: special);
        kernels.Unary<float, float>("Tanh of special values", (i, x, y) => y[i] = MathF.Tanh(x[i]), Tangent, special);
        kernels.Unary<float, float>("Rsqrt and Rcp of special values", (i, x, y) =>
            y[i] = XMath.Rsqrt(x[i]) + XMath.Rcp(x[i]), ReciprocalRoot, special);
        kernels.Unary<float, float>("Pow of special values", (i, x, y) =>
            y[i] = MathF.Pow(x[i], 2) + MathF.Pow(2, x[i]), Power, special);
        kernels.Unary<float, float>("Sin and Cos of infinities are NaN", (i, x, y) =>
            y[i] = MathF.Sin(x[i]) + MathF.Cos(x[i]), new(8), special);
        kernels.Unary<float, float>("Atan2 of special values", (i, x, y) => y[i] = MathF.Atan2(x[i], 1), Tangent2, special);
    }

    private static void AddFormulas(KernelSet kernels)
    {
        // Formulas as networks use them; the bounds are sums of those of their parts, where no part cancels.
        kernels.Unary<float, float>("the logistic function", (i, x, y) =>
            y[i] = 1 / (1 + MathF.Exp(-x[i])), new(6), Samples.Range(-15f, 15f));
        kernels.Unary<float, float>("x · σ(x)", (i, x, y) =>
            y[i] = x[i] / (1 + XMath.Exp(-x[i])), new(6), Samples.Range(-15f, 15f));
        kernels.Unary<float, float>("log(1 + exp x) without overflow", (i, x, y) =>
            y[i] = MathF.Max(x[i], 0) + MathF.Log(1 + MathF.Exp(-MathF.Abs(x[i]))), new(0, 1e-6), Samples.Range(-15f, 15f));
        kernels.Unary<float, float>("GELU by tanh", (i, x, y) =>
            y[i] = 0.5f * x[i] * (1 +
                MathF.Tanh(0.7978846f * (x[i] + (0.044715f * x[i] * x[i] * x[i])))), new(0, 2e-6), Samples.Range(-6f, 6f));
        kernels.Binary<float, float>("Box and Muller's normal numbers", (i, a, b, y) =>
            y[i] = MathF.Sqrt(-2 * MathF.Log(a[i])) * MathF.Cos(2 * MathF.PI * b[i]), new(0, 2e-5), (a, b) =>
                a is > 1e-6f and < 1 && b is >= 0 and < 1);
        kernels.Unary<float, float>("a constant function is folded", (i, x, y) =>
            y[i] = x[i] * MathF.Sqrt(2) * MathF.Exp(1), new(5), Samples.Range(-3f, 3f));
    }

    private static float[] Positive() => [.. Samples.Drawn<float>(seed: 73, count: 200).Select(MathF.Abs).Where(x => x > 1e-9f)];
}
