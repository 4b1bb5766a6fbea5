using IlgpuVq.Train.TensorBoard.Messages;

namespace IlgpuVq.Train.TensorBoard;

/// <summary>Histograms as TensorBoard draws them.</summary>
internal static class EventHistogram
{
    private const int MostBuckets = 512;
    private const int BucketsOfNumbers = 64;

    /// <summary>Of the whole numbers 0, 1, 2, …, each as often as its count says; of more than 512 of them, neighbours share a
    /// bucket.</summary>
    public static Histogram OfCounts(IReadOnlyList<float> counts)
    {
        var histogram = new Histogram { Max = counts.Count - 1 };
        var perBucket = (counts.Count + MostBuckets - 1) / MostBuckets;
        for (var first = 0; first < counts.Count; first += perBucket)
        {
            var (end, bucket) = (Math.Min(first + perBucket, counts.Count), 0.0);
            for (var i = first; i < end; i++)
            {
                bucket += counts[i];
                histogram.Num += counts[i];
                histogram.Sum += (double)i * counts[i];
                histogram.SumSquares += (double)i * i * counts[i];
            }

            histogram.BucketLimit.Add(end - 0.5);
            histogram.Bucket.Add(bucket);
        }

        return histogram;
    }

    /// <summary>Of numbers, in 64 buckets as wide as each other; those that are not finite are left out.</summary>
    public static Histogram OfNumbers(IReadOnlyList<float> numbers)
    {
        var histogram = new Histogram { Min = double.PositiveInfinity, Max = double.NegativeInfinity };
        foreach (var number in numbers)
        {
            if (float.IsFinite(number))
            {
                histogram.Min = Math.Min(histogram.Min, number);
                histogram.Max = Math.Max(histogram.Max, number);
                histogram.Num++;
                histogram.Sum += number;
                histogram.SumSquares += (double)number * number;
            }
        }

        if (histogram.Num == 0)
        {
            return new Histogram { BucketLimit = { 0 }, Bucket = { 0 } };
        }

        var buckets = new double[histogram.Max > histogram.Min ? BucketsOfNumbers : 1];
        var width = (histogram.Max - histogram.Min) / buckets.Length;
        foreach (var number in numbers)
        {
            if (float.IsFinite(number))
            {
                buckets[width > 0 ? Math.Min((int)((number - histogram.Min) / width), buckets.Length - 1) : 0]++;
            }
        }

        histogram.BucketLimit.Add(buckets.Select((_, i) => i == buckets.Length - 1
            ? histogram.Max
            : histogram.Min + ((i + 1) * width)));
        histogram.Bucket.Add(buckets);
        return histogram;
    }
}
