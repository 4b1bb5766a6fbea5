using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Adversarial;

/// <summary>The losses of the two players, means over all scores.</summary>
/// <remarks>Source: Lim and Ye, arXiv:1705.02894.</remarks>
public static class HingeLoss
{
    /// <summary>What the discriminator minimises: mean(max(0, 1 − D(x))) + mean(max(0, 1 + D(x̂))).</summary>
    /// <param name="real">Scores of images.</param>
    /// <param name="fake">Scores of reconstructions.</param>
    public static Variable OfDiscriminator(Variable real, Variable fake) =>
        Mean.Apply(Relu.Apply(1 - real)) + Mean.Apply(Relu.Apply(fake + 1));

    /// <summary>What the generator minimises: −mean(D(x̂)).</summary>
    /// <param name="fake">Scores of reconstructions.</param>
    public static Variable OfGenerator(Variable fake) => -Mean.Apply(fake);
}
