using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>From where a run goes on.</summary>
/// <param name="Which">What <see cref="CheckpointStore.Find"/> takes.</param>
/// <param name="DiscardLater">Whether the checkpoints of later steps may go.</param>
internal sealed record Resumption(string Which, bool DiscardLater)
{
    /// <summary>Loads the state of the checkpoint. A run that was stopped before its first checkpoint begins again.</summary>
    /// <exception cref="RunException">There is no such checkpoint, it is of another run or not finite, the run has passed its
    /// last step, or later checkpoints are there and may not go.</exception>
    public void Load(
        TrainingState state, RunConfig config, RunFolder folder, CheckpointStore checkpoints, Action<string> report)
    {
        if (Which == CheckpointStore.LatestName && checkpoints.List().Count == 0)
        {
            report($"{folder.Location} has no checkpoint yet: beginning with step 1");
            return;
        }

        var checkpoint = checkpoints.Find(Which, report);
        folder.CheckOwn(checkpoint, config);
        if (config.Run.Steps < checkpoint.Step)
        {
            throw new RunException(
                "--steps", $"at least {checkpoint.Step}, the step of {checkpoint.Path}", $"{config.Run.Steps}",
                "Give the steps in all, those before included, or go on from an earlier checkpoint.");
        }

        // Later ones than the latest are damaged: nothing can go on from them, so they do no harm.
        Checkpoint[] later = Which == CheckpointStore.LatestName
            ? []
            : [.. checkpoints.List().Where(other => other.Step > checkpoint.Step)];
        if (later.Length > 0 && !DiscardLater)
        {
            throw new RunException(
                "--resume", "the latest checkpoint, or --discard-later",
                $"step {checkpoint.Step}, before {CheckpointStore.Describe(later)}",
                "Add --discard-later to remove these, copy them first to keep them, or start a new run.");
        }

        state.Load(checkpoint);
        if (DiscardLater)
        {
            checkpoints.DiscardAfter(checkpoint.Step);
        }

        report($"going on from {checkpoint.Path}");
    }
}
