using IlgpuVq.Tensors;

namespace IlgpuVq.Tests.Laws.Reference;

/// <summary>Functions of one element, and of two with broadcasting.</summary>
internal static class ElementwiseReference
{
    public static double Relu(double x) => x < 0 ? 0 : x;

    public static double LeakyRelu(double x, double slope) => x < 0 ? slope * x : x;

    public static double Elu(double x, double alpha) => x < 0 ? alpha * (Math.Exp(x) - 1) : x;

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    public static double Silu(double x) => x * Sigmoid(x);

    /// <summary>x·Φ(x), Φ the normal distribution function.</summary>
    public static double Gelu(double x) => x * 0.5 * (1 + Erf(x / Math.Sqrt(2)));

    /// <summary>Φ(x) = (1 + erf(x/√2)) / 2.</summary>
    public static double NormalCdf(double x) => 0.5 * (1 + Erf(x / Math.Sqrt(2)));

    public static double LaplaceCdf(double x) => x < 0 ? Math.Exp(x) / 2 : 1 - Math.Exp(-x) / 2;

    public static double CauchyCdf(double x) => 0.5 + Math.Atan(x) / Math.PI;

    /// <summary>ln(1 + eˣ), written so that large x does not overflow.</summary>
    public static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    public static double Clamp(double x, double min, double max) => x < min ? min : x > max ? max : x;

    public static double Sign(double x) => double.IsNaN(x) ? x : Math.Sign(x);

    /// <summary>xᵖ; NaN where x is below 0, −∞ too, and p no whole number.</summary>
    public static double Power(double x, double p) => x < 0 && p % 1 != 0 ? double.NaN : Math.Pow(x, p);

    /// <summary>2/√π · e^(−x²) · Σₙ 2ⁿ·x²ⁿ⁺¹ / (1·3·…·(2n+1)) (Abramowitz and Stegun 7.1.6): no two terms cancel.</summary>
    public static double Erf(double x)
    {
        if (Math.Abs(x) > 6)
        {
            return Math.Sign(x);
        }

        var (sum, term) = (0.0, x);
        for (var n = 0; n < 200; n++)
        {
            sum += term;
            term *= 2 * x * x / (2 * n + 3);
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    /// <summary>f(a, b) over the common shape: aligned at the last axis, axes of length 1 repeat.</summary>
    public static DoubleTensor Zip(DoubleTensor a, DoubleTensor b, Func<double, double, double> function) =>
        DoubleTensor.Build(CommonShape(a.Shape, b.Shape), at => function(Stretched(a, at), Stretched(b, at)));

    public static Shape CommonShape(Shape a, Shape b)
    {
        var rank = Math.Max(a.Rank, b.Rank);
        var lengths = new int[rank];
        for (var axis = 0; axis < rank; axis++)
        {
            var lengthA = axis < rank - a.Rank ? 1 : a[axis - (rank - a.Rank)];
            var lengthB = axis < rank - b.Rank ? 1 : b[axis - (rank - b.Rank)];
            lengths[axis] = lengthA == 1 ? lengthB : lengthA;
        }

        return Shape.Create(lengths);
    }

    private static double Stretched(DoubleTensor x, int[] at)
    {
        var own = new int[x.Shape.Rank];
        for (var axis = 0; axis < own.Length; axis++)
        {
            own[axis] = x.Shape[axis] == 1 ? 0 : at[at.Length - own.Length + axis];
        }

        return x[own];
    }
}
