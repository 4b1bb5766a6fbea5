using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Quantizers;

/// <summary>What the columns of a batch are to have: mean 0, skewness 0, and these.</summary>
/// <param name="Variance">Var.</param>
/// <param name="Kurtosis">E z⁴ − 3 of the standardized number z: 0 for the normal distribution.</param>
internal readonly record struct TargetMoments(double Variance, double Kurtosis);

/// <summary>How much each moment weighs.</summary>
internal readonly record struct MomentWeights(double Mean, double Variance, double Skewness, double Kurtosis);

/// <summary>How far the moments of a batch's columns are from those of a distribution: Σ weight·mean over columns of
/// (moment − target)².</summary>
/// <remarks>The variance is the unbiased one; skewness is mean z³ and kurtosis mean z⁴ − 3 of z = (x − mean) / deviation, the
/// deviation 1e-8 or more.</remarks>
internal static class MomentLoss
{
    private const float SmallestVariance = 1e-16f;

    /// <summary>The loss of rows x (N, D), a scalar; null where nothing weighs.</summary>
    public static Variable? Apply(Variable x, TargetMoments target, MomentWeights weights)
    {
        if (weights == default)
        {
            return null;
        }

        var mean = Mean.Apply(x, [0], keepDims: true);
        var centred = x - mean;
        var variance = Sum.Apply(Square.Apply(centred), [0], keepDims: true) / Math.Max(x.Shape[0] - 1, 1);
        var z = centred / Autograd.Sqrt.Apply(Clamp.Apply(variance, SmallestVariance, float.MaxValue));
        Variable? loss = null;
        Include(weights.Mean, () => mean, 0);
        Include(weights.Variance, () => variance, target.Variance);
        Include(weights.Skewness, () => Mean.Apply(Square.Apply(z) * z, [0]), 0);
        Include(weights.Kurtosis, () => Mean.Apply(Square.Apply(Square.Apply(z)), [0]), target.Kurtosis + 3);
        return loss;

        void Include(double weight, Func<Variable> moment, double wanted)
        {
            if (weight > 0)
            {
                var term = Mean.Apply(Square.Apply(moment() - (float)wanted)) * (float)weight;
                loss = loss is null ? term : loss + term;
            }
        }
    }
}
