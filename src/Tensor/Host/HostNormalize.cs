using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host;

/// <summary>Host forms of <see cref="Normalize"/>: each group has one owner, whose passes over it find its numbers in the
/// cache.</summary>
/// <remarks>A row is summed in vector lanes, rows are added in double in their order.</remarks>
internal static unsafe class HostNormalize
{
    public static void Statistics(
        HostDevice device, in NormRows rows, Tensor<float> x, float epsilon, Tensor<float> mean, Tensor<float> rstd) =>
        device.Team.For(
            rows.Groups, HostLoop.RowGrain(rows.GroupSize),
            new StatisticsBody(rows, x.Pointer, epsilon, mean.Pointer, rstd.Pointer));

    public static void Apply(
        HostDevice device, in NormRows rows, Tensor<float> x, Tensor<float> mean, Tensor<float> rstd, Tensor<float>? weight,
        Tensor<float>? bias, Tensor<float> y) =>
        device.Team.For(rows.Rows, HostLoop.RowGrain(rows.Pixels), new ApplyBody(rows, x, mean, rstd, weight, bias, y));

    public static void Gradients(
        HostDevice device, in NormRows rows, Tensor<float> dY, Tensor<float> x, Tensor<float> mean, Tensor<float> rstd,
        Tensor<float>? weight, Tensor<float> dX, Tensor<float> dWeight, Tensor<float> dBias)
    {
        using var plain = device.Borrow<float>(rows.Rows);
        using var scaled = device.Borrow<float>(rows.Rows);
        var body = new GradientsBody(rows, dY, x, mean, rstd, weight, dX, plain.Pointer, scaled.Pointer);
        device.Team.For(rows.Groups, HostLoop.RowGrain(rows.GroupSize), body);
        for (var channel = 0; channel < rows.Channels; channel++)
        {
            var (sum, sumScaled) = (0.0, 0.0);
            for (var row = channel; row < rows.Rows; row += rows.Channels)
            {
                sum += plain.Pointer[row];
                sumScaled += scaled.Pointer[row];
            }

            dBias.Pointer[channel] = (float)sum;
            dWeight.Pointer[channel] = (float)sumScaled;
        }
    }

    private readonly struct StatisticsBody(NormRows rows, float* x, float epsilon, float* mean, float* rstd) : IRangeBody
    {
        public void Range(int start, int end)
        {
            for (var group = start; group < end; group++)
            {
                mean[group] = (float)(Sum(group, 0, isSquared: false) / rows.GroupSize);
                var variance = Sum(group, mean[group], isSquared: true) / rows.GroupSize;
                rstd[group] = (float)(1 / Math.Sqrt(variance + epsilon));
            }
        }

        private double Sum(int group, float center, bool isSquared)
        {
            var sum = 0.0;
            for (var i = 0; i < rows.RowsPerGroup; i++)
            {
                var row = x + (nint)rows.Row(group, i) * rows.Pixels;
                sum += isSquared ? SumSquares(row, rows.Pixels, center) : SumRow(row, rows.Pixels);
            }

            return sum;
        }
    }

    private readonly struct ApplyBody(
        NormRows rows, Tensor<float> x, Tensor<float> mean, Tensor<float> rstd, Tensor<float>? weight, Tensor<float>? bias,
        Tensor<float> y) : IRangeBody
    {
        public void Range(int start, int end)
        {
            for (var row = start; row < end; row++)
            {
                var group = rows.GroupOf(row);
                var channel = row % rows.Channels;
                var center = Vector512.Create(mean.Pointer[group]);
                var scale = Vector512.Create(rstd.Pointer[group] * (weight is null ? 1 : weight.Pointer[channel]));
                var shift = Vector512.Create(bias is null ? 0 : bias.Pointer[channel]);
                float* from = x.Pointer + (nint)row * rows.Pixels, to = y.Pointer + (nint)row * rows.Pixels;
                for (var i = 0; i < rows.Pixels; i += HostLoop.Width)
                {
                    var result = (Vector512.Load(from + i) - center) * scale + shift;
                    HostLoop.StorePart(result, to + i, Math.Min(HostLoop.Width, rows.Pixels - i));
                }
            }
        }
    }

