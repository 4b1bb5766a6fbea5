using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders;

/// <summary>A normal distribution of each latent number, independent of the others, N(μ, σ²) with ln σ² limited to [−30,
/// 20].</summary>
/// <remarks>
/// <para>Shapes: mean and log variance (B, …). Sums below go over all axes but the first: a number for each image, in
/// nats.</para>
/// <para>Gradient: through mean and log variance; beyond its limits a log variance has none. Those of <see cref="Exp"/>,
/// <see cref="Square"/>, <see cref="Sum"/> and <see cref="Clamp"/>, of which all is made.</para>
/// <para>NaN passes. Deterministic, also <see cref="Sample"/>, by the step's random numbers.</para>
/// <para>Source: arXiv:1312.6114, section 2.4 and appendix B; the limits are those of diffusers.</para>
/// </remarks>
public sealed class DiagonalGaussian
{
    private const float LeastLogVariance = -30;
    private const float LargestLogVariance = 20;

    /// <param name="mean">μ.</param>
    /// <param name="logVariance">ln σ², which is limited.</param>
    /// <exception cref="ShapeException">The shapes differ, or have no axis beyond the first.</exception>
    public DiagonalGaussian(Variable mean, Variable logVariance)
    {
        if (mean.Shape != logVariance.Shape || mean.Shape.Rank < 2)
        {
            throw new ShapeException(
                "diagonal-gaussian", "mean and log variance (B, …)", ("mean", mean.Shape), ("log variance", logVariance.Shape));
        }

        Mean = mean;
        LogVariance = Clamp.Apply(logVariance, LeastLogVariance, LargestLogVariance);
    }

    /// <summary>μ.</summary>
    public Variable Mean { get; }

    /// <summary>ln σ².</summary>
    public Variable LogVariance { get; }

    /// <summary>What is most likely, μ.</summary>
    public Variable Mode => Mean;

    /// <summary>Of moments (B, 2·D, …): the first D channels are the means, the others the log variances.</summary>
    /// <exception cref="ShapeException">There is no even number of channels.</exception>
    public static DiagonalGaussian OfMoments(Variable moments)
    {
        if (moments.Shape is not [_, > 0 and var channels, ..] || channels % 2 != 0)
        {
            throw new ShapeException("diagonal-gaussian", "moments (B, 2·D, …)", ("moments", moments.Shape));
        }

        var d = channels / 2;
        return new DiagonalGaussian(
            Slice.Apply(moments, axis: 1, start: 0, length: d), Slice.Apply(moments, axis: 1, start: d, length: d));
    }

    /// <summary>A draw μ + σ·ε, ε ~ N(0, 1) of the step.</summary>
    /// <param name="random">The step's random numbers, so that a recorded step draws anew each time.</param>
    /// <param name="stream">Tells this use from others in the step.</param>
    public Variable Sample(RandomState random, ulong stream)
    {
        using var noise = random.Normal(Mean.Shape, mean: 0, deviation: 1, stream);
        return Mean + Exp.Apply(LogVariance * 0.5f) * Mean.Tape.Constant(noise, "noise");
    }

    /// <summary>KL(this ‖ N(0, 1)) = ½·Σ(μ² + σ² − 1 − ln σ²) of each image, (B).</summary>
    public Variable Kl() => HalfSum(Square.Apply(Mean) + Exp.Apply(LogVariance) - LogVariance - 1);

    /// <summary>KL(this ‖ other) = ½·Σ((μ − μ')²/σ'² + σ²/σ'² − 1 − ln σ² + ln σ'²) of each image, (B).</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public Variable Kl(DiagonalGaussian other)
    {
        CheckSame("other", other.Mean);
        var difference = LogVariance - other.LogVariance;
        var distance = Square.Apply(Mean - other.Mean) * Exp.Apply(-other.LogVariance);
        return HalfSum(distance + Exp.Apply(difference) - difference - 1);
    }

    /// <summary>−ln p(sample) = ½·Σ(ln 2π + ln σ² + (sample − μ)²/σ²) of each image, (B).</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public Variable Nll(Variable sample)
    {
        CheckSame("sample", sample);
        return HalfSum(Square.Apply(sample - Mean) * Exp.Apply(-LogVariance) + LogVariance + MathF.Log(2 * MathF.PI));
    }

    private static Variable HalfSum(Variable each)
    {
        var flat = Reshape.Apply(each, [each.Shape[0], each.Shape.Size / Math.Max(each.Shape[0], 1)]);
        return Sum.Apply(flat, [1]) * 0.5f;
    }

    private void CheckSame(string name, Variable with)
    {
        if (with.Shape != Mean.Shape)
        {
            throw new ShapeException(
                "diagonal-gaussian", $"{name} of the mean's shape", (name, with.Shape), ("mean", Mean.Shape));
        }
    }
}
