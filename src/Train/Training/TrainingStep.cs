using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Profiling;

namespace IlgpuVq.Train.Training;

/// <summary>One step of training: forward, loss and backward of each part of its batch, then the optimizers. Recorded in the
/// first step and replayed in all others.</summary>
/// <remarks>What changes from step to step is written to the device before: the batch, random numbers, scalars, the learning
/// rate.</remarks>
internal sealed class TrainingStep : IDisposable
{
    private readonly TrainingState state;

    /// <param name="state">What the steps change.</param>
    public TrainingStep(TrainingState state)
    {
        this.state = state;
        Recording = new Recording(state.Model.Device, Compute);
    }

    /// <summary>How the steps are executed: from C#, replayed, or as one graph.</summary>
    public Recording Recording { get; }

    /// <summary>Is shown the tape of each part when it has run backward, as often as the body runs; null for nothing.</summary>
    public Action<Tape>? Watch { get; init; }

    /// <summary>Trains on images that are given.</summary>
    /// <param name="pixels">Images (parts · B, C, H, W) in [−0.5, 0.5].</param>
    public void Run(ReadOnlySpan<float> pixels)
    {
        ((ImageTask)state.Task).Load(pixels);
        Run();
    }

    /// <summary>Trains on the batch that the task has on the device.</summary>
    public void Run()
    {
        state.Begin();
        Recording.Run();
        state.Step++;
    }

    public void Dispose() => Recording.Dispose();

    private void Compute()
    {
        for (var part = 0; part < state.Parts; part++)
        {
            using var output = state.Task.Learn(part, state.ContextOf(part));
            Watch?.Invoke(output.Tape);
            Are("figures of the log");
            state.Sums.Add(output);
        }

        Are("optimizer");
        state.Optimizer.Apply();
        Are("optimizer of the task");
        state.Task.Apply();
        Are("averages of the weights");
        state.UpdateAverages();

        // What the calls from here on are for.
        void Are(string purpose) => state.Model.Device.Purpose = CallPurpose.Of(purpose);
    }
}