    private readonly struct GradientsBody(
        NormRows rows, Tensor<float> dY, Tensor<float> x, Tensor<float> mean, Tensor<float> rstd, Tensor<float>? weight,
        Tensor<float> dX, float* plain, float* scaled) : IRangeBody
    {
        public void Range(int start, int end)
        {
            for (var group = start; group < end; group++)
            {
                var (m1, m2) = Means(group);
                for (var i = 0; i < rows.RowsPerGroup; i++)
                {
                    Row(rows.Row(group, i), mean.Pointer[group], rstd.Pointer[group], m1, m2);
                }
            }
        }

        private float Weight(int row) => weight is null ? 1 : weight.Pointer[row % rows.Channels];

        private (float M1, float M2) Means(int group)
        {
            var (sum, sumScaled) = (0.0, 0.0);
            for (var i = 0; i < rows.RowsPerGroup; i++)
            {
                var row = rows.Row(group, i);
                var at = (nint)row * rows.Pixels;
                (plain[row], scaled[row]) = SumGradients(dY.Pointer + at, x.Pointer + at, rows.Pixels, mean.Pointer[group]);
                scaled[row] *= rstd.Pointer[group];
                sum += (double)Weight(row) * plain[row];
                sumScaled += (double)Weight(row) * scaled[row];
            }

            return ((float)(sum / rows.GroupSize), (float)(sumScaled / rows.GroupSize));
        }

        private void Row(int row, float center, float scale, float m1, float m2)
        {
            // dX = a·dY − b − c·(x − mean), a = rstd·weight, b = rstd·m₁, c = rstd²·m₂.
            var (middle, a) = (Vector512.Create(center), Vector512.Create(scale * Weight(row)));
            var (b, c) = (Vector512.Create(scale * m1), Vector512.Create(scale * scale * m2));
            var at = (nint)row * rows.Pixels;
            float* gradient = dY.Pointer + at, input = x.Pointer + at, result = dX.Pointer + at;
            for (var i = 0; i < rows.Pixels; i += HostLoop.Width)
            {
                var value = a * Vector512.Load(gradient + i) - b - c * (Vector512.Load(input + i) - middle);
                HostLoop.StorePart(value, result + i, Math.Min(HostLoop.Width, rows.Pixels - i));
            }
        }
    }

    private static float SumRow(float* x, int count)
    {
        var (a, b) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var i = 0;
        for (; i <= count - 32; i += 32)
        {
            a += Vector512.Load(x + i);
            b += Vector512.Load(x + i + 16);
        }

        for (; i < count; i += HostLoop.Width)
        {
            a += HostLoop.LoadPart(x + i, count - i, 0);
        }

        return HostLoop.Fold(a + b, default(Plus));
    }

    private static float SumSquares(float* x, int count, float mean)
    {
        var center = Vector512.Create(mean);
        var (a, b) = (Vector512<float>.Zero, Vector512<float>.Zero);
        var i = 0;
        for (; i <= count - 32; i += 32)
        {
            var (p, q) = (Vector512.Load(x + i) - center, Vector512.Load(x + i + 16) - center);
            a += p * p;
            b += q * q;
        }

        for (; i < count; i += HostLoop.Width)
        {
            // Lanes behind the end hold the mean: their distance is 0.
            var distance = HostLoop.LoadPart(x + i, count - i, mean) - center;
            a += distance * distance;
        }

        return HostLoop.Fold(a + b, default(Plus));
    }

    private static (float Plain, float Scaled) SumGradients(float* dY, float* x, int count, float mean)
    {
        var center = Vector512.Create(mean);
        var (plain, scaled) = (Vector512<float>.Zero, Vector512<float>.Zero);
        for (var i = 0; i < count; i += HostLoop.Width)
        {
            var gradient = HostLoop.LoadPart(dY + i, count - i, 0);
            plain += gradient;
            scaled += gradient * (HostLoop.LoadPart(x + i, count - i, mean) - center);
        }

        return (HostLoop.Fold(plain, default(Plus)), HostLoop.Fold(scaled, default(Plus)));
    }
}
