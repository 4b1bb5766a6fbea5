namespace IlgpuVq.Tensors;

/// <summary>What a convolution or matrix product does to its result while it stores it.</summary>
public enum Activation
{
    None,
    Relu,
}

internal static class ActivationFloor
{
    /// <summary>The smallest value that is stored.</summary>
    public static float Floor(this Activation activation) => activation == Activation.Relu ? 0 : float.NegativeInfinity;
}
