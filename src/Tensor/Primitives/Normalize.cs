using ILGPU;
using ILGPU.Algorithms;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Kernels.Rows;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>What batch norm and group norm share: x̂ = (x − mean) · rstd by groups of rows, y = x̂ · weight + bias by
/// channel.</summary>
/// <remarks>
/// <para>The kernel form of the gradients works on rows first, so that there are threads for each channel of each image, then on
/// groups.</para>
/// <para>Sums inside kernels are cut into pieces of <see cref="Piece"/> terms to keep their rounding error small.</para>
/// </remarks>
internal static class Normalize
{
    private const int Piece = 128;

    /// <summary>Mean and <c>1 / √(variance + ε)</c> of each group; the variance is the mean squared distance from the mean, in a
    /// second pass.</summary>
    public static void Statistics(in NormRows rows, Tensor<float> x, float epsilon, Tensor<float> mean, Tensor<float> rstd) =>
        x.Device.Run(new StatisticsCall(rows, x, epsilon, mean, rstd));

    /// <summary><c>y = (x − mean)·(rstd·weight) + bias</c>.</summary>
    public static Tensor<float> Apply(
        in NormRows rows, Tensor<float> x, Tensor<float> mean, Tensor<float> rstd, Tensor<float>? weight, Tensor<float>? bias)
    {
        var y = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new ApplyCall(rows, x, mean, rstd, weight, bias, y));
        return y;
    }

    /// <summary><c>dX = rstd·(weight·dY − m₁ − x̂·m₂)</c> with the group's means m₁ of weight·dY and m₂ of weight·dY·x̂;
    /// <c>dWeight = Σ dY·x̂</c> and <c>dBias = Σ dY</c> over a channel.</summary>
    public static (Tensor<float> DX, Tensor<float> DWeight, Tensor<float> DBias) Gradients(
        in NormRows rows, Tensor<float> dY, Tensor<float> x, Tensor<float> mean, Tensor<float> rstd, Tensor<float>? weight)
    {
        var dX = x.Device.Empty<float>(x.Shape);
        var dWeight = x.Device.Empty<float>([rows.Channels]);
        var dBias = x.Device.Empty<float>([rows.Channels]);
        x.Device.Run(new GradientsCall(rows, dY, x, mean, rstd, weight, dX, dWeight, dBias));
        return (dX, dWeight, dBias);
    }

    /// <summary>Where the elements of a group lie.</summary>
    internal interface IGroupPlaces
    {
        /// <summary>The place of the i-th element of a group.</summary>
        int Of(int group, int i);
    }

    /// <summary>Groups of neighbouring rows are one after the other: no division is needed.</summary>
    internal readonly record struct Neighbours(int GroupSize) : IGroupPlaces
    {
        public int Of(int group, int i) => group * GroupSize + i;
    }

    /// <summary>Rows of a group that lie apart.</summary>
    internal readonly record struct Scattered(NormRows Rows) : IGroupPlaces
    {
        public int Of(int group, int i)
        {
            var row = i / Rows.Pixels;
            return Rows.Row(group, row) * Rows.Pixels + (i - row * Rows.Pixels);
        }
    }

    /// <summary>Mean and deviation of one group, in two passes.</summary>
    internal readonly record struct StatisticsOfGroup<TPlaces>(
        ArrayView<float> X, ArrayView<float> Mean, ArrayView<float> Rstd, TPlaces Places, int GroupSize, float Epsilon) : IRowBody
        where TPlaces : struct, IGroupPlaces
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var mean = RowSum.Of<TTeam, Element<TPlaces>>(new Element<TPlaces>(X, Places, row), GroupSize) / GroupSize;
            var squares = RowSum.Of<TTeam, SquaredDistance<TPlaces>>(
                new SquaredDistance<TPlaces>(X, Places, row, mean), GroupSize);
            if (TTeam.First == 0)
            {
                Mean[row] = mean;
                Rstd[row] = 1 / XMath.Sqrt(squares / GroupSize + Epsilon);
            }
        }
    }

    /// <summary>An element of a group.</summary>
    internal readonly record struct Element<TPlaces>(ArrayView<float> X, TPlaces Places, int Group) : RowSum.ITerm
        where TPlaces : struct, IGroupPlaces
    {
        public float At(int i) => X[Places.Of(Group, i)];
    }

    internal readonly record struct SquaredDistance<TPlaces>(ArrayView<float> X, TPlaces Places, int Group, float Center)
        : RowSum.ITerm
        where TPlaces : struct, IGroupPlaces
    {
        public float At(int i)
        {
            var distance = X[Places.Of(Group, i)] - Center;
            return distance * distance;
        }
    }

    internal readonly struct NormalizeElements(
        ArrayView<float> x, ArrayView<float> mean, ArrayView<float> rstd, ArrayView<float> weight, ArrayView<float> bias,
        ArrayView<float> y, NormRows rows, int hasWeight, int hasBias) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element.
            var row = i / rows.Pixels;
            var channel = row % rows.Channels;
            var group = rows.GroupOf(row);
            var scale = hasWeight != 0 ? rstd[group] * weight[channel] : rstd[group];
            y[i] = (x[i] - mean[group]) * scale + (hasBias != 0 ? bias[channel] : 0);
        }
    }

    /// <summary>Of one row: plain gets Σ dY, scaled gets Σ dY·x̂.</summary>
    internal readonly record struct GradientSumsOfRow(
        ArrayView<float> DY, ArrayView<float> X, ArrayView<float> Mean, ArrayView<float> Rstd, ArrayView<float> Plain,
        ArrayView<float> Scaled, NormRows Rows) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var group = Rows.GroupOf(row);
            var first = row * Rows.Pixels;
            var plain = RowSum.Of<TTeam, Gradient>(new Gradient(DY, first), Rows.Pixels);
            var scaled = RowSum.Of<TTeam, GradientAtDistance>(new GradientAtDistance(DY, X, first, Mean[group]), Rows.Pixels);
            if (TTeam.First == 0)
            {
                Plain[row] = plain;
                Scaled[row] = scaled * Rstd[group];
            }
        }
    }

    internal readonly record struct Gradient(ArrayView<float> DY, int First) : RowSum.ITerm
    {
        public float At(int i) => DY[First + i];
    }

    internal readonly record struct GradientAtDistance(ArrayView<float> DY, ArrayView<float> X, int First, float Center)
        : RowSum.ITerm
    {
        public float At(int i) => DY[First + i] * (X[First + i] - Center);
    }

    internal readonly struct SumChannels(
        ArrayView<float> plain, ArrayView<float> scaled, ArrayView<float> dWeight, ArrayView<float> dBias,
        NormRows rows) : IKernel
    {
        public void Run(int channel)
        {
            // Grid: one thread per channel.
            var (sum, sumScaled) = (0f, 0f);
            for (var start = 0; start < rows.Images; start += Piece)
            {
                var (part, partScaled) = (0f, 0f);
                for (var b = start; b < rows.Images && b < start + Piece; b++)
                {
                    part += plain[b * rows.Channels + channel];
                    partScaled += scaled[b * rows.Channels + channel];
                }

                sum += part;
                sumScaled += partScaled;
            }

            dBias[channel] = sum;
            dWeight[channel] = sumScaled;
        }
    }

    internal readonly struct MeansOfGradients(
        ArrayView<float> plain, ArrayView<float> scaled, ArrayView<float> weight, ArrayView<float> means, NormRows rows,
        int hasWeight) : IKernel
    {
        public void Run(int group)
        {
            // Grid: one thread per group; means[2·group] is m₁, means[2·group + 1] is m₂.
            var (sum, sumScaled) = (0f, 0f);
            for (var start = 0; start < rows.RowsPerGroup; start += Piece)
            {
                var (part, partScaled) = (0f, 0f);
                for (var i = start; i < rows.RowsPerGroup && i < start + Piece; i++)
                {
                    var row = rows.Row(group, i);
                    var w = hasWeight != 0 ? weight[row % rows.Channels] : 1;
                    part += w * plain[row];
                    partScaled += w * scaled[row];
                }

                sum += part;
                sumScaled += partScaled;
            }

            means[2 * group] = sum / rows.GroupSize;
            means[2 * group + 1] = sumScaled / rows.GroupSize;
        }
    }

    internal readonly struct GradientElements(
        ArrayView<float> dY, ArrayView<float> x, ArrayView<float> mean, ArrayView<float> rstd, ArrayView<float> weight,
        ArrayView<float> means, ArrayView<float> dX, NormRows rows, int hasWeight) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element.
            var row = i / rows.Pixels;
            var group = rows.GroupOf(row);
            var w = hasWeight != 0 ? weight[row % rows.Channels] : 1;
            var normalized = (x[i] - mean[group]) * rstd[group];
            dX[i] = rstd[group] * (w * dY[i] - means[2 * group] - normalized * means[2 * group + 1]);
        }
    }

    private readonly record struct StatisticsCall(
        NormRows Rows, Tensor<float> X, float Epsilon, Tensor<float> Mean, Tensor<float> Rstd) : IPrimitive
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => HostNormalize.Statistics(device, Rows, X, Epsilon, Mean, Rstd);

        public void OnKernels(KernelDevice device)
        {
            if (Rows.RowStep == 1)
            {
                Launch(device, new Neighbours(Rows.GroupSize));
            }
            else
            {
                Launch(device, new Scattered(Rows));
            }
        }

        private void Launch<TPlaces>(KernelDevice device, TPlaces places)
            where TPlaces : struct, IGroupPlaces =>
            device.LaunchRows(
                Rows.Groups, Rows.GroupSize,
                new StatisticsOfGroup<TPlaces>(X.View, Mean.View, Rstd.View, places, Rows.GroupSize, Epsilon));
    }

    private readonly record struct ApplyCall(
        NormRows Rows, Tensor<float> X, Tensor<float> Mean, Tensor<float> Rstd, Tensor<float>? Weight, Tensor<float>? Bias,
        Tensor<float> Y) : IPrimitive
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => HostNormalize.Apply(device, Rows, X, Mean, Rstd, Weight, Bias, Y);

        public void OnKernels(KernelDevice device) => device.Launch(Y.Size, new NormalizeElements(
            X.View, Mean.View, Rstd.View, (Weight ?? Rstd).View, (Bias ?? Rstd).View, Y.View, Rows, Weight is null ? 0 : 1,
            Bias is null ? 0 : 1));
    }

    private readonly record struct GradientsCall(
        NormRows Rows, Tensor<float> DY, Tensor<float> X, Tensor<float> Mean, Tensor<float> Rstd, Tensor<float>? Weight,
        Tensor<float> DX, Tensor<float> DWeight, Tensor<float> DBias) : IPrimitive
    {
        public void OnHost(HostDevice device) =>
            HostNormalize.Gradients(device, Rows, DY, X, Mean, Rstd, Weight, DX, DWeight, DBias);

        public void OnKernels(KernelDevice device)
        {
            using var plain = device.Empty<float>([Rows.Rows]);
            using var scaled = device.Empty<float>([Rows.Rows]);
            using var means = device.Empty<float>([Rows.Groups, 2]);
            var hasWeight = Weight is null ? 0 : 1;
            var weight = (Weight ?? Rstd).View;
            device.LaunchRows(
                Rows.Rows, Rows.Pixels,
                new GradientSumsOfRow(DY.View, X.View, Mean.View, Rstd.View, plain.View, scaled.View, Rows));
            device.Launch(Rows.Channels, new SumChannels(plain.View, scaled.View, DWeight.View, DBias.View, Rows));
            device.Launch(Rows.Groups, new MeansOfGradients(plain.View, scaled.View, weight, means.View, Rows, hasWeight));
            device.Launch(DX.Size, new GradientElements(
                DY.View, X.View, Mean.View, Rstd.View, weight, means.View, DX.View, Rows, hasWeight));
        }
    }
}
