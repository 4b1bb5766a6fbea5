using IlgpuVq.Autograd;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>One step of training: forward, loss, backward, Adam.</summary>
internal static class TrainingStep
{
    /// <summary>Trains on one batch; loss = MSE / variance of the data + the quantizer's loss.</summary>
    /// <param name="state">What the step changes.</param>
    /// <param name="config">Batch, image size and variance.</param>
    /// <param name="pixels">Images (B, C, H, W) in [−0.5, 0.5].</param>
    public static void Run(TrainingState state, RunConfig config, ReadOnlySpan<float> pixels)
    {
        using var images = state.Model.Device.From(pixels, [config.Batch, config.Channels, config.Height, config.Width]);
        using var tape = new Tape(state.Model.Device);
        var x = tape.Constant(images, "images");
        using var output = state.Model.Forward(x, training: true);
        var recon = MeanSquaredError.Apply(output.Reconstruction, x).Keep();
        var loss = recon * (float)(1 / config.DataVariance) + output.Quantizer.Loss.Keep();
        tape.Backward(loss);
        state.Optimizer.Step();
        state.Sums.Add(loss.Value, recon.Value, output);
    }
}
