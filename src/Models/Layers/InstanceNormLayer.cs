using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>Normalization of each channel of each image; with weights, keys <c>weight</c> and <c>bias</c> (C), from ones and
/// zeros.</summary>
public sealed class InstanceNormLayer : Layer
{
    private readonly ScaleAndShift affine;
    private readonly int channels;
    private readonly float epsilon;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="channels">C.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="isAffine">Whether there are weight and bias; PyTorch's layer has none unless asked.</param>
    public InstanceNormLayer(ModuleScope scope, int channels, float epsilon = 1e-5f, bool isAffine = false)
        : base(scope)
    {
        (this.channels, this.epsilon) = (channels, epsilon);
        affine = isAffine
            ? new(AddParameter("weight", [channels], Initializers.One), AddParameter("bias", [channels], Initializers.Zero))
            : default;
    }

    /// <summary>x (B, C, …) → the same.</summary>
    /// <exception cref="ShapeException">x does not have C channels.</exception>
    public override Variable Forward(Variable x, in StepContext context)
    {
        if (x.Shape.Rank < 2 || x.Shape[1] != channels)
        {
            throw new ShapeException("instance-norm", $"x (B, {channels}, …)", ("x", x.Shape));
        }

        var (weight, bias) = affine.On(x.Tape);
        return InstanceNorm.Apply(x, weight, bias, epsilon);
    }
}
