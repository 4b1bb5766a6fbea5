using IlgpuVq.Autograd;

namespace IlgpuVq.Models;

/// <summary>Whether a pass keeps what lies within the blocks of a model until the backward pass, or computes it again there
/// (<see cref="Recompute"/>): less memory for one more forward pass, and the same bits.</summary>
public enum Recomputation
{
    /// <summary>All is kept.</summary>
    Off,

    /// <summary>Containers cut what they hold into segments: of a residual block, or of a few layers.</summary>
    On,

    /// <summary>Within a segment, for the first time.</summary>
    Within,

    /// <summary>Within a segment, again: random numbers are those of the first time, and nothing learns.</summary>
    Again,
}

/// <summary>A forward pass of a part of a model, as <see cref="Layers.Layer.Forward"/> is.</summary>
public delegate Variable Part(Variable x, in StepContext context);

/// <summary>A forward pass of a part of a model that looks at a second variable, such as a latent image that scales.</summary>
public delegate Variable GuidedPart(Variable x, Variable guide, in StepContext context);
