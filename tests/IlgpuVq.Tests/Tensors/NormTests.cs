using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Batch norm and group norm against one reference in which they differ only in which elements share a mean.</summary>
[Collection(TensorTests.Name)]
public sealed class NormTests(TensorDevices devices)
{
    private const float Epsilon = 1e-3f;

    private static Gen<Case> Cases(Choices draw) =>
        from images in draw.Between(1, 5)
        from groups in draw.Between(1, 4)
        from channels in draw.Between(1, 4)
        from axes in draw.Between(0, 2)
        from pixels in draw.Between(1, axes == 1 ? 20 : 9).ArrayOf(axes)
        from hasWeight in draw.Flag()
        from hasBias in draw.Flag()
        from seed in Numbers.Seeds
        select new Case([images, groups * channels, .. pixels], groups, hasWeight, hasBias, seed);

    [Property]
    public Property Batch_norm_and_its_gradients_equal_their_definition() =>
        Drawn.ForAll(Cases, c =>
        {
            var expected = c.Reference(i => c.ChannelOf(i), c.Channels);
            devices.Check(expected.Forward, 2e-5, s =>
            {
                var (y, mean, rstd) = Primitive.BatchNorm(s.Floats(c.X, c.Shape), c.Weight(s), c.Bias(s), Epsilon);
                return [y, mean, rstd];
            });
            devices.Check(expected.Gradients, 1e-4, s =>
            {
                var x = s.Floats(c.X, c.Shape);
                var (y, mean, rstd) = Primitive.BatchNorm(x, c.Weight(s), null, Epsilon);
                var (dX, dWeight, dBias) = Primitive.BatchNormGradient(
                    s.Floats(c.DY, c.Shape), x, s.Keep(mean), s.Keep(rstd), c.Weight(s));
                s.Keep(y);
                return [dX, dWeight, dBias];
            });
        });

    [Property]
    public Property Group_norm_and_its_gradients_equal_their_definition() =>
        Drawn.ForAll(Cases, c =>
        {
            var perGroup = c.Channels / c.Groups;
            var expected = c.Reference(i => c.ImageOf(i) * c.Groups + c.ChannelOf(i) / perGroup, c.Shape[0] * c.Groups);
            devices.Check(expected.Forward, 2e-5, s =>
            {
                var (y, mean, rstd) = Primitive.GroupNorm(s.Floats(c.X, c.Shape), c.Weight(s), c.Bias(s), c.Groups, Epsilon);
                Assert.Equal([c.Shape[0], c.Groups], mean.Shape);
                return [y, mean, rstd];
            });
            devices.Check(expected.Gradients, 1e-4, s =>
            {
                var x = s.Floats(c.X, c.Shape);
                var (y, mean, rstd) = Primitive.GroupNorm(x, c.Weight(s), null, c.Groups, Epsilon);
                var (dX, dWeight, dBias) = Primitive.GroupNormGradient(
                    s.Floats(c.DY, c.Shape), x, s.Keep(mean), s.Keep(rstd), c.Weight(s), c.Groups);
                s.Keep(y);
                return [dX, dWeight, dBias];
            });
        });

    [Property]
    public Property Given_statistics_are_used_as_they_are() =>
        Drawn.ForAll(Cases, c =>
        {
            var (mean, rstd) = (Numbers.Uniform(c.Seed, c.Channels, stream: 5), Numbers.Uniform(c.Seed, c.Channels, stream: 6));
            var expected = new double[c.X.Length];
            for (var i = 0; i < expected.Length; i++)
            {
                var channel = c.ChannelOf(i);
                expected[i] = ((double)c.X[i] - mean[channel]) * rstd[channel] * c.WeightAt(channel) + c.BiasAt(channel);
            }

            devices.Check(expected, 2e-6, s => Primitive.BatchNormInference(
                s.Floats(c.X, c.Shape), s.Floats(mean, [c.Channels]), s.Floats(rstd, [c.Channels]), c.Weight(s), c.Bias(s)));
        });

    [Fact]
    public void A_large_mean_does_not_spoil_the_variance()
    {
        // In float, E[x²] − E[x]² of these numbers is a multiple of 8 or so; their variance is 1.
        var x = Enumerable.Range(0, 512).Select(i => 10_000f + (i % 2 == 0 ? 1 : -1)).ToArray();
        var y = x.Select(value => (value - 10_000.0) / Math.Sqrt(1 + Epsilon)).ToArray();
        devices.Check(y, 1e-5, s =>
        {
            var result = Primitive.BatchNorm(s.Floats(x, [8, 1, 8, 8]), null, null, Epsilon);
            s.Keep(result.Mean);
            s.Keep(result.Rstd);
            return result.Y;
        });
    }

