using IlgpuVq.Tensors;

namespace IlgpuVq.Tests.Laws.Reference;

/// <summary>Directions of the vectors along the last axis, and what is made of those.</summary>
internal static class EstimatorReference
{
    private const double Epsilon = 1e-6f;

    /// <summary>x / max(‖x‖, ε) of each row.</summary>
    public static DoubleTensor L2Normalize(DoubleTensor x, double epsilon) => Rows(x.Shape, row =>
    {
        var vector = Row(x, row);
        var length = Math.Max(Length(vector), epsilon);
        return [.. vector.Select(value => value / length)];
    });

    /// <summary>‖q‖ / ‖base‖ · (x − 2(x·w)w + 2(x·û)q̂) of each row, with û, q̂ and w of the base and q: as a function of x
    /// alone, it has the gradient of the trick. Its value is q's even where x is not finite.</summary>
    public static DoubleTensor Rotate(DoubleTensor x, DoubleTensor from, DoubleTensor q) => Rows(x.Shape, row =>
    {
        var (vector, start, end) = (Row(x, row), Row(from, row), Row(q, row));
        if (!vector.All(double.IsFinite))
        {
            return end;
        }

        if (Length(start) <= Epsilon || Length(end) <= Epsilon)
        {
            return [.. vector.Select((value, d) => end[d] + value - start[d])];
        }

        var (u, v) = (Unit(start), Unit(end));
        var w = Unit([.. u.Zip(v, (a, b) => a + b)]);
        var (scale, alongW, alongU) = (Length(end) / Length(start), Dot(vector, w), Dot(vector, u));
        return [.. vector.Select((value, d) => scale * (value - 2 * alongW * w[d] + 2 * alongU * v[d]))];
    });

    /// <summary>x + u·‖q − x‖ of each row, with u the direction of <c>error + √variance · noise</c>, constants.</summary>
    public static DoubleTensor Diveq(DoubleTensor x, DoubleTensor q, DoubleTensor error, DoubleTensor noise, double variance) =>
        Rows(x.Shape, row =>
        {
            var (vector, code) = (Row(x, row), Row(q, row));
            if (!vector.Concat(code).All(double.IsFinite))
            {
                return [.. vector.Select(_ => double.NaN)];
            }

            var u = Unit([.. Row(error, row).Zip(Row(noise, row), (e, n) => e + Math.Sqrt(variance) * n)]);
            var length = Length([.. code.Zip(vector, (a, b) => a - b)]);
            return [.. vector.Select((value, d) => value + u[d] * length)];
        });

    private static DoubleTensor Rows(Shape shape, Func<int, double[]> rowOf)
    {
        var d = shape[^1];
        var rows = d == 0 ? 0 : shape.Size / d;
        return new DoubleTensor(shape, [.. Enumerable.Range(0, rows).SelectMany(rowOf)]);
    }

    private static double[] Row(DoubleTensor x, int row) => x.Values[(row * x.Shape[^1])..((row + 1) * x.Shape[^1])];

    private static double Length(double[] vector) => Math.Sqrt(Dot(vector, vector));

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[] Unit(double[] vector)
    {
        var length = Math.Max(Length(vector), Epsilon);
        return [.. vector.Select(value => value / length)];
    }
}
