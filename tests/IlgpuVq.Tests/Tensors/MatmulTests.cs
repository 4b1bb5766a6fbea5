using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

[Collection(TensorTests.Name)]
public sealed class MatmulTests(TensorDevices devices)
{
    private static Gen<Case> Cases(Choices draw) =>
        from batch in draw.Between(0, 3)
        from m in draw.Of(Gen.OneOf(Gen.Choose(0, 20), Gen.Choose(30, 70)))
        from k in draw.Of(Gen.OneOf(Gen.Choose(0, 20), Gen.Choose(250, 300)))
        from n in draw.Of(Gen.OneOf(Gen.Choose(0, 20), Gen.Choose(30, 70)))
        from transpose in draw.Elements(Transpose.None, Transpose.A, Transpose.B, Transpose.A | Transpose.B)
        from seed in Numbers.Seeds
        select new Case(batch, m, k, n, transpose, seed);

    [Property]
    public Property Each_element_is_the_product_of_a_row_and_a_column() =>
        Drawn.ForAll(Cases, c => CheckProduct(c, 2e-5));

    [Fact]
    public void Long_sums_of_a_small_result_are_right_in_parts()
    {
        // Around the least length that is cut; parts of one slice and of more; results that fill no tile.
        foreach (var (m, k, n) in new[] { (64, 2048, 128), (37, 2047, 45), (37, 2049, 45), (9, 5003, 33), (1, 4100, 1) })
        {
            foreach (var transpose in new[] { Transpose.None, Transpose.A, Transpose.B, Transpose.A | Transpose.B })
            {
                CheckProduct(new Case(0, m, k, n, transpose, Seed: k), 1e-4);
            }
        }

        CheckProduct(new Case(3, 20, 2500, 40, Transpose.B, Seed: 1), 1e-4);
    }

    [Fact]
    public void Matrices_that_do_not_fit_are_refused()
    {
        Func<TensorScope, Tensor<float>[]> operands = s => [s.Floats(new float[6], [2, 3]), s.Floats(new float[6], [1, 2, 3])];
        devices.CheckRefused("matmul: expected a (M, K), b (K, N), or both with one more leading axis; got a (2, 3), b (2, 3).",
            operands, t => Primitive.Matmul(t[0], t[0]));
        devices.CheckRefused(
            "matmul: expected a (M, K), b (N, K), or both with one more leading axis; got a (2, 3), b (1, 2, 3).",
            operands, t => Primitive.Matmul(t[0], t[1], Transpose.B));
    }

    private void CheckProduct(Case c, double tolerance)
    {
        // Batch 0 stands for a plain pair of matrices.
        var count = Math.Max(c.Batch, 1);
        var (a, b) = (Numbers.Uniform(c.Seed, count * c.M * c.K), Numbers.Uniform(c.Seed, count * c.K * c.N, stream: 1));
        var expected = new double[count * c.M * c.N];
        for (var i = 0; i < expected.Length; i++)
        {
            var (t, m, n) = (i / (c.M * c.N), i / c.N % c.M, i % c.N);
            for (var k = 0; k < c.K; k++)
            {
                var left = c.Transpose.HasFlag(Transpose.A) ? a[(t * c.K + k) * c.M + m] : a[(t * c.M + m) * c.K + k];
                var right = c.Transpose.HasFlag(Transpose.B) ? b[(t * c.N + n) * c.K + k] : b[(t * c.K + k) * c.N + n];
                expected[i] += (double)left * right;
            }
        }

        int[] leading = c.Batch == 0 ? [] : [c.Batch];
        int[] shapeA = c.Transpose.HasFlag(Transpose.A) ? [c.K, c.M] : [c.M, c.K];
        int[] shapeB = c.Transpose.HasFlag(Transpose.B) ? [c.N, c.K] : [c.K, c.N];
        devices.Check(expected, tolerance, s => Primitive.Matmul(
            s.Floats(a, [.. leading, .. shapeA]), s.Floats(b, [.. leading, .. shapeB]), c.Transpose));
    }

    private sealed record Case(int Batch, int M, int K, int N, Transpose Transpose, int Seed);
}
