using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Train.Training;

/// <summary>Which learning rates are tried.</summary>
internal sealed record RateSearchOptions
{
    /// <summary>That of the first step.</summary>
    [Option("learning rate of the first step")]
    public double From { get; init; } = 1e-7;

    /// <summary>That of the last.</summary>
    [Option("learning rate of the last step")]
    public double To { get; init; } = 1;

    /// <exception cref="OptionException">A rate is none, or the last is not above the first.</exception>
    public void Validate()
    {
        Check.That("from", "a finite number above 0", From, From > 0 && (float)From > 0);
        Check.That("to", "a finite number above that of the first step", To, To > From && float.IsFinite((float)To));
    }
}

/// <summary>A step of a search.</summary>
/// <param name="Step">Which, from 1.</param>
/// <param name="Rate">Its learning rate.</param>
/// <param name="Loss">Its loss.</param>
internal readonly record struct RatePoint(long Step, double Rate, double Loss);

/// <summary>Trains a little with a rate that rises from step to step by one factor, to see where the loss falls and where it
/// breaks out.</summary>
/// <remarks>Source: Smith, "Cyclical learning rates for training neural networks" (arXiv:1506.01186, section 3.3), there with a
/// rate that rises linearly.</remarks>
internal static class RateSearch
{
    /// <summary>Of fewer steps no slope is told.</summary>
    public const int LeastSteps = 20;

    /// <summary>The config that is trained with: its schedule is the rise.</summary>
    public static RunConfig ConfigOf(RunConfig config, RateSearchOptions options) => config with
    {
        Optimizer = config.Optimizer with
        {
            LearningRate = options.From,
            Schedule = new Rise(options.To / options.From, config.Run.Steps),
            WeightEma = 0,
        },
    };

    /// <summary>Trains until the last step, or until the loss is out of hand or no number.</summary>
    /// <param name="state">Of a config of <see cref="ConfigOf"/>.</param>
    /// <param name="config">That.</param>
    /// <param name="train">The images.</param>
    /// <param name="advance">Told the steps that are done.</param>
    /// <param name="stop">Ends it early.</param>
    public static IReadOnlyList<RatePoint> Run(
        TrainingState state, RunConfig config, ImageDataSet train, Action<long> advance, CancellationToken stop)
    {
        using var loader = new BatchLoader(train, config.Run.ImagesPerStep, config.Run.Seed);
        using var step = new TrainingStep(state);
        var points = new List<RatePoint>();
        var bounds = new LossBounds();
        while (state.Step < config.Run.Steps && !stop.IsCancellationRequested)
        {
            advance(state.Step);
            step.Run(loader.Next().Images);
            var loss = state.Sums.Take().Figures[MetricNames.Loss];
            if (bounds.IsLeftBy(loss))
            {
                break;
            }

            points.Add(new RatePoint(state.Step, config.Optimizer.LearningRateAt(state.Step), loss));
        }

        return points;
    }

    /// <summary>Ratioᵖ when the part p of the steps is done.</summary>
    private sealed record Rise(double Ratio, long Steps) : ScheduleOptions
    {
        protected override double Factor(long step) => Math.Pow(Ratio, (step - 1.0) / (Steps - 1));
    }
}

/// <summary>Tells when losses are out of hand, by the least of their running means.</summary>
internal sealed class LossBounds
{
    /// <summary>A running mean is out of hand at so many times the least.</summary>
    private const double MostOfMeans = 4;

    /// <summary>A single loss is, at so many times that: a smoothed curve would fall behind it for no other reason.</summary>
    private const double MostOfLosses = 10;

    /// <summary>Decay of the running mean.</summary>
    private const double Decay = 0.9;

    private double running, weight, least = double.PositiveInfinity;

    /// <summary>Takes the next loss.</summary>
    public bool IsLeftBy(double loss)
    {
        var isBurst = least > 0 && loss > MostOfLosses * least;
        running += (1 - Decay) * (loss - running);
        weight += (1 - Decay) * (1 - weight); // without the 0 that it begins with
        var mean = running / weight;
        least = Math.Min(least, mean);
        return !double.IsFinite(loss) || isBurst || (least > 0 && mean > MostOfMeans * least);
    }
}

/// <summary>Loss over learning rate, smoothed, and what it suggests.</summary>
/// <remarks>At each step, the line of least squares through the losses of the steps around it, one in twenty of all on either
/// side: its value there is the smoothed loss, and its slope over ln(rate) how fast the loss falls. The steepest fall before the
/// least smoothed loss is the suggestion.</remarks>
internal sealed class RateCurve
{
    private const int StepsPerReach = 20;

    private readonly double[] slopes;

    public RateCurve(IReadOnlyList<RatePoint> points)
    {
        Points = points;
        var reach = Math.Max(2, points.Count / StepsPerReach);
        var lines = Enumerable.Range(0, points.Count).Select(i => LineAt(i, reach)).ToArray();
        Smoothed = Array.ConvertAll(lines, line => line.Value);
        slopes = Array.ConvertAll(lines, line => line.Slope);
        Least = Enumerable.Range(0, points.Count).MinBy(i => Smoothed[i]);
    }

    public IReadOnlyList<RatePoint> Points { get; }

    /// <summary>The smoothed loss of each point.</summary>
    public IReadOnlyList<double> Smoothed { get; }

    /// <summary>The point of the least smoothed loss.</summary>
    public int Least { get; }

    /// <summary>The point of the steepest fall before that; null where the loss does not fall.</summary>
    public int? Steepest
    {
        get
        {
            if (Least == 0)
            {
                return null;
            }

            var point = Enumerable.Range(0, Least).MinBy(i => slopes[i]);
            return slopes[point] < 0 ? point : null;
        }
    }

    /// <summary>The line through the points around one, over ln(rate), which rises evenly: its value there, and its
    /// slope.</summary>
    private (double Value, double Slope) LineAt(int at, int reach)
    {
        var (first, last) = (Math.Max(0, at - reach), Math.Min(Points.Count - 1, at + reach));
        var around = Enumerable.Range(first, last - first + 1).Select(i => Points[i]).ToArray();
        var (meanX, meanY) = (around.Average(point => Math.Log(point.Rate)), around.Average(point => point.Loss));
        var squares = around.Sum(point => (Math.Log(point.Rate) - meanX) * (Math.Log(point.Rate) - meanX));
        var slope = squares > 0
            ? around.Sum(point => (Math.Log(point.Rate) - meanX) * (point.Loss - meanY)) / squares
            : 0;
        return (meanY + (slope * (Math.Log(Points[at].Rate) - meanX)), slope);
    }
}
