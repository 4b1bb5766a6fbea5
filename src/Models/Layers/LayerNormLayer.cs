using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>Normalization over the last axis; keys <c>weight</c> and <c>bias</c> (D), from ones and zeros.</summary>
public sealed class LayerNormLayer : Layer
{
    private readonly ScaleAndShift affine;
    private readonly float epsilon;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="width">Numbers of a vector, D.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="isAffine">Whether there are weight and bias.</param>
    public LayerNormLayer(ModuleScope scope, int width, float epsilon = 1e-5f, bool isAffine = true)
        : base(scope)
    {
        this.epsilon = epsilon;
        affine = isAffine
            ? new(AddParameter("weight", [width], Initializers.One), AddParameter("bias", [width], Initializers.Zero))
            : default;
    }

    /// <summary>x (…, D) → the same.</summary>
    /// <exception cref="ShapeException">The last axis of x is not D.</exception>
    public override Variable Forward(Variable x, in StepContext context)
    {
        var (weight, bias) = affine.On(x.Tape);
        return LayerNorm.Apply(x, weight, bias, epsilon);
    }
}
