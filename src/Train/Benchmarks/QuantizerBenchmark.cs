using System.Text.Json.Serialization;
using IlgpuVq.Models.Data;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Benchmarks;

/// <summary>How a model with one of the quantizers does after its training.</summary>
/// <remarks>Null are all figures of one that failed.</remarks>
/// <param name="Kind">The variant's name.</param>
/// <param name="Options">What chooses it.</param>
/// <param name="Run">The run's folder.</param>
/// <param name="Steps">Training steps.</param>
/// <param name="Nmse">Squared error on the split, divided by the variance of the training data.</param>
/// <param name="Perplexity">Of the codes of all images; the mean of grids and levels.</param>
/// <param name="CodesUsed">Codes of all grids and levels that some image uses.</param>
/// <param name="Codes">Codes of all grids and levels.</param>
/// <param name="DeadCodes">Those that no image uses.</param>
/// <param name="BitsPerImage">What the indices of an image take when all codes are equally likely.</param>
/// <param name="ImagesPerS">Images per second of training.</param>
/// <param name="Problem">Why it failed; null where it did not.</param>
internal sealed record QuantizerBenchmarkRow(
    string Kind, string Options, string Run, long? Steps = null, double? Nmse = null, double? Perplexity = null,
    int? CodesUsed = null, int? Codes = null, int? DeadCodes = null, double? BitsPerImage = null, double? ImagesPerS = null,
    string? Problem = null);

/// <summary>Trains one model with quantizer after quantizer and measures each on images that it was not trained on.</summary>
/// <param name="device">Where.</param>
/// <param name="config">Of all runs, but for the quantizer and with the data's figures.</param>
/// <param name="train">The images to train on.</param>
/// <param name="test">The images to measure on.</param>
/// <param name="output">The folder that gets a run of each.</param>
internal sealed class QuantizerBenchmark(
    Device device, RunConfig config, ImageDataSet train, ImageDataSet test, string output)
{
    private const int EvaluatedAtOnce = 100;

    /// <summary>Images that each is measured on.</summary>
    public int Measured => test.Count;

    /// <summary>The folder of a variant's run.</summary>
    public static string PathOf(string output, QuantizerVariant variant) => Path.Combine(output, variant.Name);

    /// <summary>Trains and measures one of them; what goes wrong is the row's problem.</summary>
    /// <param name="variant">The quantizer.</param>
    /// <param name="show">Runs a training and shows it.</param>
    /// <param name="follow">Measures, and shows how many images are measured.</param>
    /// <param name="describe">Makes a line of what went wrong.</param>
    /// <param name="stop">Ends training early.</param>
    public QuantizerBenchmarkRow Run(
        QuantizerVariant variant, Action<TrainingCourse, Action<TrainingReport>> show,
        Func<Func<Action<long>, EvaluationResult>, EvaluationResult> follow, Func<Exception, string> describe,
        CancellationToken stop)
    {
        var path = PathOf(output, variant);
        var row = new QuantizerBenchmarkRow(variant.Name, variant.Options, path);
        try
        {
            var own = (variant.Apply(config) with { Id = Guid.NewGuid().ToString("N") }).WithScheduleOverRun();
            own.CheckAll();
            var (steps, seconds) = Train(own, path, show, stop);
            using var trained = TrainedModel.Load(device, path, CheckpointStore.LatestName, _ => { });
            var result = follow(advance => Evaluation.Run(trained, test, EvaluatedAtOnce, advance: advance));
            return WithFigures(row, result) with
            {
                Steps = steps,
                ImagesPerS = steps * own.Run.ImagesPerStep / seconds,
            };
        }
        catch (Exception exception)
        {
            // The others are to come all the same, whatever it is.
            return row with { Problem = describe(exception).ReplaceLineEndings(" ") };
        }
    }

    private (long Steps, double Seconds) Train(
        RunConfig own, string path, Action<TrainingCourse, Action<TrainingReport>> show, CancellationToken stop)
    {
        StepMemory.Of(own).CheckFits(device);
        using var folder = RunFolder.OpenForWriting(path);
        var checkpoints = folder.OpenCheckpoints(own.Run.Keep);
        using var state = new TrainingState(device, own);
        folder.WriteConfig(own);
        using var metrics = MetricsLog.Create(folder.MetricsPath);
        var isLikeTrain = (test.Height, test.Width) == (train.Height, train.Width);
        var files = new TrainingFiles(folder, checkpoints, metrics, train, isLikeTrain ? test : train);
        show(
            new TrainingCourse(0, own.Run.Steps, (double)own.Run.ImagesPerStep / train.Count),
            report => new Trainer(state, own, files, report).Run(stop));
        return (state.Step, state.Seconds);
    }

    private static QuantizerBenchmarkRow WithFigures(QuantizerBenchmarkRow row, EvaluationResult result)
    {
        var (used, dead) = (result.Grids.Sum(grid => grid.CodesUsed), result.Grids.Sum(grid => grid.DeadCodes));
        return row with
        {
            Nmse = result.Nmse,
            Perplexity = result.Grids.Average(grid => grid.Perplexity),
            CodesUsed = used,
            Codes = used + dead,
            DeadCodes = dead,
            BitsPerImage = result.Grids.Sum(grid => grid.BitsPerImage),
        };
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(IReadOnlyList<QuantizerBenchmarkRow>))]
internal sealed partial class QuantizerBenchmarkJson : JsonSerializerContext;
