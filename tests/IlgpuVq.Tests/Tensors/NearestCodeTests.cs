using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

[Collection(TensorTests.Name)]
public sealed class NearestCodeTests(TensorDevices devices)
{
    private static Gen<(int N, int K, int D, int Seed)> Cases(Choices draw) =>
        from n in draw.Between(0, 150)
        from k in draw.Between(1, 60)
        from d in draw.Of(Gen.OneOf(Gen.Choose(0, 10), Gen.Choose(60, 70)))
        from seed in Numbers.Seeds
        select (n, k, d, seed);

    [Property]
    public Property No_code_is_nearer_than_the_one_found() =>
        Drawn.ForAll(Cases, c =>
        {
            var (x, codebook) = (Numbers.Uniform(c.Seed, c.N * c.D), Numbers.Uniform(c.Seed, c.K * c.D, stream: 1));
            foreach (var device in devices.All)
            {
                var ids = Find(device, x, [c.N, c.D], codebook, [c.K, c.D]);
                for (var n = 0; n < c.N; n++)
                {
                    var distances = Enumerable.Range(0, c.K).Select(k => Distance(x, n, codebook, k, c.D)).ToArray();
                    Assert.InRange(ids[n], 0, c.K - 1);
                    Assert.InRange(distances[ids[n]], 0, distances.Min() + 1e-5);
                }
            }
        });

    [Property]
    public Property Every_code_finds_itself_and_the_first_of_equal_codes_wins() =>
        Drawn.ForAll(Cases, where: c => c.D > 5, c =>
        {
            // In so many dimensions no two random codes are so close that rounding could confuse them.
            var codebook = Numbers.Uniform(c.Seed, c.K * c.D);
            foreach (var device in devices.All)
            {
                Assert.Equal(Enumerable.Range(0, c.K), Find(device, codebook, [c.K, c.D], codebook, [c.K, c.D]));
                Assert.Equal(
                    Enumerable.Range(0, c.K), Find(device, codebook, [c.K, c.D], [.. codebook, .. codebook], [2 * c.K, c.D]));
            }
        });

    [Fact]
    public void NaN_vectors_get_id_0_and_NaN_codes_are_never_chosen()
    {
        float[] codes = [float.NaN, 0, 1, 1, -1, -1];
        foreach (var device in devices.All)
        {
            Assert.Equal([0, 1, 2], Find(device, [float.NaN, 1, 2, 2, -1, 0], [3, 2], codes, [3, 2]));
        }
    }

    [Fact]
    public void Wrong_shapes_are_refused()
    {
        devices.CheckRefused("nearest-code: expected x (N, D), codebook (K, D) with K ≥ 1; got x (2, 3), codebook (2, 4).",
            s => [s.Floats(new float[6], [2, 3]), s.Floats(new float[8], [2, 4])], t => Primitive.NearestCode(t[0], t[1]));
        devices.CheckRefused("nearest-code: expected x (N, D), codebook (K, D) with K ≥ 1; got x (2, 3), codebook (0, 3).",
            s => [s.Floats(new float[6], [2, 3]), s.Floats([], [0, 3])], t => Primitive.NearestCode(t[0], t[1]));
    }

    private static double Distance(float[] x, int n, float[] codebook, int k, int d) =>
        Enumerable.Range(0, d).Sum(i => Math.Pow((double)x[n * d + i] - codebook[k * d + i], 2));

    private static int[] Find(Device device, float[] x, Shape shape, float[] codebook, Shape codes)
    {
        using var s = new TensorScope(device);
        return s.Keep(Primitive.NearestCode(s.Floats(x, shape), s.Floats(codebook, codes))).ToArray();
    }
}
