using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>Normalization over groups of channels; keys <c>weight</c> and <c>bias</c> (C), from ones and zeros.</summary>
public sealed class GroupNormLayer : Layer
{
    private readonly ScaleAndShift affine;
    private readonly int groups;
    private readonly float epsilon;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="groups">Into how many the channels are divided.</param>
    /// <param name="channels">C.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="isAffine">Whether there are weight and bias.</param>
    public GroupNormLayer(ModuleScope scope, int groups, int channels, float epsilon = 1e-5f, bool isAffine = true)
        : base(scope)
    {
        (this.groups, this.epsilon) = (groups, epsilon);
        affine = isAffine
            ? new(AddParameter("weight", [channels], Initializers.One), AddParameter("bias", [channels], Initializers.Zero))
            : default;
    }

    /// <summary>x (B, C, …) → the same.</summary>
    /// <exception cref="ShapeException">x does not have C channels, or the groups do not divide them.</exception>
    public override Variable Forward(Variable x, in StepContext context)
    {
        var (weight, bias) = affine.On(x.Tape);
        return GroupNorm.Apply(x, weight, bias, groups, epsilon);
    }
}
