using System.Diagnostics;
using System.Globalization;
using IlgpuVq.Models.Priors;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary>What was typed for <c>sample</c>, whatever its picture shows.</summary>
/// <param name="Console">Where its bar is.</param>
/// <param name="Trained">The prior.</param>
/// <param name="Options">How an index is drawn.</param>
/// <param name="Count">How many; null for as many as make a picture.</param>
/// <param name="Class">Of all images; null for none or all.</param>
internal sealed record SampleSettings(IAnsiConsole Console, TrainedPrior Trained, SamplingOptions Options, int? Count, int? Class)
{
    private double seconds;

    /// <summary>Draws, and shows how far it is.</summary>
    public T Draw<T>(PriorDrawing drawing, Func<PriorDrawing, T> draw)
    {
        var start = Stopwatch.GetTimestamp();
        var drawn = WorkProgress.Show(Console, "%", 100, advance => draw(drawing with
        {
            Options = Options,
            Progress = (done, all) => advance(100 * done / all),
        }));
        seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return drawn;
    }

    /// <inheritdoc cref="Draw{T}"/>
    public PriorSamples Draw(PriorDrawing drawing) => Draw(
        drawing, all => PriorSamples.Draw(Trained.Prior, Trained.Trained.Model, Trained.Size, all));

    /// <summary>So many images, and how many a second were drawn.</summary>
    public string Speed(int count) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} images, {count / seconds:0.##} a second");

    /// <summary>The class of each of so many: the one that was typed, or all in turn; null for a prior that knows none.</summary>
    public int[]? LabelsOf(int count) => Trained.Prior.Classes == 0 ? null
        : Class is { } label ? [.. Enumerable.Repeat(label, count)]
        : PriorSamples.InTurn(Trained.Prior.Classes, count);

    /// <exception cref="RunException">A picture shows fewer.</exception>
    public void CheckCount(int count, int most)
    {
        if (count > most)
        {
            throw new RunException(
                "--count",
                $"at most {most}, as many images of {Trained.Size.Width}×{Trained.Size.Height} as a picture shows so",
                $"{count}", "Draw them in several pictures, with another --seed each.");
        }
    }
}
