using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Adversarial;

/// <summary>One block on a tape: a = c(3,2,1) of x, n = its instance norm or a, y = leaky ReLU of n.</summary>
internal sealed record DiscriminatorBlock(Variable X, Variable Weight, Variable A, Variable N, Variable Y, bool HasNorm)
{
    private const float Slope = 0.2f;
    private const float Epsilon = 1e-5f;

    private static readonly Conv2dParams Halving = new(Stride: 2, Padding: 1);

    public static DiscriminatorBlock Of(Variable x, Variable weight, Variable? bias, bool hasNorm)
    {
        var a = Conv2d.Apply(x, weight, bias, Halving);
        var n = hasNorm ? InstanceNorm.Apply(a, weight: null, bias: null, Epsilon) : a;
        return new DiscriminatorBlock(x, weight, a, n, LeakyRelu.Apply(n, Slope), hasNorm);
    }

    /// <summary>dX of dY, as ops: what the tape can differentiate again.</summary>
    public Variable InputGradient(Variable dY)
    {
        var dN = ThroughActivation(dY);
        var dA = HasNorm ? ThroughNorm(dN) : dN;
        return ThroughConvolution(dA);
    }

    /// <summary>dN = slope(n)·dY. Linear in dY with the factor that n alone determines and which is constant but for its jump at
    /// n = 0: dY gets the same factor, and n no gradient.</summary>
    private Variable ThroughActivation(Variable dY)
    {
        var derivative = new Derivative<LeakyRelu>(new LeakyRelu(Slope));
        return dY.Tape.Record(
            "leaky-relu-gradient", Primitive.Zip("leaky-relu-gradient", N.Value, dY.Value, derivative), inputs: [dY, N],
            dZ => [Primitive.Zip("leaky-relu-gradient", N.Value, dZ, derivative), null]);
    }

    /// <summary>dA = (dN − mean(dN) − n·mean(dN·n)) / √(variance(a) + ε), means over the pixels of a channel.</summary>
    private Variable ThroughNorm(Variable dN)
    {
        int[] pixels = [2, 3];
        var distance = A - Mean.Apply(A, pixels, keepDims: true);
        var deviation = Sqrt.Apply(Mean.Apply(Square.Apply(distance), pixels, keepDims: true) + Epsilon); // (B, C, 1, 1)
        var along = Mean.Apply(dN * N, pixels, keepDims: true);
        return (dN - Mean.Apply(dN, pixels, keepDims: true) - N * along) / deviation;
    }

    /// <summary>dX: the adjoint of the convolution, with the rows and columns that its stride left out.</summary>
    private Variable ThroughConvolution(Variable dA)
    {
        var (h, w) = (dA.Shape[2], dA.Shape[3]);
        var left = new Pair(X.Shape[2] - (2 * h - 1), X.Shape[3] - (2 * w - 1));
        return ConvTranspose2d.Apply(dA, Weight, bias: null, Halving, left);
    }
}
