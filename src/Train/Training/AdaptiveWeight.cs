using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Train.Training;

/// <summary>The weight that makes two losses pull alike at the last layer: λ = min(‖g₁‖ / max(‖g₂‖, 1e-8), 1e4), with the
/// gradients g of both at the weight of the layer that draws the reconstruction.</summary>
/// <remarks>
/// <para>Both are backward passes from the reconstruction to that weight alone (<see cref="Tape.Gradient"/>); all stays on the
/// device. λ is a constant: no gradient goes through it. NaN in either gradient gives NaN.</para>
/// <para>Source: Esser, Rombach, Ommer, arXiv:2012.09841, equation 7, with the bounds of diffusers' VQGAN example.</para>
/// </remarks>
internal static class AdaptiveWeight
{
    private const string Op = "adaptive-weight";
    private const float LeastNorm = 1e-8f;
    private const float Most = 1e4f;

    /// <summary>λ, a scalar; the caller's to dispose.</summary>
    /// <param name="reconstruction">The images, before their tape has run backward.</param>
    /// <param name="first">The gradient of the loss that sets the measure, at the reconstruction.</param>
    /// <param name="second">The gradient of the loss that is weighted, at the reconstruction.</param>
    public static Tensor<float> Of(Variable reconstruction, Tensor<float> first, Tensor<float> second)
    {
        var weight = LastWeight(reconstruction);
        using var measure = NormAt(weight, reconstruction, first);
        using var other = NormAt(weight, reconstruction, second);
        using var divisor = Primitive.Map(other, new Clamp(LeastNorm, float.MaxValue));
        using var ratio = Primitive.Zip(Op, measure, divisor, default(Divide));
        return Primitive.Map(ratio, new Clamp(0, Most));
    }

    /// <summary>The weight of the last layer: of all parameters with two axes or more that the images are computed from, the one
    /// that the fewest ops lie behind.</summary>
    internal static Variable LastWeight(Variable images)
    {
        var seen = new HashSet<Variable> { images };
        for (var next = new Queue<Variable>(seen); next.TryDequeue(out var variable);)
        {
            if (variable is { Inputs.Count: 0, RequiresGradient: true, Shape.Rank: >= 2 })
            {
                return variable;
            }

            foreach (var input in variable.Inputs.Where(seen.Add))
            {
                next.Enqueue(input);
            }
        }

        throw new InvalidOperationException(
            "adaptive-weight: expected images that a layer with a weight draws; got images of none. Train a model.");
    }

    private static Tensor<float> NormAt(Variable weight, Variable y, Tensor<float> upstream)
    {
        using var gradient = y.Tape.Gradient(y, weight, upstream);
        using var squares = Primitive.Map(gradient, default(Square));
        using var sum = Primitive.Sum(squares, []);
        return Primitive.Map(sum, default(Sqrt));
    }
}
