using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Train.Training;

/// <summary>Images out of their codes: loss = weight · squared error, divided by the variance of the data or not, or weight ·
/// absolute error, + the model's own, of its quantizers or its posterior.</summary>
internal sealed class ReconstructionTask(Autoencoder model, RunConfig config) : ImageTask(model, config)
{
    private readonly ReconstructionError error = ReconstructionError.Of(config);

    public override IReadOnlyList<string> Figures =>
    [
        MetricNames.Loss, MetricNames.Reconstruction, .. Layouts.Count > 0 ? [MetricNames.Quantizer] : (string[])[],
        .. Model.Figures,
    ];

    protected override TaskOutput Learn(Tensor<float> images, bool isFirst, in StepContext context)
    {
        var tape = new Tape(Model.Device);
        var x = tape.Constant(images, "images");
        var output = Model.Forward(x, context);
        var (minimized, squared) = error.Between(output.Reconstruction, x);
        var loss = (output.Loss is { } its ? minimized + its.Keep() : minimized).Keep();
        SendBack(loss);
        return new TaskOutput(
            [(MetricNames.Loss, loss), (MetricNames.Reconstruction, squared),
                .. Layouts.Count > 0 && output.Loss is { } own ? [(MetricNames.Quantizer, own)] : NoFigures, .. output.Figures],
            output.Codes, tape);
    }

    private static readonly (string, Variable)[] NoFigures = [];
}
