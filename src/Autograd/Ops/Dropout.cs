using System.Runtime.CompilerServices;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>Sets random elements to 0 and scales the others so that the mean stays, <c>y = mask · x / (1 −
/// probability)</c>.</summary>
/// <remarks>
/// <para>Shapes: x any → y the same.</para>
/// <para>Gradient: dX = mask · dY / (1 − probability).</para>
/// <para>A dropped NaN or ∞ becomes 0. The mask is a function of (seed, stream) and the element's place alone, the same on every
/// device; an op of a training step passes its own stream. Deterministic.</para>
/// <para>Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15, 2014, scaled
/// during training rather than after.</para>
/// </remarks>
public static class Dropout
{
    /// <summary>With the numbers of a seed. A recording does not repeat it; for a training step
    /// there is the other form.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1).</exception>
    public static Variable Apply(Variable x, float probability, ulong seed, ulong stream)
    {
        CheckProbability(probability);
        return Keep(x, probability, Primitive.RandomBernoulli(x.Device, x.Shape, 1 - probability, seed, stream));
    }

    /// <summary>With the numbers of a step, which a recording draws anew.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1).</exception>
    public static Variable Apply(Variable x, float probability, RandomState random, ulong stream)
    {
        CheckProbability(probability);
        return Keep(x, probability, random.Bernoulli(x.Shape, 1 - probability, stream));
    }

    private static void CheckProbability(float probability)
    {
        if (probability is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(probability), $"dropout: expected a probability in [0, 1); got {probability}.");
        }
    }

    private static Variable Keep(Variable x, float probability, Tensor<float> mask)
    {
        var keep = new Kept(1 / (1 - probability));
        var y = Primitive.Zip("dropout", x.Value, mask, keep);
        return x.Tape.Record("dropout", y, inputs: [x], dY => [Primitive.Zip("dropout", dY, mask, keep)], saved: mask);
    }

    /// <summary><c>scale · x</c> where the mask is 1, 0 where it is 0 whatever x is.</summary>
    internal readonly struct Kept(float scale) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Value<T>(T a, T b)
            where T : struct, ILane<T> => T.IfEqual(b, 0, 0, scale * a);
    }
}
