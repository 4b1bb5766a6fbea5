using System.Text.Json.Serialization;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Config;

/// <summary>All that a run was started with, and what its data were: the content of <c>config.json</c>.</summary>
public sealed record RunConfig
{
    /// <summary>The version of the file that this program writes; it grows when a field changes its meaning.</summary>
    public const int CurrentVersion = 2;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Tells the run from all others, so that checkpoints do not mix; null in files of earlier programs.</summary>
    public string? Id { get; init; }

    public RunOptions Run { get; init; } = new();

    public DataOptions Data { get; init; } = new();

    public AutoencoderOptions Model { get; init; } = new VqVaeOptions();

    public TaskOptions Task { get; init; } = new ReconstructionOptions();

    public OptimizerOptions Optimizer { get; init; } = new AdamOptions();

    /// <summary>The same, where a schedule that leaves its length to the run, or has it in epochs, has it in steps of this one,
    /// and keeps it when the run goes on.</summary>
    public RunConfig WithScheduleOverRun()
    {
        // Unknown data, as of a step that is measured alone, count as one batch.
        var stepsPerEpoch = Math.Max(1, Data.Count / Run.ImagesPerStep);
        return this with { Optimizer = Optimizer with { Schedule = Optimizer.Schedule.Over(Run.Steps).InSteps(stepsPerEpoch) } };
    }

    /// <summary>Checks every option on its own, before data are opened.</summary>
    /// <exception cref="RunException">An option is out of its range; the message names the option as it is typed.</exception>
    public void CheckOptions()
    {
        try
        {
            Run.Validate();
            DataSetOptions.CheckSizes(Data.Resize, Data.Crop);
            Check.AtLeast("limit", Data.Limit, 0);
            Data.Augmentation.Validate();
            Model.Validate();
            Task.Validate();
            Optimizer.Validate();
        }
        catch (OptionException exception)
        {
            throw new RunException($"--{exception.Option}", exception.Rule, exception.Value, "Give another value.", exception);
        }
    }

    /// <summary>Checks also what is known once the data are open.</summary>
    /// <exception cref="RunException">A value makes no sense.</exception>
    public void CheckAll()
    {
        CheckOptions();
        try
        {
            Data.Validate();
            Check.That("channels", $"{Data.Channels}, as the data have", Model.Channels, Model.Channels == Data.Channels);
        }
        catch (OptionException exception)
        {
            throw new RunException(exception.Option, exception.Rule, exception.Value, "Give another value.", exception);
        }
    }
}

/// <summary>How a run goes on.</summary>
public sealed record RunOptions
{
    [Option("auto, cpu, kernels, opencl or cuda; see the command devices", MayChange = true)]
    public string Accelerator { get; init; } = "auto";

    /// <summary>How the device multiplies.</summary>
    [Option("how matrix products and convolutions multiply: fp32, or on CUDA's tensor cores tf32 or bf16; sums are always fp32",
        MayChange = true)]
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>Training steps in all, those before a resume included.</summary>
    [Option("training steps in all", MayChange = true)]
    public long Steps { get; init; } = 2000;

    /// <summary>Images per step.</summary>
    [Option("images per step, or per part of one with --accumulate")]
    public int Batch { get; init; } = 32;

    /// <summary>Parts of <see cref="Batch"/> images each that a step's gradients add up over.</summary>
    [Option("batches whose gradients add up to one step: images of a step that need no more memory")]
    public int Accumulate { get; init; } = 1;

    /// <summary>Images of all parts of a step.</summary>
    [JsonIgnore]
    public int ImagesPerStep => checked(Batch * Accumulate);

    /// <summary>Fixes initial weights, data order and all other randomness of the run.</summary>
    [Option("fixes initial weights and data order")]
    public ulong Seed { get; init; }

    /// <summary>Steps between two lines of metrics.</summary>
    [Option("steps between lines of metrics", MayChange = true)]
    public int LogEvery { get; init; } = 100;

    /// <summary>Steps between two checkpoints; 0 for one at the end only.</summary>
    [Option("steps between checkpoints; 0: at the end only", MayChange = true)]
    public int CheckpointEvery { get; init; } = 500;

    /// <summary>Steps between two pictures of samples; 0 for one at the end only.</summary>
    [Option("steps between pictures of reconstructions; 0: at the end only", MayChange = true)]
    public int SampleEvery { get; init; } = 500;

    /// <summary>Whether TensorBoard gets a file.</summary>
    [Option("write events.tfevents, for TensorBoard, beside metrics.jsonl: true or false", MayChange = true)]
    public bool Tensorboard { get; init; } = true;

