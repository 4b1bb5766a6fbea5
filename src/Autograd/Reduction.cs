namespace IlgpuVq.Autograd;

/// <summary>What a loss makes of the losses of its elements.</summary>
public enum Reduction
{
    /// <summary>Their mean, weighted where the loss has weights.</summary>
    Mean,

    Sum,

    /// <summary>All of them.</summary>
    None,
}
