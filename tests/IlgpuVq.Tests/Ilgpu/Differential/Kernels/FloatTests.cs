using ILGPU.Algorithms;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>
/// Operators of float and double, to the bit: nothing is contracted, reordered or rounded twice, and NaN, zeros of both signs and
/// infinities go where IEEE 754 sends them.
/// </summary>
public sealed class FloatTests(DifferentialDevices devices) : KernelTests<FloatTests>(devices), IKernelSet
{
    public static void AddTo(KernelSet kernels)
    {
        AddFloatArithmetic(kernels);
        AddDoubleArithmetic(kernels);
        AddComparisons(kernels);
        AddSelections(kernels);
        AddRounding(kernels);
    }

    private static void AddFloatArithmetic(KernelSet kernels)
    {
        kernels.Binary<float, float>("float: a + b", (i, a, b, y) => y[i] = a[i] + b[i]);
        kernels.Binary<float, float>("float: a - b", (i, a, b, y) => y[i] = a[i] - b[i]);
        kernels.Binary<float, float>("float: a * b", (i, a, b, y) => y[i] = a[i] * b[i]);
        kernels.Binary<float, float>("float: a / b is rounded correctly", (i, a, b, y) => y[i] = a[i] / b[i]);
        kernels.Binary<float, float>("float: a % b is exact", (i, a, b, y) => y[i] = a[i] % b[i]);
        kernels.Unary<float, float>("float: -x changes the sign of zero", (i, x, y) => y[i] = -x[i]);
        kernels.Unary<float, float>("float: 0 - x does not give minus zero", (i, x, y) => y[i] = 0 - x[i]);
        kernels.Unary<float, float>("float: x + 0 and x * 1 are not taken for x where they are not", (i, x, y) =>
            y[i] = (x[i] + 0f) * 1f);
        kernels.Unary<float, float>("float: x - x and x * 0 are not taken for zero", (i, x, y) =>
            y[i] = (x[i] - x[i]) + (x[i] * 0f));
        kernels.Unary<float, float>("float: x / x is not taken for one", (i, x, y) => y[i] = x[i] / x[i]);
        kernels.Binary<float, float>("float: a * b + a is not contracted", (i, a, b, y) => y[i] = (a[i] * b[i]) + a[i]);
        kernels.Binary<float, float>("float: a * a - b * b is not contracted", (i, a, b, y) =>
            y[i] = (a[i] * a[i]) - (b[i] * b[i]));
        kernels.Binary<float, float>("float: sums are not reordered", (i, a, b, y) =>
            y[i] = ((a[i] + b[i]) - a[i]) + (1e8f + b[i] - 1e8f));
        kernels.Binary<float, float>("float: Kahan's correction survives", (i, a, b, y) =>
        {
            var (sum, correction) = (0f, 0f);
            for (var k = 0; k < 10; k++)
            {
                var term = (k % 2 == 0 ? a[i] : b[i]) - correction;
                var next = sum + term;
                correction = (next - sum) - term;
                sum = next;
            }

            y[i] = sum;
        });
        kernels.Binary<float, float>("float: division by a constant is not a product", (i, a, b, y) =>
            y[i] = (a[i] / 3f) + (b[i] / 10f));
        kernels.Unary<float, float>("float: every intermediate is rounded to 24 bits", (i, x, y) =>
            y[i] = ((x[i] * 1.1f) * 1.1f) * 1.1f);
        kernels.Binary<float, double>("float and double mix in double", (i, a, b, y) => y[i] = (a[i] * 0.1) + b[i]);
        kernels.Unary<int, float>("int and float mix in float", (i, x, y) => y[i] = (x[i] * 0.1f) + (x[i] / 2));
    }

    private static void AddDoubleArithmetic(KernelSet kernels)
    {
        kernels.Binary<double, double>("double: a + b", (i, a, b, y) => y[i] = a[i] + b[i]);
        kernels.Binary<double, double>("double: a - b", (i, a, b, y) => y[i] = a[i] - b[i]);
        kernels.Binary<double, double>("double: a * b", (i, a, b, y) => y[i] = a[i] * b[i]);
        kernels.Binary<double, double>("double: a / b", (i, a, b, y) => y[i] = a[i] / b[i]);
        kernels.Binary<double, double>("double: a % b is exact", (i, a, b, y) => y[i] = a[i] % b[i]);
        kernels.Unary<double, double>("double: -x changes the sign of zero", (i, x, y) => y[i] = -x[i]);
        kernels.Binary<double, double>("double: a * b + a is not contracted", (i, a, b, y) => y[i] = (a[i] * b[i]) + a[i]);
        kernels.Unary<double, double>("double: constants keep all their bits", (i, x, y) =>
            y[i] = (x[i] * 0.1) + 1.0000000000000002 - 3.141592653589793);
        kernels.Unary<double, double>("double: infinities and NaN as constants", (i, x, y) =>
            y[i] = x[i] > 1 ? double.PositiveInfinity
                : x[i] < -1 ? double.NegativeInfinity
                : x[i] == 0 ? double.NaN
                : double.Epsilon * 0);
        kernels.Unary<float, float>("float: infinities, NaN and limits as constants", (i, x, y) =>
            y[i] = x[i] > 1 ? float.PositiveInfinity : x[i] < -1 ? float.MinValue : x[i] == 0 ? float.NaN : float.MaxValue);
    }

