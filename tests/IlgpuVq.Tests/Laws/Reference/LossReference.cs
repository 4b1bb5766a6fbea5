namespace IlgpuVq.Tests.Laws.Reference;

/// <summary>Softmax over the last axis and the losses.</summary>
internal static class LossReference
{
    public static DoubleTensor Softmax(DoubleTensor x) => LogSoftmax(x).Map(Math.Exp);

    /// <summary>The softmax of the first elements of each row, i + 1 + diagonal of them, and zeros.</summary>
    public static DoubleTensor CausalSoftmax(DoubleTensor x, int diagonal)
    {
        var (y, queries, width) = (DoubleTensor.Zeros(x.Shape), x.Shape[^2], x.Shape[^1]);
        for (var row = 0; row * width < x.Values.Length; row++)
        {
            if (Math.Clamp(row % queries + 1 + diagonal, 0, width) is > 0 and var seen)
            {
                var start = row * width;
                Softmax(new DoubleTensor([seen], x.Values[start..(start + seen)])).Values.CopyTo(y.Values, start);
            }
        }

        return y;
    }

    public static DoubleTensor LogSoftmax(DoubleTensor x)
    {
        var y = DoubleTensor.Zeros(x.Shape);
        var width = x.Shape[^1];
        for (var start = 0; start < x.Values.Length; start += width)
        {
            var row = x.Values[start..(start + width)];
            var max = row.Max();
            var logSum = max + Math.Log(row.Sum(value => Math.Exp(value - max)));
            for (var i = 0; i < width; i++)
            {
                y.Values[start + i] = row.Any(double.IsNaN) ? double.NaN : row[i] - logSum;
            }
        }

        return y;
    }

    /// <summary>The mean over rows of −log softmax(logits)[n, targets[n]].</summary>
    public static DoubleTensor CrossEntropy(DoubleTensor logits, int[] targets)
    {
        var logProbabilities = LogSoftmax(logits);
        return Mean(targets.Select((target, n) => -logProbabilities[n, target]));
    }

    public static DoubleTensor MeanSquaredError(DoubleTensor x, DoubleTensor target) =>
        Mean(x.Values.Zip(target.Values, (a, b) => (a - b) * (a - b)));

    public static DoubleTensor MeanAbsoluteError(DoubleTensor x, DoubleTensor target) =>
        Mean(x.Values.Zip(target.Values, (a, b) => Math.Abs(a - b)));

    /// <summary>NaN of nothing.</summary>
    private static DoubleTensor Mean(IEnumerable<double> terms)
    {
        var array = terms.ToArray();
        return new DoubleTensor([], [array.Sum() / array.Length]);
    }
}
