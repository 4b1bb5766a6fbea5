namespace IlgpuVq.Tensors;

/// <summary>Which operands of a matrix product are read transposed.</summary>
[Flags]
public enum Transpose
{
    None = 0,
    A = 1,
    B = 2,
}