    private static void AddComparisons(KernelSet kernels)
    {
        kernels.Binary<float, int>("float: comparisons with NaN", (i, a, b, y) =>
            y[i] = (a[i] < b[i] ? 1 : 0) | (a[i] <= b[i] ? 2 : 0) | (a[i] > b[i] ? 4 : 0) | (a[i] >= b[i] ? 8 : 0) |
                (a[i] == b[i] ? 16 : 0) | (a[i] != b[i] ? 32 : 0));
        kernels.Binary<float, int>("float: negated comparisons with NaN", (i, a, b, y) =>
            y[i] = (!(a[i] < b[i]) ? 1 : 0) | (!(a[i] <= b[i]) ? 2 : 0) | (!(a[i] > b[i]) ? 4 : 0) | (!(a[i] >= b[i]) ? 8 : 0) |
                (!(a[i] == b[i]) ? 16 : 0) | (!(a[i] != b[i]) ? 32 : 0));
        kernels.Binary<double, int>("double: comparisons with NaN", (i, a, b, y) =>
            y[i] = (a[i] < b[i] ? 1 : 0) | (a[i] <= b[i] ? 2 : 0) | (a[i] > b[i] ? 4 : 0) | (a[i] >= b[i] ? 8 : 0) |
                (a[i] == b[i] ? 16 : 0) | (a[i] != b[i] ? 32 : 0));
        kernels.Binary<double, int>("double: negated comparisons with NaN", (i, a, b, y) =>
            y[i] = (!(a[i] < b[i]) ? 1 : 0) | (!(a[i] <= b[i]) ? 2 : 0) | (!(a[i] > b[i]) ? 4 : 0) | (!(a[i] >= b[i]) ? 8 : 0) |
                (!(a[i] == b[i]) ? 16 : 0) | (!(a[i] != b[i]) ? 32 : 0));
        kernels.Binary<float, int>("float: comparisons kept as values", (i, a, b, y) =>
        {
            var isLess = a[i] < b[i];
            var isNotGreater = !(a[i] > b[i]);
            var isEqual = a[i] == b[i];
            y[i] = (isLess ? 1 : 0) + (isNotGreater ? 2 : 0) + (isEqual ? 4 : 0) + (isLess == isNotGreater ? 8 : 0);
        });
        kernels.Binary<float, int>("float: branches where NaN takes the other way", (i, a, b, y) =>
        {
            if (a[i] < b[i])
            {
                y[i] = 1;
            }
            else if (a[i] >= b[i])
            {
                y[i] = 2;
            }
            else
            {
                y[i] = 3;
            }

            if (!(a[i] >= 0))
            {
                y[i] += 10;
            }

            if (!(b[i] <= 0))
            {
                y[i] += 100;
            }
        });
        kernels.Binary<double, int>("double: loop conditions with NaN end the loop", (i, a, b, y) =>
        {
            var count = 0;
            for (var x = a[i]; x < b[i] && count < 10; x += 1)
            {
                count++;
            }

            while (!(a[i] >= b[i]) && count < 20)
            {
                count += 3;
            }

            y[i] = count;
        });
        kernels.Unary<float, int>("float: IsNaN, IsInfinity, IsFinite, IsNegative", (i, x, y) =>
            y[i] = (float.IsNaN(x[i]) ? 1 : 0) | (float.IsInfinity(x[i]) ? 2 : 0) | (float.IsFinite(x[i]) ? 4 : 0) |
                (float.IsNegative(x[i]) ? 8 : 0) | (float.IsPositiveInfinity(x[i]) ? 16 : 0));
        kernels.Unary<double, int>("double: IsNaN, IsInfinity, IsFinite, by XMath", (i, x, y) =>
            y[i] = (XMath.IsNaN(x[i]) ? 1 : 0) | (XMath.IsInfinity(x[i]) ? 2 : 0) | (XMath.IsFinite(x[i]) ? 4 : 0) |
                (double.IsNaN(x[i]) ? 8 : 0));
        kernels.Unary<float, int>("float: a number that differs from itself is NaN", (i, x, y) =>
        {
            var (left, right) = (x[i], x[i]);
            y[i] = left != right ? 1 : left == right ? 2 : 3;
        });
    }

