using System.Globalization;
using IlgpuVq.Models;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Train.Training;

/// <summary>Tells of a run that goes on past the end of its learning rate's schedule, as one does that is given more steps than
/// the schedule was made for: cosine and power stay at their last value, 0 unless told otherwise, and a cycle begins
/// again.</summary>
internal static class ScheduleWarning
{
    /// <param name="config">The run's.</param>
    /// <param name="done">Steps done before.</param>
    /// <returns>A sentence for the start of training; null where nothing is to be said.</returns>
    public static string? For(RunConfig config, long done)
    {
        var (optimizer, steps) = (config.WithScheduleOverRun().Optimizer, config.Run.Steps);
        if (optimizer.Schedule.LastStep() is not { } last || last >= steps || done >= steps)
        {
            return null;
        }

        var rate = optimizer.LearningRateAt(last + 1).ToString("G3", CultureInfo.InvariantCulture);
        var then = optimizer.Schedule is CycleSchedule
            ? $"begins again with step {last + 1}, at a learning rate of {rate}"
            : $"leaves a learning rate of {rate} from step {last + 1} on";
        return $"schedule {ScheduleKinds.All.NameOf(optimizer.Schedule)} ends with step {last} of {steps} and {then}. "
            + $"To spread it over all steps add --schedule-steps {steps}.";
    }
}
