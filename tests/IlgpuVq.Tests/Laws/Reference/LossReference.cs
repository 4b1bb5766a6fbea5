using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Tests.Laws.Reference;

/// <summary>Softmax and the losses.</summary>
internal static class LossReference
{
    public static DoubleTensor Softmax(DoubleTensor x, int axis) => LogSoftmax(x, axis).Map(Math.Exp);

    /// <summary>The softmax of the first elements of each row, i + 1 + diagonal of them, and zeros.</summary>
    public static DoubleTensor CausalSoftmax(DoubleTensor x, int diagonal)
    {
        var (y, queries, width) = (DoubleTensor.Zeros(x.Shape), x.Shape[^2], x.Shape[^1]);
        for (var row = 0; row * width < x.Values.Length; row++)
        {
            if (Math.Clamp(row % queries + 1 + diagonal, 0, width) is > 0 and var seen)
            {
                var start = row * width;
                Softmax(new DoubleTensor([seen], x.Values[start..(start + seen)]), axis: 0).Values.CopyTo(y.Values, start);
            }
        }

        return y;
    }

    public static DoubleTensor LogSoftmax(DoubleTensor x, int axis) => DoubleTensor.Build(x.Shape, at =>
    {
        var line = Enumerable.Range(0, x.Shape[axis])
            .Select(k => x[[.. at.Select((index, i) => i == axis ? k : index)]]).ToArray();
        var max = line.Max();
        return line.Any(double.IsNaN) ? double.NaN : x[at] - max - Math.Log(line.Sum(value => Math.Exp(value - max)));
    });

    /// <summary>−(1 − ε)·w[t]·log p[t] − ε/K·Σₖ w[k]·log p[k] for each target t that is not ignored, p the softmax over axis 1;
    /// their mean divides by the sum of w[t].</summary>
    public static DoubleTensor CrossEntropy(
        DoubleTensor logits, DoubleTensor? weights, int[] targets, Shape shape, int? ignored, double smoothing,
        Reduction reduction)
    {
        var (log, k) = (LogSoftmax(logits, axis: 1), logits.Shape[1]);
        var pixels = targets.Length / shape[0];
        var (losses, total) = (new double[targets.Length], 0.0);
        for (var i = 0; i < targets.Length; i++)
        {
            if (targets[i] != ignored)
            {
                losses[i] = -(1 - smoothing) * Weight(targets[i]) * LogOf(i, targets[i]);
                for (var c = 0; c < k && smoothing > 0; c++)
                {
                    losses[i] -= smoothing / k * Weight(c) * LogOf(i, c);
                }

                total += Weight(targets[i]);
            }
        }

        return reduction switch
        {
            Reduction.None => new DoubleTensor(shape, losses),
            Reduction.Sum => new DoubleTensor([], [losses.Sum()]),
            _ => new DoubleTensor([], [losses.Sum() / total]),
        };

        double Weight(int c) => weights?[c] ?? 1;

        double LogOf(int i, int c) => log.Values[(i / pixels * k + c) * pixels + i % pixels];
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