    private static void AddSelections(KernelSet kernels)
    {
        kernels.Binary<float, float>("float: ternaries on NaN", (i, a, b, y) =>
            y[i] = a[i] > b[i] ? a[i] : b[i] > a[i] ? b[i] : !(a[i] <= 0) ? -a[i] : 7);
        kernels.Binary<float, float>("float: the smaller by a ternary is not Math.Min", (i, a, b, y) =>
            y[i] = a[i] < b[i] ? a[i] : b[i]);
        kernels.Binary<float, float>("MathF.Min: NaN wins, minus zero is smaller", (i, a, b, y) => y[i] = MathF.Min(a[i], b[i]));
        kernels.Binary<float, float>("MathF.Max: NaN wins, plus zero is larger", (i, a, b, y) => y[i] = MathF.Max(a[i], b[i]));
        kernels.Binary<double, double>("Math.Min of double", (i, a, b, y) => y[i] = Math.Min(a[i], b[i]));
        kernels.Binary<double, double>("Math.Max of double", (i, a, b, y) => y[i] = Math.Max(a[i], b[i]));
        kernels.Binary<float, float>("XMath.Min and Max of float", (i, a, b, y) =>
            y[i] = XMath.Min(a[i], b[i]) + (2 * XMath.Max(a[i], b[i])));
        kernels.Binary<float, float>("XMath.Clamp of float", (i, a, b, y) =>
            y[i] = XMath.Clamp(a[i], -2, 3) + XMath.Clamp(b[i], 0, 1));
        kernels.Unary<float, float>("Math.Clamp of float: NaN passes", (i, x, y) => y[i] = Math.Clamp(x[i], -1f, 1f));
        kernels.Unary<double, double>("Math.Clamp of double", (i, x, y) => y[i] = Math.Clamp(x[i], -1.5, 1e6));
        kernels.Unary<float, float>("MathF.Abs clears the sign of zero", (i, x, y) => y[i] = MathF.Abs(x[i]));
        kernels.Unary<double, double>("Math.Abs of double", (i, x, y) => y[i] = Math.Abs(x[i]));
        kernels.Binary<float, float>("MathF.CopySign takes the sign of zero", (i, a, b, y) => y[i] = MathF.CopySign(a[i], b[i]),
            where: (_, b) => !float.IsNaN(b));
        kernels.Unary<float, int>("XMath.Sign of float", (i, x, y) => y[i] = XMath.Sign(x[i]));
        kernels.Unary<float, float>("rectification lets NaN through or not as it is written", (i, x, y) =>
            y[i] = (x[i] > 0 ? x[i] : 0) + (x[i] < 0 ? 0 : x[i]) + Math.Max(x[i], 0));
    }

    private static void AddRounding(KernelSet kernels)
    {
        kernels.Unary<float, float>("MathF.Floor", (i, x, y) => y[i] = MathF.Floor(x[i]));
        kernels.Unary<float, float>("MathF.Ceiling gives minus zero", (i, x, y) => y[i] = MathF.Ceiling(x[i]));
        kernels.Unary<float, float>("MathF.Truncate", (i, x, y) => y[i] = MathF.Truncate(x[i]));
        kernels.Unary<float, float>("MathF.Round goes to even", (i, x, y) => y[i] = MathF.Round(x[i]));
        kernels.Unary<double, double>("Math.Floor, Ceiling, Truncate and Round", (i, x, y) =>
            y[i] = Math.Floor(x[i]) + Math.Ceiling(x[i]) + Math.Truncate(x[i]) + Math.Round(x[i]));
        kernels.Unary<float, float>("XMath.RoundToEven and RoundAwayFromZero", (i, x, y) =>
            y[i] = XMath.RoundToEven(x[i]) + (2 * XMath.RoundAwayFromZero(x[i])), values: Samples.Range(-10f, 10f, 81));
        kernels.Unary<float, float>("MathF.Sqrt is rounded correctly", (i, x, y) => y[i] = MathF.Sqrt(x[i]));
        kernels.Unary<double, double>("Math.Sqrt is rounded correctly", (i, x, y) => y[i] = Math.Sqrt(x[i]));
        kernels.Binary<float, float>("MathF.FusedMultiplyAdd rounds once", (i, a, b, y) =>
            y[i] = MathF.FusedMultiplyAdd(a[i], b[i], -a[i]));
        kernels.Binary<double, double>("Math.FusedMultiplyAdd rounds once", (i, a, b, y) =>
            y[i] = Math.FusedMultiplyAdd(a[i], b[i], -a[i]));
        kernels.Binary<float, float>("MathF.FusedMultiplyAdd finds the error of a product", (i, a, b, y) =>
            y[i] = MathF.FusedMultiplyAdd(a[i], b[i], -(a[i] * b[i])), where: (a, b) => MathF.Abs(a * b) is > 1e-20f or 0);
        kernels.Binary<float, float>("XMath.Rem is the operator %", (i, a, b, y) => y[i] = XMath.Rem(a[i], b[i]));
        kernels.Binary<float, float>("XMath.IEEERemainder", (i, a, b, y) => y[i] = XMath.IEEERemainder(a[i], b[i]));
    }
}
