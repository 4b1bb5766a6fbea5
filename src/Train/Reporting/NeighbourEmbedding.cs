using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using IlgpuVq.Tensors;

namespace IlgpuVq.Train.Reporting;

/// <summary>Rows on a plane whose neighbours there are their neighbours among the rows (t-SNE).</summary>
/// <remarks>
/// <para>p(j|i) = exp(−βᵢ‖xᵢ − xⱼ‖²) / Σₖ exp(−βᵢ‖xᵢ − xₖ‖²) over k ≠ i, with the βᵢ at which the entropy −Σⱼ p ln p is that of
/// the perplexity; p(i, j) = (p(j|i) + p(i|j)) / 2N. On the plane, q(i, j) = w(i, j) / Z with w = 1 / (1 + ‖yᵢ − yⱼ‖²) and Z the
/// sum of all w. What falls is Σ p ln(p/q), along dyᵢ = 4 Σⱼ (p − q) w (yᵢ − yⱼ).</para>
/// <para>Only who is near whom has a meaning: not the axes, not the sizes of gaps.</para>
/// <para>The same rows and seed give the same places on one machine, whatever its threads and vectors. The cost is that of
/// N² pairs in each of 1000 rounds.</para>
/// <para>Source: van der Maaten, Hinton, "Visualizing data using t-SNE", JMLR 9 (2008), equations 1 to 5 and section 3.4. The
/// start is that of Kobak, Berens, Nature Communications 10:5416 (2019), and the exaggeration by 12 for 250 rounds that of
/// Belkina et al., Nature Communications 10:5415 (2019); the learning rate is half the first paper's in return.</para>
/// </remarks>
/// <param name="X">Of each row; NaN for one that is not finite.</param>
/// <param name="Y">The same.</param>
internal sealed record NeighbourEmbedding(double[] X, double[] Y)
{
    /// <summary>The perplexity, less where there are fewer than 91 rows.</summary>
    public const double Perplexity = 30;

    private const int Rounds = 1000, ExaggeratedRounds = 250;
    private const double Exaggeration = 12, Rate = 50, EarlyMomentum = 0.5, Momentum = 0.8;
    private const double MoreGain = 0.2, LessGain = 0.8, LeastGain = 0.01;
    private const double StartSize = 1e-4, StartNoise = 1e-5;

    // A β is found by halving what is left: more digits move no point that could be seen.
    private const int MostHalvings = 64;
    private const double EntropyTolerance = 1e-5;

    // Rows are filled up to whole vectors with what is too far away to count, and has finite squares.
    private const double FarAway = 1e150;
    private static readonly int Lanes = Vector256<double>.Count;

    /// <summary>Places rows (N, D).</summary>
    /// <param name="rows">(N, D).</param>
    /// <param name="width">D.</param>
    /// <param name="start">The same rows by their principal components, where they begin; fewer than four rows end there
    /// too.</param>
    /// <param name="seed">Of the little that rows begin apart, without which equal ones could not part.</param>
    public static NeighbourEmbedding Of(ReadOnlySpan<float> rows, int width, PrincipalComponents start, ulong seed)
    {
        int[] finite = [.. Enumerable.Range(0, start.X.Length).Where(n => double.IsFinite(start.X[n]))];
        if (finite.Length < 4)
        {
            return new NeighbourEmbedding(start.X, start.Y);
        }

        var points = new double[finite.Length][];
        for (var n = 0; n < finite.Length; n++)
        {
            points[n] = [.. rows.Slice(finite[n] * width, width).ToArray().Select(value => (double)value)];
        }

        var plane = new Plane(finite.Length);
        var scale = StartSize / Math.Max(double.Epsilon, Math.Sqrt(finite.Average(n => start.X[n] * start.X[n])));
        for (var n = 0; n < finite.Length; n++)
        {
            var (a, b, _, _) = Philox.Block(seed, stream: 0, (ulong)n);
            plane.X[n] = (double.IsFinite(scale) ? scale * start.X[finite[n]] : 0) + (StartNoise * (Philox.ToUniform(a) - 0.5));
            plane.Y[n] = (double.IsFinite(scale) ? scale * start.Y[finite[n]] : 0) + (StartNoise * (Philox.ToUniform(b) - 0.5));
        }

        Descend(Affinities(points), plane);
        var (x, y) = ((double[])start.X.Clone(), (double[])start.Y.Clone());
        for (var n = 0; n < finite.Length; n++)
        {
            (x[finite[n]], y[finite[n]]) = (plane.X[n], plane.Y[n]);
        }

        return new NeighbourEmbedding(x, y);
    }

