using ILGPU;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;
using Half = ILGPU.Half;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Half precision: arithmetic in 32 bits, rounded after every operation, so equal to the bit.</summary>
public sealed class HalfTests(DifferentialDevices devices) : KernelTests<HalfTests>(devices), IKernelSet
{
    private record struct Pixel(Half Red, Half Green, Half Blue);

    public static void AddTo(KernelSet kernels)
    {
        kernels.Binary<Half, Half>("Half: a + b", (i, a, b, y) => y[i] = a[i] + b[i]);
        kernels.Binary<Half, Half>("Half: a - b", (i, a, b, y) => y[i] = a[i] - b[i]);
        kernels.Binary<Half, Half>("Half: a * b", (i, a, b, y) => y[i] = a[i] * b[i]);
        kernels.Binary<Half, Half>("Half: a / b", (i, a, b, y) => y[i] = a[i] / b[i]);
        kernels.Unary<Half, Half>("Half: -x", (i, x, y) => y[i] = -x[i]);
        kernels.Binary<Half, Half>("Half: every operation is rounded", (i, a, b, y) => y[i] = ((a[i] * b[i]) + a[i]) - b[i]);
        kernels.Binary<Half, int>("Half: comparisons with NaN", (i, a, b, y) =>
            y[i] = (a[i] < b[i] ? 1 : 0) | (a[i] <= b[i] ? 2 : 0) | (a[i] > b[i] ? 4 : 0) | (a[i] >= b[i] ? 8 : 0) |
                (a[i] == b[i] ? 16 : 0) | (a[i] != b[i] ? 32 : 0));
        kernels.Unary<Half, int>("Half: IsNaN, IsInfinity, IsFinite", (i, x, y) =>
            y[i] = (Half.IsNaN(x[i]) ? 1 : 0) | (Half.IsInfinity(x[i]) ? 2 : 0) | (Half.IsFinite(x[i]) ? 4 : 0));
        kernels.Unary<Half, Half>("Half: constants", (i, x, y) =>
            y[i] = x[i] > Half.One ? Half.MaxValue
                : x[i] < Half.Zero ? Half.NegativeInfinity
                : x[i] == Half.Zero ? Half.NaN
                : Half.One);
        kernels.Binary<Half, float>("Half: products added in float", (i, a, b, y) => y[i] = ((float)a[i] * b[i]) + 0.1f);
        kernels.Unary<Half, Half>("Half: a sum in a loop", (i, x, y) =>
        {
            var sum = Half.Zero;
            for (var k = 1; k <= 8; k++)
            {
                sum += x[i] / (Half)k;
            }

            y[i] = sum;
        });
        kernels.Unary<Half, Pixel>("Half: fields of structures", (i, x, y) => y[i] = new(x[i], x[i] + Half.One, -x[i]));
        kernels.Unary<float, float>("System.Half inside a kernel", (i, x, y) =>
        {
            var half = (System.Half)x[i];
            y[i] = (float)((half * half) + half) + (half > (System.Half)1f ? 1 : 2);
        });
        kernels.Unary<Half, Half>("Half: Interop.FloatAsInt chooses by bits", (i, x, y) =>
            y[i] = (Interop.FloatAsInt(x[i]) & 1) == 0 ? x[i] : x[i] * (Half)2f);
    }
}