    /// <summary>Checkpoints that stay besides the best and those that files of codes need.</summary>
    [Option("how many of the newest checkpoints stay, besides the best (by nmse or another figure, or held_nats) and those that "
        + "files of codes need",
        MayChange = true)]
    public int Keep { get; init; } = 2;

    /// <summary>Values of the figure that checkpoints are chosen by, none better than those before, that end training; 0 for
    /// never.</summary>
    [Option("stop after so many values of the figure that the best checkpoint is chosen by, one after the other, that are no "
        + "better than the best before; 0: never",
        MayChange = true)]
    public int Patience { get; init; }

    /// <summary>How long training may go on each time that it is started; null for no limit.</summary>
    [Option("stop after training for so long since it was started, as 90s, 30m or 1.5h; a checkpoint is written; no limit when "
        + "not given",
        MayChange = true)]
    public string? MaxTime { get; init; }

    /// <exception cref="OptionException">A value is outside of its range.</exception>
    public void Validate()
    {
        Check.That("steps", "a whole number of at least 1", Steps, Steps >= 1);
        Check.AtLeast("batch", Batch, 1);
        Check.Parts("accumulate", Accumulate, 1);
        Check.That("accumulate", "fewer than 2³¹ images in all", Accumulate, (long)Batch * Accumulate <= int.MaxValue);
        Check.AtLeast("log-every", LogEvery, 1);
        Check.AtLeast("checkpoint-every", CheckpointEvery, 0);
        Check.AtLeast("sample-every", SampleEvery, 0);
        Check.AtLeast("keep", Keep, 1);
        Check.AtLeast("patience", Patience, 0);
        Check.That(
            "max-time", "a time above 0 such as 90s, 30m or 1.5h", MaxTime,
            MaxTime is null || Duration.Parse(MaxTime) is not null);
        Check.That("precision", "fp32, tf32 or bf16", Precision, Enum.IsDefined(Precision));
    }
}

/// <summary>What a run trains on.</summary>
public sealed record DataOptions
{
    /// <summary>A data set's name, or a folder of images.</summary>
    [Option($"{DataSets.Shapes}, {DataSets.Mnist}, {DataSets.FashionMnist}, {DataSets.Cifar10}, "
        + $"{DataSets.MiniImageNet}, or a folder of images; with "
        + "--resume, another place of the same images", Name = "data", MayChange = true)]
    public string Name { get; init; } = DataSets.Shapes;

    /// <summary>Where data sets are found; null for the default place.</summary>
    [Option($"where data sets are found; {DataSetOptions.RootVariable} or data/ when not given", Name = "data-root",
        MayChange = true)]
    public string? Root { get; init; }

    /// <summary>What images are scaled to; null for no change.</summary>
    [Option("scale images: N for the shorter side, or WxH, in pixels; as they are when not given")]
    public string? Resize { get; init; }

    /// <summary>What is cut out of the middle after that; null for no change.</summary>
    [Option("cut the middle out of images, after --resize: N for a square, or WxH, in pixels; all of them when not given")]
    public string? Crop { get; init; }

    /// <summary>Whether training takes a random part of an image each time.</summary>
    [Option("take a random part of an image each time that it is trained on, of 0.08 to 1 of its area and sides of 3:4 to 4:3, "
        + "and scale it to the size that --resize and --crop give")]
    public bool RandomCrop { get; init; }

    /// <summary>What training changes at random of an image besides.</summary>
    public ImageAugmentation Augmentation { get; init; } = new();

    /// <summary>How many images are trained on, the first of the set; 0 for all.</summary>
    [Option("images to train on, the first of the set; 0: all")]
    public int Limit { get; init; }

    /// <summary>Whether a folder of images may hold nothing else.</summary>
    [Option("refuse what is no image in a folder of images, or is damaged, instead of skipping it", MayChange = true)]
    public bool Strict { get; init; }

    /// <summary>Channels of an image, known once the data are open.</summary>
    public int Channels { get; init; }

    /// <summary>Height of an image in pixels, known once the data are open; else 0.</summary>
    public int Height { get; init; }

    /// <summary>Width of an image in pixels, known once the data are open.</summary>
    public int Width { get; init; }

    /// <summary>Variance of all training pixels on the 0–1 scale, which <c>nmse</c> divides by; known once the data are
    /// open.</summary>
    public double Variance { get; init; }

    /// <summary>How many images it trains on; 0 in files of earlier programs.</summary>
    public int Count { get; init; }

    /// <summary>A digest of the images and their labels, <see cref="Training.DataContent"/>; null in files of earlier
    /// programs.</summary>
    public string? Content { get; init; }

