using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>One step of training: forward, loss, backward, Adam. Recorded in the first step and replayed in all others.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly TrainingState state;
    private readonly Tensor<float> images;
    private readonly float reconScale;

    /// <param name="state">What the steps change.</param>
    /// <param name="config">Batch, image size and variance.</param>
    public TrainingStep(TrainingState state, RunConfig config)
    {
        this.state = state;
        images = state.Model.Device.Empty<float>([config.Batch, config.Channels, config.Height, config.Width]);
        reconScale = (float)(1 / config.DataVariance);
        Recording = new Recording(state.Model.Device, Compute);
    }

    /// <summary>How the steps are executed: from C#, replayed, or as one graph.</summary>
    public Recording Recording { get; }

    /// <summary>Trains on one batch; loss = MSE / variance of the data + the quantizer's loss.</summary>
    /// <param name="pixels">Images (B, C, H, W) in [−0.5, 0.5].</param>
    public void Run(ReadOnlySpan<float> pixels)
    {
        images.CopyFrom(pixels);
        state.Optimizer.Advance();
        Recording.Run();
    }

    public void Dispose()
    {
        Recording.Dispose();
        images.Dispose();
    }

    private void Compute()
    {
        using var tape = new Tape(state.Model.Device);
        var x = tape.Constant(images, "images");
        using var output = state.Model.Forward(x, training: true);
        var recon = MeanSquaredError.Apply(output.Reconstruction, x).Keep();
        var loss = recon * reconScale + output.Quantizer.Loss.Keep();
        tape.Backward(loss);
        state.Optimizer.Apply();
        state.Sums.Add(loss.Value, recon.Value, output);
    }
}
