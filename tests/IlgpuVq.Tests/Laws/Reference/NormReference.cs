namespace IlgpuVq.Tests.Laws.Reference;

/// <summary>Normalisations: (x − mean) / √(variance + ε) · weight + bias, with the biased variance.</summary>
internal static class NormReference
{
    /// <summary>Statistics per channel over batch and pixels; axis 1 is the channel.</summary>
    public static DoubleTensor BatchNorm(DoubleTensor x, DoubleTensor? weight, DoubleTensor? bias, double epsilon) =>
        Normalise(x, at => at[1], weight, bias, epsilon);

    /// <summary>Statistics per image and group of channels.</summary>
    public static DoubleTensor GroupNorm(DoubleTensor x, DoubleTensor? weight, DoubleTensor? bias, int groups, double epsilon) =>
        Normalise(x, at => at[0] * groups + at[1] / (x.Shape[1] / groups), weight, bias, epsilon);

    /// <summary>Statistics per image and channel.</summary>
    public static DoubleTensor InstanceNorm(DoubleTensor x, DoubleTensor? weight, DoubleTensor? bias, double epsilon) =>
        Normalise(x, at => at[0] * x.Shape[1] + at[1], weight, bias, epsilon);

    /// <summary>Statistics per row of the last axes, which also index weight and bias.</summary>
    public static DoubleTensor LayerNorm(DoubleTensor x, DoubleTensor? weight, DoubleTensor? bias, double epsilon, int axes)
    {
        var width = x.Shape.Skip(x.Shape.Rank - axes).Aggregate(1, (product, length) => product * length);
        var rows = new DoubleTensor([x.Shape.Size / width, width], x.Values);
        return new DoubleTensor(x.Shape, Normalise(rows, at => at[0], Row(weight), Row(bias), epsilon).Values);

        DoubleTensor? Row(DoubleTensor? vector) => vector is null ? null : new DoubleTensor([width], vector.Values);
    }

    /// <summary>(x − mean[c]) · rstd[c] · weight[c] + bias[c].</summary>
    public static DoubleTensor WithStatistics(
        DoubleTensor x, DoubleTensor mean, DoubleTensor rstd, DoubleTensor? weight, DoubleTensor? bias) => DoubleTensor.Build(
        x.Shape, at => (x[at] - mean[at[1]]) * rstd[at[1]] * (weight?[at[1]] ?? 1) + (bias?[at[1]] ?? 0));

    private static DoubleTensor Normalise(
        DoubleTensor x, Func<int[], int> groupOf, DoubleTensor? weight, DoubleTensor? bias, double epsilon)
    {
        var statistics = DoubleTensor.Indices(x.Shape).GroupBy(groupOf, at => x[at]).ToDictionary(group => group.Key, group =>
        {
            var mean = group.Average();
            return (Mean: mean, Variance: group.Average(value => (value - mean) * (value - mean)));
        });
        return DoubleTensor.Build(x.Shape, at =>
        {
            var (mean, variance) = statistics[groupOf(at)];
            return (x[at] - mean) / Math.Sqrt(variance + epsilon) * (weight?[at[1]] ?? 1) + (bias?[at[1]] ?? 0);
        });
    }
}
