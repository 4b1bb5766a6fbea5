using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Optimization;

/// <summary>The constants of <see cref="Adam"/>; PyTorch's defaults but for the learning rate, which is that of
/// the VQ-VAE paper's code.</summary>
public record AdamOptions : OptimizerOptions
{
    /// <summary>Decay β₁ of the mean of gradients.</summary>
    [Option("decay of Adam's mean of gradients", MayChange = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay β₂ of the mean of squared gradients.</summary>
    [Option("decay of Adam's mean of squared gradients", MayChange = true)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>ε, added to the root.</summary>
    [Option("ε that Adam adds to the root of the mean of squares", MayChange = true)]
    public double Epsilon { get; init; } = 1e-8;

    public override void Validate()
    {
        base.Validate();
        Check.Fraction("beta1", Beta1);
        Check.Fraction("beta2", Beta2);
        Check.Weight("epsilon", Epsilon);
    }

    public override IOptimizer Build(IEnumerable<Parameter> parameters) => new Adam(parameters, this, weightDecay: 0);
}

/// <summary>The constants of AdamW: Adam with a decay of the weights that does not go
/// through the moments (arXiv:1711.05101).</summary>
public sealed record AdamWOptions : AdamOptions
{
    /// <summary>λ: each step takes the learning rate times λ of a weight away.</summary>
    [Option("weight decay λ of AdamW", MayChange = true)]
    public double WeightDecay { get; init; } = 0.01;

    public override void Validate()
    {
        base.Validate();
        Check.Weight("weight-decay", WeightDecay);
    }

    public override IOptimizer Build(IEnumerable<Parameter> parameters) => new Adam(parameters, this, (float)WeightDecay);
}

/// <summary>Adam (arXiv:1412.6980, algorithm 1) over the parameters of a model.</summary>
/// <remarks>Its state, two moments for each parameter and the number of steps, is saved
/// under <c>adam.m.KEY</c> and <c>adam.v.KEY</c>.</remarks>
public sealed class Adam : IOptimizer
{
    private readonly AdamOptions options;
    private readonly float weightDecay;
    private readonly List<Slot> slots = [];
    private Tensor<float>? factors;

    public Adam(IEnumerable<Parameter> parameters, AdamOptions options, float weightDecay = 0)
    {
        (this.options, this.weightDecay) = (options, weightDecay);
        foreach (var parameter in parameters)
        {
            var device = parameter.Value.Device;
            slots.Add(new Slot(
                parameter, Primitive.Fill(device, parameter.Shape, 0), Primitive.Fill(device, parameter.Shape, 0)));
        }
    }

    /// <summary>Steps taken; set when a checkpoint is loaded.</summary>
    public int Steps { get; set; }

    /// <summary>The moments, by key.</summary>
    public IEnumerable<NamedTensor> State => slots.SelectMany(slot => new[]
    {
        new NamedTensor($"adam.m.{slot.Parameter.Name}", slot.M), new NamedTensor($"adam.v.{slot.Parameter.Name}", slot.V),
    });

    /// <summary>Moves every parameter that has a gradient and clears the gradients.</summary>
    public void Step()
    {
        Advance();
        Apply();
    }

    /// <summary>The first half of a step: counts it and sets what all parameters are multiplied by, from the host.</summary>
    public void Advance()
    {
        Steps++;
        Prepare((float)options.LearningRateAt(Steps), Steps);
    }

    /// <inheritdoc/>
    public void Hold() => Prepare(learningRate: 0, step: 1);

    /// <summary>The second half, which a <see cref="Recording"/> may hold: moves the parameters
    /// and clears the gradients.</summary>
    /// <exception cref="InvalidOperationException">No step was begun.</exception>
    public void Apply()
    {
        using var clip = options.ClipNorm > 0
            ? GradientClipping.Factor(slots.Select(slot => slot.Parameter), (float)options.ClipNorm)
            : null;
        foreach (var (parameter, m, v) in slots)
        {
            if (parameter.Gradient is { } whole)
            {
                using var gradient = clip is null
                    ? whole.Share()
                    : Primitive.Zip("clip-norm", whole, clip, default(Multiply));
                Primitive.UpdateAdam(parameter.Value, gradient, m, v, factors ?? throw new InvalidOperationException(
                    "adam: expected Advance before Apply; got no step to apply. Call Step for both."));
                parameter.ClearGradient();
            }
        }
    }

    private void Prepare(float learningRate, int step)
    {
        if (slots.Count > 0)
        {
            factors ??= slots[0].M.Device.Empty<float>([Primitive.AdamFactorCount]);
            Primitive.PrepareAdam(factors, new AdamStep(
                learningRate, (float)options.Beta1, (float)options.Beta2, (float)options.Epsilon, weightDecay, step));
        }
    }

    public void Dispose()
    {
        factors?.Dispose();
        foreach (var slot in slots)
        {
            slot.M.Dispose();
            slot.V.Dispose();
        }
    }

    private sealed record Slot(Parameter Parameter, Tensor<float> M, Tensor<float> V);
}
