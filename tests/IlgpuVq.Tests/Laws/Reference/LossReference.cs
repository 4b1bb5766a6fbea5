namespace IlgpuVq.Tests.Laws.Reference;

/// <summary>Softmax over the last axis and the losses.</summary>
internal static class LossReference
{
    public static DoubleTensor Softmax(DoubleTensor x) => LogSoftmax(x).Map(Math.Exp);

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
