using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Train.Training;

/// <summary>Names of figures in logs and checkpoints.</summary>
internal static class MetricNames
{
    /// <summary>What is minimised.</summary>
    public const string Loss = "loss";

    /// <summary>Mean squared error of a pixel, images in [−0.5, 0.5].</summary>
    public const string Reconstruction = "recon";

    /// <summary>The same divided by the variance of the training data.</summary>
    public const string Normalized = "nmse";

    /// <summary>Peak signal-to-noise ratio in dB.</summary>
    public const string Psnr = "psnr";

    /// <summary>Structural similarity.</summary>
    public const string Ssim = "ssim";

    /// <summary>The quantizers' part of the loss.</summary>
    public const string Quantizer = "vq";

    /// <summary>The perceptual loss of reconstructions.</summary>
    public const string Perceptual = "perceptual";

    /// <summary>−mean of the discriminator's scores of reconstructions.</summary>
    public const string Generator = "generator";

    /// <summary>The hinge loss of the discriminator, without its gradient penalty.</summary>
    public const string Discriminator = "discriminator";

    /// <summary>λ, the adaptive weight of the generator's loss, before constants.</summary>
    public const string AdaptiveWeight = "lambda";

    /// <summary>The weighted penalty of the discriminator's gradient.</summary>
    public const string GradientPenalty = "gradient_penalty";

    /// <summary>Nats of an index of held-out images, its mean.</summary>
    public const string HeldNats = "held_nats";

    /// <summary>The part of the indices of held-out images that are the likeliest code.</summary>
    public const string HeldAccuracy = "held_accuracy";

    /// <summary>Images per second since the line before.</summary>
    public const string Speed = "images_per_s";

    /// <summary>The learning rate of the step.</summary>
    public const string LearningRate = "lr";

    /// <summary>A figure of a validation.</summary>
    public static string OfValidation(string figure) => $"val_{figure}";

    /// <summary>Nats of an index of one of several grids.</summary>
    public static string Nats(CodeLayout layout) => $"nats_{layout.Name}";

    /// <summary>exp of the entropy of a grid's codes.</summary>
    public static string Perplexity(CodeLayout layout, int grids) => Of("perplexity", layout, grids);

    /// <summary>Codes of a grid that were chosen at all.</summary>
    public static string CodesUsed(CodeLayout layout, int grids) => Of("codes_used", layout, grids);

    /// <summary>exp of the entropy of the codes of one of a grid's levels, in the steps that chose any there.</summary>
    public static string Perplexity(CodeLayout layout, int grids, int level) => Of($"level_{level}_perplexity", layout, grids);

    /// <summary>Codes of one of a grid's levels that were chosen at all.</summary>
    public static string CodesUsed(CodeLayout layout, int grids, int level) => Of($"level_{level}_codes_used", layout, grids);

    /// <summary>How often each code of a grid was chosen.</summary>
    public static string Usage(CodeLayout layout, int grids) => Of("usage", layout, grids);

    /// <summary>How often each code of one of a grid's levels was chosen.</summary>
    public static string Usage(CodeLayout layout, int grids, int level) => Of($"level_{level}_usage", layout, grids);

    /// <summary>The key of how many steps chose any codes on each of a grid's levels, in a checkpoint.</summary>
    public static string Chosen(CodeLayout layout, int grids) => Of("chosen", layout, grids);

    /// <summary>The key of a grid's histogram in a checkpoint.</summary>
    public static string Counts(CodeLayout layout, int grids) => Of("counts", layout, grids);

    /// <summary>Where a model has one grid, its figures need no name of a grid.</summary>
    private static string Of(string figure, CodeLayout layout, int grids) => grids == 1 ? figure : $"{figure}_{layout.Name}";
}
