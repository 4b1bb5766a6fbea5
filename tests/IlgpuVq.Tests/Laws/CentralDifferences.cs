using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws;

/// <summary>Derivatives of a double-precision reference by central differences.</summary>
/// <remarks>With step 1e-5 the truncation error, step²/6·f''', is near 1e-11 and the rounding error, 1e-16/step, near 1e-11: both far below float.</remarks>
internal static class CentralDifferences
{
    /// <summary>How far a kink must be: a step of one input may move what the kink depends on by several times as much.</summary>
    public const double KinkMargin = 1e-3;

    private const double Step = 1e-5;

    /// <summary>d ⟨reference(inputs), upstream⟩ / d inputs[which], every element.</summary>
    public static DoubleTensor Gradient(
        Func<DoubleTensor[], DoubleTensor> reference, DoubleTensor[] inputs, DoubleTensor upstream, int which)
    {
        var gradient = DoubleTensor.Zeros(inputs[which].Shape);
        for (var i = 0; i < gradient.Values.Length; i++)
        {
            gradient.Values[i] = (Objective(Step, i) - Objective(-Step, i)) / (2 * Step);
        }

        return gradient;

        double Objective(double step, int i)
        {
            var moved = (DoubleTensor[])inputs.Clone();
            moved[which] = inputs[which].With(i, inputs[which].Values[i] + step);
            return reference(moved).Dot(upstream);
        }
    }
}
