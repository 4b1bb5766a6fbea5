namespace IlgpuVq.Tensors;

/// <summary>What a border around a tensor shows.</summary>
public enum PadMode
{
    /// <summary>One number.</summary>
    Constant,

    /// <summary>The tensor mirrored at its outermost elements, which are not repeated: … 2 1 | 0 1 2.</summary>
    Reflect,

    /// <summary>The outermost elements: … 0 0 | 0 1 2.</summary>
    Replicate,
}
