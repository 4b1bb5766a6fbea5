using IlgpuVq.Tensors.Memory;

namespace IlgpuVq.Tensors.Tracing;

/// <summary>A tensor of floats or of ints.</summary>
internal interface ITensor : IDisposable
{
    Shape Shape { get; }

    /// <summary>Its memory, as long as that is lent for it.</summary>
    (Storage Storage, int Loan) Place { get; }

    ITensor Share();
}
