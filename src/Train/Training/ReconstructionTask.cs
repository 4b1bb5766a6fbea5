using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Train.Training;

/// <summary>Images out of their codes: loss = weight · squared error, divided by the variance of the data or not, or weight ·
/// absolute error, + the model's own, of its quantizers or its posterior.</summary>
internal sealed class ReconstructionTask : TrainingTask
{
    private readonly Autoencoder model;
    private readonly Tensor<float> images;
    private readonly ReconstructionLoss kind;
    private readonly float weight, scale;

    public ReconstructionTask(Autoencoder model, RunConfig config)
    {
        this.model = model;
        var data = config.Data;
        images = model.Device.Empty<float>([config.Run.Batch, data.Channels, data.Height, data.Width]);
        kind = config.Task.ReconstructionLoss;
        weight = (float)config.Task.ReconstructionWeight;
        scale = (float)(config.Task.ReconstructionWeight / (config.Task.Normalize ? data.Variance : 1));
        Layouts = model.Layouts(data.Height, data.Width);
    }

    public override IReadOnlyList<string> Figures =>
    [
        MetricNames.Loss, MetricNames.Reconstruction, .. Layouts.Count > 0 ? [MetricNames.Quantizer] : (string[])[],
        .. model.Figures,
    ];

    public override IReadOnlyList<CodeLayout> Layouts { get; }

    public override void Load(ReadOnlySpan<float> pixels) => images.CopyFrom(pixels);

    public override TaskOutput Forward(Tape tape, in StepContext context)
    {
        var x = tape.Constant(images, "images");
        var output = model.Forward(x, context);
        var (minimized, error) = Errors(output.Reconstruction, x);
        var loss = output.Loss is { } its ? minimized + its.Keep() : minimized;
        return new TaskOutput(
            loss, [(MetricNames.Loss, loss), (MetricNames.Reconstruction, error),
                .. Layouts.Count > 0 && output.Loss is { } own ? [(MetricNames.Quantizer, own)] : NoFigures, .. output.Figures],
            output.Codes);
    }

    /// <summary>What is minimised of the error, and the squared error as a figure.</summary>
    private (Variable Minimized, Variable Squared) Errors(Variable reconstruction, Variable x)
    {
        if (kind == ReconstructionLoss.L1)
        {
            // Outside of the loss: nothing comes back through it.
            var figure = MeanSquaredError.Apply(StopGradient.Apply(reconstruction), x).Keep();
            return (Weighted(MeanAbsoluteError.Apply(reconstruction, x), weight), figure);
        }

        var error = MeanSquaredError.Apply(reconstruction, x).Keep();
        return (Weighted(error, scale), error);
    }

    private static Variable Weighted(Variable error, float weight) => weight == 1 ? error : error * weight;

    protected override void Dispose(bool disposing) => images.Dispose();

    private static readonly (string, Variable)[] NoFigures = [];
}
