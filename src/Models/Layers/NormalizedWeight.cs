using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>How the weight of a layer is computed of what is learnt.</summary>
public enum WeightRule
{
    /// <summary>Divided by its largest singular value: <see cref="SpectralNorm"/>.</summary>
    Spectral,

    /// <summary>Directions and lengths apart: <see cref="WeightNorm"/>.</summary>
    Length,
}

/// <summary>A weight that is computed of what is learnt, to stand in a layer's place of it.</summary>
/// <param name="scope">The layer's own: its keys lie beside the layer's bias.</param>
public abstract class NormalizedWeight(ModuleScope scope) : Module(scope)
{
    /// <summary>Makes it by a rule.</summary>
    /// <param name="scope">The layer's own.</param>
    /// <param name="shape">Of the weight, output channels first.</param>
    /// <param name="initializer">Of the weight as it would be without.</param>
    /// <param name="rule">Which.</param>
    public static NormalizedWeight Of(ModuleScope scope, Shape shape, Initializer initializer, WeightRule rule) => rule switch
    {
        WeightRule.Spectral => new SpectralNorm(scope, shape, initializer),
        _ => new WeightNorm(scope, shape, initializer),
    };

    /// <summary>What changes once per training step, before the weight is used in it; nothing for most.</summary>
    public virtual void Advance()
    {
    }

    /// <summary>The weight as a variable of a tape; its gradient goes to what is learnt.</summary>
    public abstract Variable On(Tape tape);
}