    [Fact]
    public void No_images_are_no_groups_for_group_norm() => devices.Check([], 0, s =>
    {
        var (y, mean, rstd) = Primitive.GroupNorm(s.Floats([], [0, 4, 3, 3]), null, null, groups: 2, Epsilon);
        return [y, mean, rstd];
    });

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        Func<TensorScope, Tensor<float>[]> operands = s =>
            [s.Floats(new float[24], [2, 3, 4]), s.Floats(new float[2], [2]), s.Floats([], [0, 3])];
        devices.CheckRefused(
            "batch-norm: expected x (B, C, …), weight and bias (C) or none; got x (2, 3, 4), weight (2), bias none.",
            operands, t => Primitive.BatchNorm(t[0], t[1], null, Epsilon));
        devices.CheckRefused("batch-norm: expected x (B, C, …), weight and bias (C) or none; got x (2), weight none, bias none.",
            operands, t => Primitive.BatchNorm(t[1], null, null, Epsilon));
        devices.CheckRefused("batch-norm: expected at least one element for each mean; got x (0, 3).",
            operands, t => Primitive.BatchNorm(t[2], null, null, Epsilon));
        devices.CheckRefused("batch-norm: expected mean and rstd (3); got mean (2), rstd (2).",
            operands, t => Primitive.BatchNormInference(t[0], t[1], t[1], null, null));
        devices.CheckRefused("batch-norm: expected mean and rstd (3); got mean (2), rstd (2).",
            operands, t => Primitive.BatchNormGradient(t[0], t[0], t[1], t[1], null));
        devices.CheckRefused("group-norm: expected groups that divide C; got 2 groups of x (2, 3, 4).",
            operands, t => Primitive.GroupNorm(t[0], null, null, groups: 2, Epsilon));
    }

    private sealed record Case(int[] Lengths, int Groups, bool HasWeight, bool HasBias, int Seed)
    {
        public Shape Shape => Shape.Create(Lengths);

        public int Channels => Lengths[1];

        public float[] X => Numbers.Uniform(Seed, Lengths.Product());

        public float[] DY => Numbers.Uniform(Seed, Lengths.Product(), stream: 1);

        public int ChannelOf(int i) => i / Lengths.Skip(2).Product() % Channels;

        public int ImageOf(int i) => i / Lengths.Skip(1).Product();

        public double WeightAt(int channel) => HasWeight ? Numbers.Uniform(Seed, Channels, stream: 2)[channel] : 1;

        public double BiasAt(int channel) => HasBias ? Numbers.Uniform(Seed, Channels, stream: 3)[channel] : 0;

        public Tensor<float>? Weight(TensorScope s) =>
            HasWeight ? s.Floats(Numbers.Uniform(Seed, Channels, stream: 2), [Channels]) : null;

        public Tensor<float>? Bias(TensorScope s) =>
            HasBias ? s.Floats(Numbers.Uniform(Seed, Channels, stream: 3), [Channels]) : null;

        /// <summary>(y, mean, rstd) and (dX, dWeight, dBias) where <paramref name="groupOf"/> tells which elements share a
        /// mean.</summary>
        public (double[] Forward, double[] Gradients) Reference(Func<int, int> groupOf, int groups)
        {
            var (x, dY) = (X, DY);
            var members = Enumerable.Range(0, x.Length).ToLookup(groupOf);
            var mean = Enumerable.Range(0, groups).Select(g => members[g].Average(i => (double)x[i])).ToArray();
            var rstd = Enumerable.Range(0, groups)
                .Select(g => 1 / Math.Sqrt(members[g].Average(i => (x[i] - mean[g]) * (x[i] - mean[g])) + Epsilon)).ToArray();
            var (y, dX) = (new double[x.Length], new double[x.Length]);
            var (dWeight, dBias) = (new double[Channels], new double[Channels]);
            double Normalized(int i) => (x[i] - mean[groupOf(i)]) * rstd[groupOf(i)];
            var weights = Enumerable.Range(0, Channels).Select(WeightAt).ToArray();
            for (var i = 0; i < x.Length; i++)
            {
                y[i] = Normalized(i) * weights[ChannelOf(i)] + BiasAt(ChannelOf(i));
                dWeight[ChannelOf(i)] += dY[i] * Normalized(i);
                dBias[ChannelOf(i)] += dY[i];
            }

            for (var g = 0; g < groups; g++)
            {
                var m1 = members[g].Average(i => weights[ChannelOf(i)] * dY[i]);
                var m2 = members[g].Average(i => weights[ChannelOf(i)] * dY[i] * Normalized(i));
                foreach (var i in members[g])
                {
                    dX[i] = rstd[g] * (weights[ChannelOf(i)] * dY[i] - m1 - Normalized(i) * m2);
                }
            }

            return ([.. y, .. mean, .. rstd], [.. dX, .. dWeight, .. dBias]);
        }

        public override string ToString() => $"{Shape}, {Groups} groups, weight {HasWeight}, bias {HasBias}, seed {Seed}";
    }
}
