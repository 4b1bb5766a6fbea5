using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Adversarial;

/// <summary>What a <see cref="Discriminator"/> made of images, on their tape.</summary>
public sealed class DiscriminatorPass
{
    private readonly IReadOnlyList<DiscriminatorBlock> blocks;
    private readonly Variable headWeight;
    private readonly bool hasSigmoid;

    internal DiscriminatorPass(Variable scores, IReadOnlyList<DiscriminatorBlock> blocks, Variable headWeight, bool hasSigmoid) =>
        (Scores, this.blocks, this.headWeight, this.hasSigmoid) = (scores, blocks, headWeight, hasSigmoid);

    /// <summary>(B, 1, h, w), high for real images.</summary>
    public Variable Scores { get; }

    /// <summary>g = ∂ Σ D(x) / ∂x, of x's shape, as ops that the tape can differentiate again.</summary>
    /// <remarks>
    /// <para>The gradient network: from a gradient of 1 at each score through σ′ = σ·(1 − σ), the transposed 1×1 convolution, and
    /// for each block from the last the leaky ReLU's slopes, the instance norm's gradient written out with means of its input,
    /// and the transposed convolution. Slopes count as constants, as they are but at the kink; all else has its
    /// derivative.</para>
    /// <para>So a backward pass from any function of g gives its exact second-order gradients of all weights and of x.</para>
    /// </remarks>
    public Variable InputGradient()
    {
        var tape = Scores.Tape;
        using var ones = Primitive.Fill(tape.Device, Scores.Shape, 1);
        var d = hasSigmoid ? Scores * (1 - Scores) : tape.Constant(ones, "ones");
        d = ConvTranspose2d.Apply(d, headWeight, bias: null, new Conv2dParams());
        for (var i = blocks.Count - 1; i >= 0; i--)
        {
            d = blocks[i].InputGradient(d);
        }

        return d;
    }

    /// <summary>The gradient penalty, mean over images of <c>(‖g‖ − c)²</c> with g of <see cref="InputGradient"/>; a
    /// scalar.</summary>
    /// <remarks>
    /// <para>‖g‖ = √(Σ g² + 1e-12) over an image's numbers, so that an image without a gradient divides by no zero. With c = 0 it
    /// is the mean of Σ g².</para>
    /// <para>Source: Mescheder, Geiger, Nowozin, arXiv:1801.04406, equation 9, for c = 0 (R1); c = 1 is that of Gulrajani et al.,
    /// arXiv:1704.00028, at real images, as diffusers' VQGAN example has it.</para>
    /// </remarks>
    /// <param name="norm">c, the norm that costs nothing.</param>
    public Variable Penalty(float norm)
    {
        const float tiny = 1e-12f;
        var squares = Sum.Apply(Square.Apply(InputGradient()), [1, 2, 3]); // (B)
        return Mean.Apply(norm == 0 ? squares : Square.Apply(Sqrt.Apply(squares + tiny) - norm));
    }
}
