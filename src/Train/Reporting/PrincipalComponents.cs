namespace IlgpuVq.Train.Reporting;

/// <summary>Rows seen along the two directions in which they vary most (principal component analysis).</summary>
/// <param name="X">Each row along the first direction, from the mean; NaN for a row that is not finite.</param>
/// <param name="Y">The same along the second; 0 for rows of one number.</param>
/// <param name="ShareX">Of the variance, along the first direction; 0 where nothing varies.</param>
/// <param name="ShareY">Along the second.</param>
internal sealed record PrincipalComponents(double[] X, double[] Y, double ShareX, double ShareY)
{
    // Each sweep squares what lies off the diagonal once that is small: ten are enough for any matrix in double precision.
    private const int MostSweeps = 32;

    // Relative to the sum of squares of the matrix: rounding leaves no more.
    private const double OffDiagonal = 1e-28;

    /// <summary>Projects rows (N, D), in double precision.</summary>
    /// <remarks>
    /// <para>C = Σ (x − μ)(x − μ)ᵀ over the rows that are finite; the directions are its eigenvectors of the two largest
    /// eigenvalues, which divided by their sum are the shares.</para>
    /// <para>The number of largest magnitude of a direction, the first of equal ones, is positive. Of equal eigenvalues the
    /// earlier column comes first.</para>
    /// </remarks>
    /// <param name="rows">(N, D).</param>
    /// <param name="width">D.</param>
    public static PrincipalComponents Of(ReadOnlySpan<float> rows, int width)
    {
        var centred = Centre(rows, width);
        var covariance = Covariance(centred, width);
        var directions = Diagonalize(covariance);
        int[] order = [.. Enumerable.Range(0, width).OrderByDescending(i => covariance[i][i])];
        var total = Enumerable.Range(0, width).Sum(i => covariance[i][i]);
        var (x, shareX) = Along(0);
        var (y, shareY) = Along(1);
        return new PrincipalComponents(x, y, shareX, shareY);

        (double[] Places, double Share) Along(int component)
        {
            if (component >= width || !(total > 0))
            {
                return ([.. centred.Select(row => row is null ? double.NaN : 0)], 0);
            }

            var direction = directions[order[component]];
            var sign = Math.Sign(direction.MaxBy(Math.Abs));
            return ([.. centred.Select(row => row is null ? double.NaN : sign * Dot(row, direction))],
                Math.Max(0, covariance[order[component]][order[component]] / total));
        }
    }

    /// <summary>Rows without their mean; null for one that is not finite.</summary>
    private static double[]?[] Centre(ReadOnlySpan<float> rows, int width)
    {
        var centred = new double[]?[rows.Length / width];
        var (mean, count) = (new double[width], 0);
        for (var n = 0; n < centred.Length; n++)
        {
            double[] row = [.. rows.Slice(n * width, width).ToArray().Select(value => (double)value)];
            if (row.All(double.IsFinite))
            {
                (centred[n], count) = (row, count + 1);
                Add(mean, row, 1);
            }
        }

        foreach (var row in centred.OfType<double[]>())
        {
            Add(row, mean, -1.0 / count);
        }

        return centred;
    }

    /// <summary>C of centred rows.</summary>
    private static double[][] Covariance(double[]?[] rows, int width)
    {
        double[][] c = [.. Enumerable.Range(0, width).Select(_ => new double[width])];
        foreach (var row in rows.OfType<double[]>())
        {
            for (var i = 0; i < width; i++)
            {
                Add(c[i], row, row[i]);
            }
        }

        return c;
    }

    /// <summary>Jacobi's rotations: makes a symmetric matrix diagonal, its eigenvalues in place.</summary>
    /// <returns>The eigenvectors, the i-th of the i-th eigenvalue.</returns>
    private static double[][] Diagonalize(double[][] a)
    {
        double[][] vectors = [.. a.Select((row, i) => row.Select((_, j) => i == j ? 1.0 : 0).ToArray())];
        var all = a.Sum(row => Dot(row, row));
        for (var sweep = 0; sweep < MostSweeps && Rest(a) > OffDiagonal * all; sweep++)
        {
            for (var p = 0; p < a.Length; p++)
            {
                for (var q = p + 1; q < a.Length; q++)
                {
                    if (a[p][q] != 0)
                    {
                        Rotate(a, vectors, p, q);
                    }
                }
            }
        }

        return vectors;
    }

    /// <summary>a ← JᵀaJ with the rotation J of columns p and q that makes a[p, q] zero; the vectors are the rows of
    /// Jᵀ….</summary>
    private static void Rotate(double[][] a, double[][] vectors, int p, int q)
    {
        var theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        var t = (theta < 0 ? -1 : 1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        var c = 1 / Math.Sqrt(t * t + 1);
        var s = t * c;
        foreach (var row in a)
        {
            (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
        }

        Turn(a[p], a[q], c, s);
        Turn(vectors[p], vectors[q], c, s);
    }

    private static void Turn(double[] p, double[] q, double c, double s)
    {
        for (var i = 0; i < p.Length; i++)
        {
            (p[i], q[i]) = (c * p[i] - s * q[i], s * p[i] + c * q[i]);
        }
    }

    /// <summary>The sum of squares off the diagonal.</summary>
    private static double Rest(double[][] a) =>
        a.Select((row, i) => row.Where((_, j) => j != i).Sum(value => value * value)).Sum();

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    private static void Add(double[] target, double[] source, double factor)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] += factor * source[i];
        }
    }
}
