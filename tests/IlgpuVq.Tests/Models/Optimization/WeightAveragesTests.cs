using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Optimization;

/// <summary>Moving averages of weights, and the primitive that moves them.</summary>
[Collection(TensorTests.Name)]
public sealed class WeightAveragesTests(TensorDevices devices)
{
    private static Gen<(int Count, int Seed)> Cases(Choices draw) =>
        from count in draw.Of(Gen.Frequency((19, Gen.Choose(0, 70)), (1, Gen.Choose(16_000, 40_000))))
        from seed in Numbers.Seeds
        select (count, seed);

    [Property]
    public Property A_moving_average_goes_a_part_of_the_way() => Drawn.ForAll(Cases, c =>
    {
        const float weight = 0.3f;
        var (average, value) = (Numbers.Uniform(c.Seed, c.Count), Numbers.Uniform(c.Seed, c.Count, stream: 1));
        devices.Check([.. average.Zip(value, (a, b) => a + (double)weight * ((double)b - a))], 3e-7, s =>
        {
            var own = s.Floats(average, [c.Count]);
            Primitive.MoveTowards(own, s.Floats(value, [c.Count]), s.Floats([weight], []));
            return own.Share();
        });
    });

    [Fact]
    public void Shapes_must_agree()
    {
        const string rule = "move-towards: expected average and value of one shape, weight (); got ";
        devices.CheckRefused(
            rule + "average (2), value (2, 1), weight ().",
            s => [s.Floats([1, 2], [2]), s.Floats([1, 2], [2, 1]), s.Floats([1], [])],
            t => Primitive.MoveTowards(t[0], t[1], t[2]));
        devices.CheckRefused(
            rule + "average (2), value (2), weight (2).",
            s => [s.Floats([1, 2], [2])],
            t => Primitive.MoveTowards(t[0], t[0], t[0]));
    }

    [Fact]
    public void Averages_follow_the_weights_with_a_decay_that_grows_to_its_value()
    {
        const double decay = 0.4;
        foreach (var device in devices.All)
        {
            using var parameter = new Parameter("layer.weight", device.From<float>([1, -2], [2]));
            using var averages = new WeightAverages([parameter], decay);
            using var scalars = new Scalars(device, [averages.Schedule.Name]);
            double[] expected = [1, -2];
            for (var t = 1; t <= 6; t++)
            {
                float[] weights = [t * t, 3 - t];
                parameter.Value.CopyFrom(weights);
                scalars.Set(averages.Schedule.Name, (float)averages.Schedule.At(t));
                scalars.Write();
                averages.Update(scalars);

                // (1 + t) / (10 + t) is 2/11, 3/12, 4/13, 5/14, and from t = 5 on not less than 0.4.
                var d = t < 5 ? (1.0 + t) / (10 + t) : decay;
                expected = [.. expected.Zip(weights, (a, w) => d * a + (1 - d) * w)];
                var average = Assert.Single(averages.State);
                Assert.Equal("layer.weight", average.Key);
                Assert.All(expected.Zip(average.Tensor.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            }
        }
    }
}
