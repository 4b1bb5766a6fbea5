using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Profiling;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Train.Training;

/// <summary>A task whose batches are images, and whose model is trained to give them again.</summary>
/// <remarks>
/// <para>A step's images come in parts of <c>--batch</c>, <c>--accumulate</c> of them, whose gradients add up to those of
/// the mean over all.</para>
/// <para>What is changed of them at random is changed here, on the device, in the step: all that learns from a part sees the same
/// images, as input and as target. Validations and pictures see images as they are.</para>
/// </remarks>
internal abstract class ImageTask : TrainingTask
{
    private readonly Tensor<float>[] parts;
    private readonly ImageAugmentation augmentation;
    private readonly float share;
    private readonly double variance;

    /// <param name="model">What is trained; stays the caller's.</param>
    /// <param name="config">Of the run, whose data are known.</param>
    protected ImageTask(Autoencoder model, RunConfig config)
        : base(model)
    {
        var data = config.Data;
        parts = [.. Enumerable.Range(0, config.Run.Accumulate).Select(_ => model.Device.Empty<float>(
            [config.Run.Batch, data.Channels, data.Height, data.Width]))];
        (share, variance, augmentation) = (1f / parts.Length, data.Variance, data.Augmentation);
        Best = CriterionOf((ReconstructionOptions)config.Task);
        Layouts = model.Layouts(data.Height, data.Width);
    }

    public override Criterion Best { get; }

    public override IReadOnlyList<CodeLayout> Layouts { get; }

    public override IStepSource OpenSource(TrainingFiles files, ulong seed, long firstStep) =>
        new Source(this, new BatchLoader(
            files.Train!, parts.Length * parts[0].Shape[0], seed, firstStep,
            follow: files.Timeline is { } timeline ? timeline.BeginBatch : null));

    /// <summary>Brings the images of a step to the device, outside of what is recorded.</summary>
    /// <param name="pixels">Images (parts · B, C, H, W) in [−0.5, 0.5].</param>
    public void Load(ReadOnlySpan<float> pixels)
    {
        foreach (var images in parts)
        {
            images.CopyFrom(pixels[..images.Size]);
            pixels = pixels[images.Size..];
        }
    }

    public override TaskOutput Learn(int part, in StepContext context)
    {
        Model.Device.Purpose = CallPurpose.Of("augmentation");
        using var images = augmentation.Apply(parts[part], context.RandomFor("augmentation"));
        Model.Device.Purpose = null;
        return Learn(images, isFirst: part == 0, context);
    }

    public override void AddFigures(IDictionary<string, double> figures, TrainingFiles files) =>
        figures[MetricNames.Normalized] = figures[MetricNames.Reconstruction] / variance;

    public override void DrawSample(string path, TrainingFiles files) =>
        Reconstructions.Save(path, Model, files.Held!, Reconstructions.DefaultCount);

    private static Criterion CriterionOf(ReconstructionOptions options) => options switch
    {
        { Best: BestFigure.Loss } => new Criterion(MetricNames.Loss),
        { Best: BestFigure.Psnr } => new Criterion(MetricNames.OfValidation(MetricNames.Psnr), IsLargestBest: true),
        { Best: BestFigure.Ssim } => new Criterion(MetricNames.OfValidation(MetricNames.Ssim), IsLargestBest: true),
        { ValidateEvery: > 0 } => new Criterion(MetricNames.OfValidation(MetricNames.Normalized)),
        _ => new Criterion(MetricNames.Normalized),
    };

    /// <inheritdoc cref="Learn(int, in StepContext)"/>
    protected abstract TaskOutput Learn(Tensor<float> images, bool isFirst, in StepContext context);

    /// <summary>Runs a tape backward from a part's loss, whose share of the step's it takes.</summary>
    protected void SendBack(Variable loss) => loss.Tape.Backward(parts.Length == 1 ? loss : loss * share);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Array.ForEach(parts, images => images.Dispose());
    }

    private sealed class Source(ImageTask task, BatchLoader loader) : IStepSource
    {
        public void LoadNext() => task.Load(loader.Next().Images);

        public void Dispose() => loader.Dispose();
    }
}
