using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws;

/// <summary>Derivatives of a double-precision reference by central differences.</summary>
internal static class CentralDifferences
{
    /// <summary>How far a kink must be for <see cref="Gradient"/>: a step may move what has the kink by several.</summary>
    public const double ElementMargin = 1e-3;

    /// <summary>The same for <see cref="Along"/>, where all inputs move: the sum over a window by up to 200 steps.</summary>
    public const double DirectionMargin = 2e-5;

    /// <summary>Truncation error step²/6·f''' and rounding error 1e-16/step are both near 1e-11, far below float.</summary>
    private const double ElementStep = 1e-5;

    /// <summary>Smaller, so that few cases have a kink within reach; the rounding error of 1e-9 is still small.</summary>
    private const double DirectionStep = 1e-7;

    /// <summary>d ⟨reference(inputs), upstream⟩ / d inputs[which], every element.</summary>
    public static DoubleTensor Gradient(
        Func<DoubleTensor[], DoubleTensor> reference, DoubleTensor[] inputs, DoubleTensor upstream, int which,
        double step = ElementStep)
    {
        var gradient = DoubleTensor.Zeros(inputs[which].Shape);
        for (var i = 0; i < gradient.Values.Length; i++)
        {
            gradient.Values[i] = Difference(At(i, -step), At(i, step), upstream) / (2 * step);
        }

        return gradient;

        DoubleTensor At(int i, double by) =>
            Reference(reference, inputs, which, inputs[which].With(i, inputs[which].Values[i] + by));
    }

    /// <summary>d ⟨reference(inputs), upstream⟩ as inputs[which] moves along <paramref name="direction"/>.</summary>
    public static double Along(
        Func<DoubleTensor[], DoubleTensor> reference, DoubleTensor[] inputs, DoubleTensor upstream, int which,
        DoubleTensor direction)
    {
        return Difference(At(-DirectionStep), At(DirectionStep), upstream) / (2 * DirectionStep);

        DoubleTensor At(double step) => Reference(reference, inputs, which, new DoubleTensor(
            direction.Shape, [.. inputs[which].Values.Zip(direction.Values, (x, d) => x + step * d)]));
    }

    private static DoubleTensor Reference(
        Func<DoubleTensor[], DoubleTensor> reference, DoubleTensor[] inputs, int which, DoubleTensor moved)
    {
        var all = (DoubleTensor[])inputs.Clone();
        all[which] = moved;
        return reference(all);
    }

    /// <summary>⟨after − before, upstream⟩, subtracted first: a large element that stays must not drown a small one.</summary>
    private static double Difference(DoubleTensor before, DoubleTensor after, DoubleTensor upstream) =>
        new DoubleTensor(after.Shape, [.. after.Values.Zip(before.Values, (b, a) => b - a)]).Dot(upstream);
}
