using ILGPU;
using ILGPU.Runtime;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>Four neighbours of a tensor, which devices read and write in one access of 16 bytes.</summary>
internal readonly record struct Quad(float X, float Y, float Z, float W)
{
    public const int Length = 4;

    /// <summary>Bytes that the first of them is a multiple of: tensors begin at the start of their buffers.</summary>
    public const int Alignment = Length * sizeof(float);

    /// <summary>Whether a size, or sizes, fall into quads.</summary>
    public static bool Fits(params ReadOnlySpan<int> lengths)
    {
        foreach (var length in lengths)
        {
            if (length % Length != 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A tensor whose size falls into quads, as such.</summary>
    public static ArrayView<Quad> Of(Tensor<float> tensor) => tensor.View.Cast<Quad>();

    /// <summary>Adds a factor's products with four neighbours, each rounded once.</summary>
    public Quad Add(float factor, Quad b) => new(
        DeviceArithmetic.Fma(factor, b.X, X),
        DeviceArithmetic.Fma(factor, b.Y, Y),
        DeviceArithmetic.Fma(factor, b.Z, Z),
        DeviceArithmetic.Fma(factor, b.W, W));

    /// <summary>The same view, of which the compiler knows the alignment.</summary>
    public static ArrayView<Quad> Aligned(ArrayView<Quad> view) => view.AsAligned(Alignment);
}