    /// <summary>p(i, j) of rows, each filled up to whole vectors with zeros.</summary>
    internal static double[][] Affinities(double[][] points)
    {
        var n = points.Length;
        var p = SquaredDistances(points);
        var entropy = Math.Log(Math.Clamp((n - 1) / 3.0, 1, Perplexity));
        Parallel.For(0, n, i => ToNeighbours(p[i], entropy));
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                p[i][j] = p[j][i] = (p[i][j] + p[j][i]) / (2 * n);
            }
        }

        return p;
    }

    /// <summary>The gradient of the places, with the p times a factor.</summary>
    internal static void Gradient(double[][] p, Plane at, double factor, double[] dX, double[] dY)
    {
        var n = p.Length;
        var (sums, pushX, pushY) = (new double[n], new double[n], new double[n]);
        Parallel.For(0, n, i =>
        {
            var xs = Vectors(at.X);
            var ys = Vectors(at.Y);
            var ps = Vectors(p[i]);
            var (x, y) = (Vector256.Create(at.X[i]), Vector256.Create(at.Y[i]));
            var (sum, pullX, pullY) = (Vector256<double>.Zero, Vector256<double>.Zero, Vector256<double>.Zero);
            var (apartX, apartY) = (Vector256<double>.Zero, Vector256<double>.Zero);
            for (var j = 0; j < ps.Length; j++)
            {
                var (toX, toY) = (x - xs[j], y - ys[j]);
                var w = Vector256<double>.One / (Vector256<double>.One + (toX * toX) + (toY * toY));
                var pull = ps[j] * w;
                var apart = w * w;
                sum += w;
                (pullX, pullY) = (pullX + (pull * toX), pullY + (pull * toY));
                (apartX, apartY) = (apartX + (apart * toX), apartY + (apart * toY));
            }

            sums[i] = Vector256.Sum(sum) - 1; // w(i, i)
            (dX[i], dY[i]) = (Vector256.Sum(pullX), Vector256.Sum(pullY));
            (pushX[i], pushY[i]) = (Vector256.Sum(apartX), Vector256.Sum(apartY));
        });
        var z = sums.Sum();
        for (var i = 0; i < n; i++)
        {
            dX[i] = 4 * ((factor * dX[i]) - (pushX[i] / z));
            dY[i] = 4 * ((factor * dY[i]) - (pushY[i] / z));
        }
    }

    private static void Descend(double[][] p, Plane plane)
    {
        var n = p.Length;
        var (dX, dY) = (new double[n], new double[n]);
        var (moveX, moveY, gainX, gainY) = (new double[n], new double[n], new double[n], new double[n]);
        Array.Fill(gainX, 1);
        Array.Fill(gainY, 1);
        for (var round = 0; round < Rounds; round++)
        {
            var (factor, momentum) = round < ExaggeratedRounds ? (Exaggeration, EarlyMomentum) : (1, Momentum);
            Gradient(p, plane, factor, dX, dY);
            for (var i = 0; i < n; i++)
            {
                Move(ref plane.X[i], ref moveX[i], ref gainX[i], dX[i], momentum);
                Move(ref plane.Y[i], ref moveY[i], ref gainY[i], dY[i], momentum);
            }
        }
    }

    /// <summary>One number's step: faster where it goes on as before, slower where it turns.</summary>
    private static void Move(ref double place, ref double move, ref double gain, double gradient, double momentum)
    {
        gain = gradient > 0 == move > 0 ? Math.Max(LeastGain, LessGain * gain) : gain + MoreGain;
        move = (momentum * move) - (Rate * gain * gradient);
        place += move;
    }

    /// <summary>‖xᵢ − xⱼ‖² over their mean, so that no scale of the rows matters; a row to itself and beyond the last is far
    /// away.</summary>
    private static double[][] SquaredDistances(double[][] points)
    {
        var n = points.Length;
        var distances = new double[n][];
        var sums = new double[n];
        Parallel.For(0, n, i =>
        {
            var row = distances[i] = new double[Plane.LengthOf(n)];
            Array.Fill(row, FarAway);
            for (var j = 0; j < n; j++)
            {
                var sum = 0.0;
                for (var d = 0; d < points[i].Length; d++)
                {
                    var difference = points[i][d] - points[j][d];
                    sum += difference * difference;
                }

                row[j] = i == j ? FarAway : sum;
                sums[i] += sum;
            }
        });
        var mean = sums.Sum() / ((double)n * (n - 1));
        foreach (var row in mean > 0 ? distances : [])
        {
            for (var j = 0; j < n; j++)
            {
                row[j] /= mean;
            }
        }

        return distances;
    }

    /// <summary>Makes p(j|i) of the squared distances of a row i.</summary>
    private static void ToNeighbours(double[] distances, double entropy)
    {
        var nearest = distances.Min();
        var vectors = Vectors(distances);
        foreach (ref var vector in vectors)
        {
            vector -= Vector256.Create(nearest);
        }

        var (beta, low, high, total) = (1.0, 0.0, double.PositiveInfinity, 1.0);
        for (var halving = 0; halving < MostHalvings; halving++)
        {
            var (sum, weighted) = (Vector256<double>.Zero, Vector256<double>.Zero);
            foreach (var distance in vectors)
            {
                var e = Vector256.Exp(distance * -beta);
                (sum, weighted) = (sum + e, weighted + (e * distance));
            }

            total = Vector256.Sum(sum);
            var own = Math.Log(total) + (beta * Vector256.Sum(weighted) / total);
            if (Math.Abs(own - entropy) < EntropyTolerance || halving == MostHalvings - 1)
            {
                break;
            }

            (low, high) = own > entropy ? (beta, high) : (low, beta);
            beta = double.IsInfinity(high) ? 2 * low : (low + high) / 2;
        }

        foreach (ref var vector in vectors)
        {
            vector = Vector256.Exp(vector * -beta) / total;
        }
    }

    private static Span<Vector256<double>> Vectors(double[] numbers) =>
        MemoryMarshal.Cast<double, Vector256<double>>(numbers.AsSpan());

    /// <summary>Places, filled up to whole vectors.</summary>
    internal sealed class Plane
    {
        public Plane(int count)
        {
            (X, Y) = (new double[LengthOf(count)], new double[LengthOf(count)]);
            X.AsSpan(count).Fill(FarAway);
            Y.AsSpan(count).Fill(FarAway);
        }

        public double[] X { get; }

        public double[] Y { get; }

        public static int LengthOf(int count) => (count + Lanes - 1) / Lanes * Lanes;
    }
}
