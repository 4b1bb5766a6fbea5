using System.Runtime.Intrinsics;
using ILGPU;
using ILGPU.Algorithms;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>The constants of one Adam step.</summary>
/// <param name="LearningRate">α.</param>
/// <param name="Beta1">Decay of the mean of gradients, 0.9 as a rule.</param>
/// <param name="Beta2">Decay of the mean of squared gradients, 0.999 as a rule.</param>
/// <param name="Epsilon">ε, added to the root after the bias correction, 1e-8 as a rule.</param>
/// <param name="WeightDecay">λ of AdamW; 0 for plain Adam.</param>
/// <param name="Step">t, counted from 1: both means start at 0 and are corrected for that.</param>
public readonly record struct AdamStep(float LearningRate, float Beta1, float Beta2, float Epsilon, float WeightDecay, int Step);

public static partial class Primitive
{
    /// <summary>Length of the tensor that <see cref="PrepareAdam"/> fills.</summary>
    public const int AdamFactorCount = 8;

    /// <summary>One step of Adam on a parameter and its two moments, all in place and in one pass.</summary>
    /// <remarks>
    /// <para>p ← p − αλ·p; m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; p ← p − α·m̂ / (√v̂ + ε) with
    /// m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).</para>
    /// <para>Shapes: parameter, gradient, m and v alike.</para>
    /// <para>NaN in the gradient spreads to the parameter and both moments.</para>
    /// <para>Source: Kingma and Ba, arXiv:1412.6980, algorithm 1; with λ ≠ 0 the decoupled decay of Loshchilov and Hutter,
    /// arXiv:1711.05101, scaled by the learning rate. The order of operations is that of PyTorch's Adam and AdamW.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The step is below 1.</exception>
    public static void UpdateAdam(
        Tensor<float> parameter, Tensor<float> gradient, Tensor<float> m, Tensor<float> v, in AdamStep s)
    {
        AdamKernels.CheckShapes(parameter.Shape, gradient.Shape, m.Shape, v.Shape);
        ArgumentOutOfRangeException.ThrowIfLessThan(s.Step, 1);
        using var factors = parameter.Device.Empty<float>([AdamFactorCount]);
        PrepareAdam(factors, s);
        UpdateAdam(parameter, gradient, m, v, factors);
    }

    /// <summary>One step with the factors that <see cref="PrepareAdam"/> has put into a tensor: the same call in every step, as a
    /// <see cref="Recording"/> needs it.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static void UpdateAdam(
        Tensor<float> parameter, Tensor<float> gradient, Tensor<float> m, Tensor<float> v, Tensor<float> factors)
    {
        AdamKernels.CheckShapes(parameter.Shape, gradient.Shape, m.Shape, v.Shape);
        if (factors.Shape != [AdamFactorCount])
        {
            throw new ShapeException("adam", $"factors ({AdamFactorCount})", ("factors", factors.Shape));
        }

        parameter.CheckMayChange("adam");
        m.CheckMayChange("adam");
        v.CheckMayChange("adam");
        parameter.Device.Run(new AdamKernels.Call(parameter, gradient, m, v, factors));
    }

    /// <summary>Writes what a step multiplies by, the same for all elements, computed in double.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step is below 1.</exception>
    public static void PrepareAdam(Tensor<float> factors, in AdamStep s)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(s.Step, 1);
        factors.CopyFrom(
        [
            (float)(1 - (double)s.LearningRate * s.WeightDecay), s.Beta1, 1 - s.Beta1, s.Beta2, 1 - s.Beta2,
            (float)(s.LearningRate / (1 - Math.Pow(s.Beta1, s.Step))), (float)Math.Sqrt(1 - Math.Pow(s.Beta2, s.Step)), s.Epsilon,
        ]);
    }
}

internal static class AdamKernels
{
    internal static void CheckShapes(Shape parameter, Shape gradient, Shape m, Shape v)
    {
        if (gradient != parameter || m != parameter || v != parameter)
        {
            throw new ShapeException("adam", "gradient, m and v of the parameter's shape",
                ("parameter", parameter), ("gradient", gradient), ("m", m), ("v", v));
        }
    }

    internal readonly struct UpdateElements(
        ArrayView<float> parameter, ArrayView<float> gradient, ArrayView<float> m, ArrayView<float> v,
        ArrayView<float> factors) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element.
            var f = new Factors(
                factors[0], factors[1], factors[2], factors[3], factors[4], factors[5], factors[6], factors[7]);
            var g = gradient[i];
            var mean = f.Beta1 * m[i] + f.OneMinusBeta1 * g;
            var square = f.Beta2 * v[i] + f.OneMinusBeta2 * g * g;
            m[i] = mean;
            v[i] = square;
            parameter[i] = f.Keep * parameter[i] - f.StepSize * mean / (XMath.Sqrt(square) / f.RootCorrection + f.Epsilon);
        }
    }

    /// <summary>The factors by their names, in the order in which they lie in memory.</summary>
    internal readonly record struct Factors(
        float Keep, float Beta1, float OneMinusBeta1, float Beta2, float OneMinusBeta2, float StepSize, float RootCorrection,
        float Epsilon);

    internal readonly record struct Call(
        Tensor<float> Parameter, Tensor<float> Gradient, Tensor<float> M, Tensor<float> V, Tensor<float> FactorValues)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Parameter.Size, HostLoop.ElementGrain, this);

        public unsafe void Range(int start, int end)
        {
            float* parameters = Parameter.Pointer, gradients = Gradient.Pointer, m = M.Pointer, v = V.Pointer;
            var f = *(Factors*)FactorValues.Pointer;
            var (keep, stepSize) = (Vector512.Create(f.Keep), Vector512.Create(f.StepSize));
            var (beta1, rest1) = (Vector512.Create(f.Beta1), Vector512.Create(f.OneMinusBeta1));
            var (beta2, rest2) = (Vector512.Create(f.Beta2), Vector512.Create(f.OneMinusBeta2));
            var (correction, epsilon) = (Vector512.Create(f.RootCorrection), Vector512.Create(f.Epsilon));
            for (var i = start; i < end; i += HostLoop.Width)
            {
                var g = Vector512.Load(gradients + i);
                var mean = beta1 * Vector512.Load(m + i) + rest1 * g;
                var square = beta2 * Vector512.Load(v + i) + rest2 * g * g;
                var step = stepSize * mean / (Vector512.Sqrt(square) / correction + epsilon);
                var parameter = keep * Vector512.Load(parameters + i) - step;
                var count = Math.Min(HostLoop.Width, end - i);
                HostLoop.StorePart(mean, m + i, count);
                HostLoop.StorePart(square, v + i, count);
                HostLoop.StorePart(parameter, parameters + i, count);
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Parameter.Size, new UpdateElements(Parameter.View, Gradient.View, M.View, V.View, FactorValues.View));
    }
}
