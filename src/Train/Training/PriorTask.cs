using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Priors;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>The codes of a trained autoencoder, learnt by a prior: loss = the mean of −ln p of an index, over all grids, in
/// nats.</summary>
/// <remarks>The autoencoder lies in the run's checkpoints too, unchanged, so that a run of a prior is all that is needed to draw
/// images.</remarks>
internal sealed class PriorTask : TrainingTask
{
    /// <summary>Where the prior's keys lie among those of training.</summary>
    public const string Path = "prior";

    private readonly PriorTaskOptions options;
    private readonly CodeBatch[] parts;
    private readonly (int Height, int Width) size;

    /// <param name="model">The autoencoder; stays the caller's.</param>
    /// <param name="config">Of the run, whose grids are known.</param>
    /// <param name="options">The config's own.</param>
    public PriorTask(Autoencoder model, RunConfig config, PriorTaskOptions options)
        : base(model)
    {
        this.options = options;
        Prior = BuildPrior(model.Device, config, options);
        parts = [.. Enumerable.Range(0, config.Run.Accumulate).Select(_ => new CodeBatch(
            model.Device, Prior.Layouts, config.Run.Batch, Prior.Classes > 0))];
        size = (config.Data.Height, config.Data.Width);
    }

    /// <summary>What is trained.</summary>
    public CodePrior Prior { get; }

    /// <summary>The prior that a config describes, with its initial weights.</summary>
    public static CodePrior BuildPrior(Device device, RunConfig config, PriorTaskOptions options) => new(
        new ModuleScope(device, config.Run.Seed, path: Path), options.Prior, options.Layouts, options.Classes);

    public override IReadOnlyList<string> Figures =>
        [MetricNames.Loss, .. Prior.Layouts.Count > 1 ? Prior.Layouts.Select(layout => MetricNames.Nats(layout)) : []];

    public override Criterion Best => new(options.HeldImages > 0 ? MetricNames.HeldNats : MetricNames.Loss);

    public override IEnumerable<Parameter> Trained => Prior.Parameters;

    public override IEnumerable<NamedTensor> State => Prior.State;

    public override IStepSource OpenSource(TrainingFiles files, ulong seed, long firstStep) =>
        new Source(this, files.Codes!.Train, seed, firstStep);

    /// <summary>Brings batches to the device that stand for any others: what is computed does not depend on them.</summary>
    public void LoadZeros() => Array.ForEach(parts, part => part.LoadZeros());

    public override TaskOutput Learn(int part, in StepContext context)
    {
        var tape = new Tape(Model.Device);
        var losses = Prior.Losses(tape, parts[part].Codes, parts[part].Classes, context);
        var indices = Prior.Layouts.Sum(layout => (double)layout.IndicesPerImage);
        var loss = losses.Zip(Prior.Layouts, (its, layout) => its.Keep() * (float)(layout.IndicesPerImage / indices))
            .Aggregate((sum, share) => sum + share).Keep();
        tape.Backward(parts.Length == 1 ? loss : loss * (1f / parts.Length));
        return new TaskOutput(
            [(MetricNames.Loss, loss), .. losses.Count > 1
                ? losses.Zip(Prior.Layouts, (its, layout) => (MetricNames.Nats(layout), its))
                : []],
            [], tape);
    }

    public override void AddFigures(IDictionary<string, double> figures, TrainingFiles files)
    {
        if (options.HeldImages > 0)
        {
            var held = files.Codes!.Held;
            var score = PriorScoring.Of(Prior, held.Part(0, Math.Min(options.HeldImages, held.Count))).Total;
            figures[MetricNames.HeldNats] = score.NatsPerIndex;
            figures[MetricNames.HeldAccuracy] = score.Accuracy;
        }
    }

    public override void DrawSample(string path, TrainingFiles files)
    {
        var count = PriorSamples.DefaultCount(Prior.Classes, size);
        var labels = Prior.Classes > 0 ? PriorSamples.InTurn(Prior.Classes, count) : null;
        var samples = PriorSamples.Draw(Prior, Model, size, new PriorDrawing(count) { Labels = labels });
        PictureFile.Save(path, Prior.Classes > 0 ? samples.ToPicture(options.NamesOfClasses) : samples.ToPicture());
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        Array.ForEach(parts, part => part.Dispose());
        Prior.Dispose();
    }

    private sealed class Source(PriorTask task, CodeSet codes, ulong seed, long step) : IStepSource
    {
        private readonly DataOrder order = new(codes.Count, task.parts.Length * task.parts[0].Count, seed);
        private readonly int[] images = new int[task.parts.Length * task.parts[0].Count];

        public void LoadNext()
        {
            order.Fill(step++, images);
            for (var part = 0; part < task.parts.Length; part++)
            {
                var count = task.parts[part].Count;
                task.parts[part].Load(codes, images.AsSpan(part * count, count));
            }
        }

        public void Dispose()
        {
        }
    }
}