    /// <summary>Whether they were opened: not in a run whose weights were imported, until it trains.</summary>
    [JsonIgnore]
    public bool IsKnown => Height > 0;

    /// <summary>How to open a part of these data.</summary>
    public DataSetOptions ToSetOptions(string split, bool download)
    {
        var options = new DataSetOptions { Split = split, Download = download, Resize = Resize, Crop = Crop, Strict = Strict };
        return Root is null ? options : options with { Root = Root };
    }

    /// <summary>How to open the images to train on.</summary>
    public DataSetOptions ToTrainingOptions(bool download) =>
        ToSetOptions(DataSets.Train, download) with { RandomCrop = RandomCrop, Limit = Limit };

    /// <exception cref="OptionException">A value makes no sense.</exception>
    public void Validate()
    {
        Check.AtLeast("data.channels", Channels, 1);
        Check.AtLeast("data.height", Height, 0);
        Check.AtLeast("data.width", Width, IsKnown ? 1 : 0);
        Check.Weight("data.variance", Variance);
    }
}

/// <summary>How far a reconstruction is from its image.</summary>
public enum ReconstructionLoss
{
    /// <summary>The mean of the squared differences.</summary>
    [JsonStringEnumMemberName("mse")]
    Mse,

    /// <summary>The mean of the absolute differences.</summary>
    [JsonStringEnumMemberName("l1")]
    L1,
}

/// <summary>What is trained for: a record per task.</summary>
public abstract record TaskOptions
{
    /// <exception cref="OptionException">A value is outside of its range.</exception>
    public abstract void Validate();
}

/// <summary>Figures that a checkpoint can be the best by.</summary>
public enum BestFigure
{
    /// <summary>The squared error divided by the variance of the data, the least.</summary>
    Nmse,

    /// <summary>PSNR, the largest.</summary>
    Psnr,

    /// <summary>SSIM, the largest.</summary>
    Ssim,

    /// <summary>What is minimised in training, the least.</summary>
    Loss,
}

/// <summary>What is minimised: reconstruction error and the model's own losses. Other kinds of tasks of images have options
/// beyond these.</summary>
public record ReconstructionOptions : TaskOptions
{
    /// <summary>The error that is minimised; the figures of a run are of the squared one under each, so that runs
    /// compare.</summary>
    [Option("the error of a reconstruction that is minimised: mse or l1, the mean absolute difference")]
    public ReconstructionLoss ReconstructionLoss { get; init; }

    /// <summary>Whether the squared error is divided by the variance of the data, so that 1 is what the mean image has. The
    /// absolute one is divided by nothing.</summary>
    [Option("whether the squared error is divided by the data's variance: true or false; the absolute one never is")]
    public bool Normalize { get; init; } = true;

    /// <summary>Weight of that error: 4 for a squared error of pixels in [−1, 1], which are twice as far apart.</summary>
    [Option("weight of the error of a reconstruction; 4: as if pixels were from -1 to 1")]
    public double ReconstructionWeight { get; init; } = 1;

    /// <summary>Whether the backward pass computes again what lies within the model's blocks, instead of keeping it.</summary>
    [Option("compute again, in the backward pass, what lies within the model's blocks, instead of keeping it: less memory for "
        + "one more forward pass, the same bits", MayChange = true)]
    public bool Recompute { get; init; }

    /// <summary>Steps between two validations; 0 for none.</summary>
    [Option("steps between validations, on images of the split val, or else test; 0: none")]
    public int ValidateEvery { get; init; }

    /// <summary>Images that each of them measures on, the first of their split; 0 for all.</summary>
    [Option("images of a validation, the first of their split; 0: all")]
    public int ValidateImages { get; init; } = 1024;

    /// <summary>By what the best checkpoint is chosen: of validations where there are some, but for the loss.</summary>
    [Option("figure that the best checkpoint is chosen by: nmse, of validations where there are some, psnr or ssim of these, or "
        + "the loss of training")]
    public BestFigure Best { get; init; }

    public override void Validate()
    {
        Check.AtLeast("validate-every", ValidateEvery, 0);
        Check.AtLeast("validate-images", ValidateImages, 0);
        Check.That("best", "nmse, psnr, ssim or loss", Best, Enum.IsDefined(Best));
        Check.That(
            "best", "nmse or loss where nothing is validated", OptionText.Format(Best),
            ValidateEvery > 0 || Best is BestFigure.Nmse or BestFigure.Loss);
        Check.That("reconstruction-loss", "mse or l1", ReconstructionLoss, Enum.IsDefined(ReconstructionLoss));
        Check.Weight("reconstruction-weight", ReconstructionWeight);
    }
}
