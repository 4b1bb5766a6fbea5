using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Adversarial;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Perceptual;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Train.Training;

/// <summary>Images out of their codes that a discriminator takes for real ones: loss = reconstruction + perceptual + the model's
/// own, of its quantizers or its posterior, + λ·s·generator.</summary>
/// <remarks>
/// <para>The generator's loss is −mean D(x̂). λ is <see cref="AdaptiveWeight"/> times a constant; s is 0 until the discriminator
/// begins and 1 from then on. The discriminator minimises s·(hinge + penalty) of the same images and reconstructions, in the same
/// step; the originals take turns from step to step. Before it begins its parameters stay as they are.</para>
/// <para>Each loss of the reconstruction runs backward on a tape of its own, to the reconstruction and no further. Their sum is
/// then one op on the model's tape, so that network after network is passed once, and its memory is free for the next.</para>
/// </remarks>
internal sealed class AdversarialTask : ImageTask
{
    /// <summary>What its tape is called, and its parameters begin with.</summary>
    public const string DiscriminatorName = "discriminator";

    private const string Begun = "adversarial";

    private readonly AdversarialOptions options;
    private readonly ReconstructionError error;
    private readonly PerceptualLoss? perceptual;
    private readonly Discriminator discriminator;
    private readonly IOptimizer optimizer;

    /// <exception cref="UserException">The perceptual network cannot be read, or does not fit the images.</exception>
    public AdversarialTask(Autoencoder model, RunConfig config, AdversarialOptions options)
        : base(model, config)
    {
        this.options = options;
        error = ReconstructionError.Of(config);
        var data = config.Data;
        perceptual = PerceptualFile.Load(model.Device, options.Perceptual, data);
        discriminator = new Discriminator(
            new ModuleScope(model.Device, config.Run.Seed, path: DiscriminatorName), options.Discriminator,
            (data.Channels, data.Height, data.Width));
        var own = config.WithScheduleOverRun().Optimizer;
        optimizer = (options.DiscriminatorLearningRate > 0 ? own with { LearningRate = options.DiscriminatorLearningRate } : own)
            .Build(discriminator.Parameters);
    }

    public override IReadOnlyList<string> Figures =>
    [
        MetricNames.Loss, MetricNames.Reconstruction, .. Layouts.Count > 0 ? [MetricNames.Quantizer] : NoNames,
        MetricNames.Generator, MetricNames.Discriminator, MetricNames.AdaptiveWeight, MetricNames.GradientPenalty,
        .. perceptual is null ? NoNames : [MetricNames.Perceptual], .. Model.Figures,
    ];

    public override IEnumerable<Parameter> Parameters => discriminator.Parameters;

    public override IEnumerable<NamedTensor> State => discriminator.State.Concat(optimizer.State);

    public override IEnumerable<ScheduledScalar> Schedules =>
        [new ScheduledScalar(Begun, step => step > options.DiscriminatorStart ? 1 : 0)];

    public override void Begin(long step)
    {
        // Its own count of steps, by which its moments and its learning rate go.
        optimizer.Steps = (int)Math.Max(step - options.DiscriminatorStart, 0);
        if (step < options.DiscriminatorStart)
        {
            optimizer.Hold();
        }
        else
        {
            optimizer.Advance();
        }
    }

    public override void Apply() => optimizer.Apply();

    protected override TaskOutput Learn(Tensor<float> images, bool isFirst, in StepContext context)
    {
        if (isFirst)
        {
            discriminator.Advance();
        }

        var tape = new Tape(Model.Device);
        var output = Model.Forward(tape.Constant(images, "images"), context);
        var reconstruction = output.Reconstruction.Keep();
        using var begun = context.ScalarsFor(Begun).Read(Begun);
        var figures = new Dictionary<string, Variable>();
        var loss = LossOf(reconstruction, images, begun, figures);
        if (output.Loss is { } own)
        {
            loss += own.Keep();
            if (Layouts.Count > 0)
            {
                figures[MetricNames.Quantizer] = own;
            }
        }

        figures[MetricNames.Loss] = loss.Keep();
        SendBack(loss);
        TeachDiscriminator(reconstruction, images, begun, figures);
        return new TaskOutput(
            [.. figures.Select(figure => (figure.Key, figure.Value)), .. output.Figures], output.Codes, tape);
    }

    /// <summary>All losses of a reconstruction as one op on its tape.</summary>
    private Variable LossOf(
        Variable reconstruction, Tensor<float> images, Tensor<float> begun, Dictionary<string, Variable> figures)
    {
        var tape = reconstruction.Tape;
        using var pixels = LossPart.Of(reconstruction.Value, x =>
        {
            var (minimized, squared) = error.Between(x, x.Tape.Constant(images, "images"));
            figures[MetricNames.Reconstruction] = tape.Constant(squared.Value, MetricNames.Reconstruction);
            return minimized;
        });
        using var look = perceptual is null ? null : LossPart.Of(reconstruction.Value, x => perceptual.Of(x, images));
        using var frozen = new Tape(tape.Device, recording: false);
        using var generator = LossPart.Of(
            reconstruction.Value, x => HingeLoss.OfGenerator(Score(x, discriminator.On(frozen).AsConstantsOf(x.Tape))));

        using var lambda = AdaptiveWeight.Of(reconstruction, (look ?? pixels).Gradient, generator.Gradient);
        using var scaled = Primitive.Map(lambda, new Affine((float)options.AdversarialWeight, shift: 0));
        using var weight = Primitive.Zip("adversarial", scaled, begun, default(Multiply));
        figures[MetricNames.Generator] = tape.Constant(generator.Loss, MetricNames.Generator);
        figures[MetricNames.AdaptiveWeight] = tape.Constant(lambda, MetricNames.AdaptiveWeight);
        if (look is not null)
        {
            figures[MetricNames.Perceptual] = tape.Constant(look.Loss, MetricNames.Perceptual);
        }

        return LossPart.Sum(reconstruction, look is null ? [pixels] : [pixels, look], generator, weight);
    }

    /// <summary>Adds its gradients to the discriminator.</summary>
    private void TeachDiscriminator(
        Variable reconstruction, Tensor<float> images, Tensor<float> begun, Dictionary<string, Variable> figures)
    {
        using var tape = new Tape(Model.Device);
        var weights = discriminator.On(tape);
        var real = discriminator.Judge(tape.Constant(images, "images"), weights);
        var fake = discriminator.Judge(tape.Constant(reconstruction.Value, "reconstruction"), weights);
        var loss = HingeLoss.OfDiscriminator(real.Scores, fake.Scores);
        Tell(MetricNames.Discriminator, loss);
        if (options.GradientPenalty > 0)
        {
            var penalty = real.Penalty((float)options.GradientPenaltyNorm) * (float)options.GradientPenalty;
            Tell(MetricNames.GradientPenalty, penalty);
            loss += penalty;
        }

        SendBack(loss * tape.Constant(begun, Begun));
        WatchOther?.Invoke(DiscriminatorName, tape);

        void Tell(string name, Variable figure) => figures[name] = reconstruction.Tape.Constant(figure.Value, name);
    }

    private Variable Score(Variable x, DiscriminatorWeights weights) => discriminator.Judge(x, weights).Scores;

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        optimizer.Dispose();
        discriminator.Dispose();
        perceptual?.Dispose();
    }

    private static readonly string[] NoNames = [];
}
