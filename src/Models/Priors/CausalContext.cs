namespace IlgpuVq.Models.Priors;

/// <summary>What a causal network knows beyond its inputs.</summary>
/// <param name="Step">Of the training step, or of inference.</param>
/// <param name="Cache">What its layers keep of the places before, where it goes place by place; null where it sees all places of
/// a grid at once.</param>
/// <param name="IsRow">With a cache: whether it is at all places of a row at once, rather than at one.</param>
public readonly record struct CausalContext(StepContext Step, PlaceCache? Cache = null, bool IsRow = false)
{
    /// <summary>All places at once, in a pass that changes nothing.</summary>
    public static CausalContext Inference => new(StepContext.Inference);
}
