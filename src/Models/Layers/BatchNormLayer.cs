using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Layers;

/// <summary>Normalization of each channel over images and pixels: in training by the batch's own mean and variance, else by
/// running averages of those.</summary>
/// <remarks>
/// <para>In training <c>running ← (1 − m)·running + m·batch</c> with momentum m, the variance with Bessel's correction n/(n − 1),
/// which the normalization itself does not have. All of it on the device, so that a recording replays it.</para>
/// <para>Keys <c>weight</c> and <c>bias</c> (C), from ones, unless said otherwise, and zeros, <c>running_mean</c> (C), from
/// zeros, <c>running_var</c> (C), from ones, and <c>num_batches_tracked</c> (), a whole number, 0 where a file is without
/// it.</para>
/// </remarks>
public sealed class BatchNormLayer : Layer
{
    private readonly ScaleAndShift affine;
    private readonly Tensor<float> runningMean, runningVariance;
    private readonly Tensor<int> batches;
    private readonly int channels;
    private readonly float epsilon, momentum;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="channels">C.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">The batch's part of the new averages.</param>
    /// <param name="isAffine">Whether there are weight and bias.</param>
    /// <param name="scale">What the weight begins with.</param>
    public BatchNormLayer(
        ModuleScope scope, int channels, float epsilon = 1e-5f, float momentum = 0.1f, bool isAffine = true, float scale = 1)
        : base(scope)
    {
        (this.channels, this.epsilon, this.momentum) = (channels, epsilon, momentum);
        affine = isAffine
            ? new(
                AddParameter("weight", [channels], Initializers.Constant(scale)),
                AddParameter("bias", [channels], Initializers.Zero))
            : default;
        runningMean = AddBuffer("running_mean", Primitive.Fill(scope.Device, [channels], 0));
        runningVariance = AddBuffer("running_var", Primitive.Fill(scope.Device, [channels], 1));
        batches = AddBuffer("num_batches_tracked", scope.Device.From<int>([0], []), ifMissing: 0);
    }

    /// <summary>x (B, C, …) → the same. In training the running averages learn from x.</summary>
    /// <exception cref="ShapeException">x is not (B, C, …), or has a single number for each channel in training: those have no
    /// variance.</exception>
    public override Variable Forward(Variable x, in StepContext context)
    {
        CheckShape(x.Shape, context.IsTraining);
        var (weight, bias) = affine.On(x.Tape);
        return context.IsTraining ? Train(x, weight, bias, context.Learns) : Infer(x, weight, bias);
    }

    private Variable Train(Variable x, Variable? weight, Variable? bias, bool learns)
    {
        var y = BatchNorm.Apply(x, weight, bias, epsilon, out var mean, out var rstd);
        using (mean)
        using (rstd)
        {
            if (learns)
            {
                var step = new RunningStep(momentum, epsilon, x.Shape.Size / channels);
                Primitive.UpdateRunningStatistics(runningMean, runningVariance, mean, rstd, step);
                Primitive.Increment(batches);
            }
        }

        return y;
    }

    private Variable Infer(Variable x, Variable? weight, Variable? bias)
    {
        using var rstd = Primitive.ReciprocalDeviation(runningVariance, epsilon);
        return BatchNorm.Apply(x, runningMean, rstd, weight, bias);
    }

    private void CheckShape(Shape x, bool isTraining)
    {
        if (x.Rank < 2 || x[1] != channels || (isTraining && x.Size / channels < 2))
        {
            throw new ShapeException(
                "batch-norm", $"x (B, {channels}, …){(isTraining ? " with two numbers or more for each channel" : "")}",
                ("x", x));
        }
    }
}
