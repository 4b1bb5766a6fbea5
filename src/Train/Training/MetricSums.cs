using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.VqVaes;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Train.Training;

/// <summary>What the steps since the last log line came to.</summary>
/// <param name="Steps">Number of steps averaged over.</param>
/// <param name="Loss">Mean of the loss that was minimised.</param>
/// <param name="Recon">Mean squared error of a pixel, on images in [−0.5, 0.5].</param>
/// <param name="Vq">Mean of the quantizer's loss.</param>
/// <param name="Perplexity">Mean of the batches' perplexities.</param>
/// <param name="CodesUsed">Codes that were chosen at least once.</param>
internal sealed record MetricMeans(int Steps, double Loss, double Recon, double Vq, double Perplexity, int CodesUsed);

/// <summary>Adds up the figures of training steps on the device, so that a step waits for nothing; read once per log line.</summary>
/// <remarks>Part of a checkpoint: a resumed run's next log line covers the steps before the stop too.</remarks>
internal sealed class MetricSums : IDisposable
{
    private readonly Tensor<float> steps, loss, recon, vq, perplexity, counts;

    public MetricSums(Device device, int codes)
    {
        steps = Fill.Constant(device, [], 0);
        loss = Fill.Constant(device, [], 0);
        recon = Fill.Constant(device, [], 0);
        vq = Fill.Constant(device, [], 0);
        perplexity = Fill.Constant(device, [], 0);
        counts = Fill.Constant(device, [codes], 0);
    }

    public IEnumerable<NamedTensor> State =>
    [
        new("metrics.steps", steps), new("metrics.loss", loss), new("metrics.recon", recon), new("metrics.vq", vq),
        new("metrics.perplexity", perplexity), new("metrics.counts", counts),
    ];

    public void Add(Tensor<float> stepLoss, Tensor<float> stepRecon, VqVaeOutput output)
    {
        using var one = Fill.Constant(steps.Device, [], 1);
        using var stepPerplexity = Perplexity.Of(output.Quantizer.Counts);
        AddTo(steps, one);
        AddTo(loss, stepLoss);
        AddTo(recon, stepRecon);
        AddTo(vq, output.Quantizer.Loss.Value);
        AddTo(perplexity, stepPerplexity);
        AddTo(counts, output.Quantizer.Counts);
    }

    /// <summary>The means since the last call; starts anew.</summary>
    public MetricMeans Take()
    {
        var n = (int)steps.Item();
        var used = counts.ToArray().Count(count => count > 0);
        var means = new MetricMeans(n, Mean(loss), Mean(recon), Mean(vq), Mean(perplexity), used);
        foreach (var named in State)
        {
            Fill.Into(named.Tensor, 0);
        }

        return means;

        double Mean(Tensor<float> sum) => sum.Item() / Math.Max(n, 1);
    }

    public void Dispose()
    {
        foreach (var named in State)
        {
            named.Tensor.Dispose();
        }
    }

    private static void AddTo(Tensor<float> sum, Tensor<float> part) => Zip.Into(sum, sum, part, default(AddOperator));
}
