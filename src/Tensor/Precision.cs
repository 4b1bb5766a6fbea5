namespace IlgpuVq.Tensors;

/// <summary>
/// How exactly matrix products, convolutions and nearest codes multiply. Sums are kept in single precision,
/// and so is everything else.
/// </summary>
public enum Precision
{
    /// <summary>Single precision: 24 bits of mantissa.</summary>
    Fp32,

    /// <summary>TF32: factors are rounded to 11 bits of mantissa; relative error about 5e-4 per factor.
    /// CUDA's tensor cores.</summary>
    Tf32,

    /// <summary>bfloat16: factors are rounded to 8 bits of mantissa; relative error about 4e-3 per factor.
    /// CUDA's tensor cores.</summary>
    Bf16,
}
