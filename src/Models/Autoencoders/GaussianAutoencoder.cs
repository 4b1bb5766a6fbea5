using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders;

/// <summary>A variational autoencoder (arXiv:1312.6114): each latent number has a normal distribution, from which training
/// draws; otherwise its mean is taken.</summary>
/// <remarks>Its part of the loss is a weight times the mean over the images of the divergence from N(0, 1), in nats, which the
/// figure <c>kl</c> tells without the weight.</remarks>
public abstract class GaussianAutoencoder : ContinuousAutoencoder
{
    /// <summary>What logs call the divergence.</summary>
    public const string DivergenceName = "kl";

    private readonly float weight;
    private readonly ulong stream;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">What it is made of.</param>
    /// <param name="klWeight">Of a nat of divergence for each image.</param>
    protected GaussianAutoencoder(ModuleScope scope, AutoencoderOptions options, double klWeight)
        : base(scope, options)
    {
        weight = (float)klWeight;
        stream = ModuleScope.StreamOf(scope.Key("posterior"));
    }

    public sealed override IReadOnlyList<string> Figures => [DivergenceName];

    /// <summary>The distribution of the latent images of x (B, C, H, W).</summary>
    /// <exception cref="ShapeException">Wrong channels, or a side that the strides do not divide.</exception>
    public DiagonalGaussian Posterior(Variable x, in StepContext context)
    {
        CheckImages(x.Shape);
        return FindPosterior(x, context);
    }

    /// <inheritdoc cref="Posterior"/>
    protected abstract DiagonalGaussian FindPosterior(Variable x, in StepContext context);

    protected override AutoencoderOutput Reconstruct(Variable x, in StepContext context)
    {
        var posterior = FindPosterior(x, context);
        var z = context.IsTraining ? posterior.Sample(context.RandomFor("posterior"), stream) : posterior.Mode;
        var divergence = Mean.Apply(posterior.Kl()).Keep();
        return new AutoencoderOutput(DrawAgain(x, z, context), divergence * weight, [])
        {
            Figures = [(DivergenceName, divergence)],
        };
    }

    /// <summary>Images of the latent images z of x (B, C, H, W).</summary>
    protected virtual Variable DrawAgain(Variable x, Variable z, in StepContext context) => Draw([z], context);

    protected sealed override IReadOnlyList<Variable> FindLatents(Variable x, in StepContext context) =>
        [FindPosterior(x, context).Mode];
}
