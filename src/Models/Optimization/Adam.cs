using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using AdamPrimitive = IlgpuVq.Tensors.Primitives.Adam;

namespace IlgpuVq.Models.Optimization;

/// <summary>The constants of <see cref="Adam"/>; PyTorch's defaults.</summary>
public sealed record AdamOptions
{
    public float LearningRate { get; init; } = 1e-3f;

    public float Beta1 { get; init; } = 0.9f;

    public float Beta2 { get; init; } = 0.999f;

    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>Decoupled weight decay (AdamW); 0 for plain Adam.</summary>
    public float WeightDecay { get; init; }
}

/// <summary>Adam (arXiv:1412.6980, algorithm 1) over the parameters of a model.</summary>
/// <remarks>Its state, two moments for each parameter and the number of steps, is saved under <c>adam.m.KEY</c> and <c>adam.v.KEY</c>.</remarks>
public sealed class Adam : IDisposable
{
    private readonly AdamOptions options;
    private readonly List<Slot> slots = [];
    private Tensor<float>? factors;

    public Adam(IEnumerable<Parameter> parameters, AdamOptions options)
    {
        this.options = options;
        foreach (var parameter in parameters)
        {
            var device = parameter.Value.Device;
            slots.Add(new Slot(parameter, Fill.Constant(device, parameter.Shape, 0), Fill.Constant(device, parameter.Shape, 0)));
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
        if (slots.Count > 0)
        {
            factors ??= slots[0].M.Device.Empty<float>([AdamPrimitive.FactorCount]);
            AdamPrimitive.Prepare(factors, new AdamStep(
                options.LearningRate, options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay, Steps));
        }
    }

    /// <summary>The second half, which a <see cref="Recording"/> may hold: moves the parameters and clears the gradients.</summary>
    /// <exception cref="InvalidOperationException">No step was begun.</exception>
    public void Apply()
    {
        foreach (var (parameter, m, v) in slots)
        {
            if (parameter.Gradient is { } gradient)
            {
                AdamPrimitive.Step(parameter.Value, gradient, m, v, factors ?? throw new InvalidOperationException(
                    "adam: expected Advance before Apply; got no step to apply. Call Step for both."));
                parameter.ClearGradient();
            }
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
