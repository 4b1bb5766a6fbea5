using IlgpuVq.Models;
using IlgpuVq.Models.Adversarial;

namespace IlgpuVq.Train.Config;

/// <summary>Images out of their codes that a discriminator, trained beside the model, takes for real ones: VQGAN
/// (arXiv:2012.09841).</summary>
public sealed record AdversarialOptions : ReconstructionOptions
{
    /// <summary>A file of the network whose features reconstructions should share with their images; null for none.</summary>
    [Option("safetensors file of the network that a perceptual loss looks with: LPIPS's VGG-16; no such loss when not given",
        MayChange = true)]
    public string? Perceptual { get; init; }

    /// <summary>What the network is made of that tells images from reconstructions.</summary>
    public DiscriminatorOptions Discriminator { get; init; } = new();

    /// <summary>Steps before it begins.</summary>
    [Option("steps before the discriminator begins")]
    public long DiscriminatorStart { get; init; }

    /// <summary>Its step size; 0 for the model's.</summary>
    [Option("learning rate of the discriminator; 0: --lr", Name = "discriminator-lr", MayChange = true)]
    public double DiscriminatorLearningRate { get; init; }

    /// <summary>What the adaptive weight of the generator's loss is multiplied by.</summary>
    [Option("what the adaptive weight of the generator's loss is multiplied by", MayChange = true)]
    public double AdversarialWeight { get; init; } = 1;

    /// <summary>The weight of (‖∇ₓ D(x)‖ − norm)².</summary>
    [Option("weight of the discriminator's gradient penalty (‖∇D(x)‖ − norm)² at real images; 0: off", MayChange = true)]
    public double GradientPenalty { get; init; } = 10;

    /// <summary>The norm that costs nothing.</summary>
    [Option("norm of the discriminator's gradient that costs nothing: 1, or 0 for R1", MayChange = true)]
    public double GradientPenaltyNorm { get; init; } = 1;

    public override void Validate()
    {
        base.Validate();
        Check.That("perceptual", "the path of a file", Perceptual, Perceptual is null or { Length: > 0 });
        Discriminator.Validate();
        Check.That("discriminator-start", "a whole number of at least 0", DiscriminatorStart, DiscriminatorStart >= 0);
        Check.Weight("discriminator-lr", DiscriminatorLearningRate);
        Check.Weight("adversarial-weight", AdversarialWeight);
        Check.Weight("gradient-penalty", GradientPenalty);
        Check.Weight("gradient-penalty-norm", GradientPenaltyNorm);
    }
}
