using ILGPU;
using ILGPU.Runtime;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>Four neighbours of a tensor, which devices read and write in one access of 16 bytes.</summary>
internal readonly record struct Quad(float X, float Y, float Z, float W)
{
    public const int Length = 4;

    /// <summary>Whether a tensor of this size falls into quads, and the views begin at one.</summary>
    public static bool Fits(int size, params ReadOnlySpan<ArrayView<float>> views)
    {
        foreach (var view in views)
        {
            if (view.Index % Length != 0)
            {
                return false;
            }
        }

        return size % Length == 0;
    }

    /// <summary>The i-th quad.</summary>
    public static Quad Load(ArrayView<float> view, int i)
    {
        var aligned = view.AsAligned(Length * sizeof(float));
        return new Quad(aligned[i * Length], aligned[i * Length + 1], aligned[i * Length + 2], aligned[i * Length + 3]);
    }

    public void Store(ArrayView<float> view, int i)
    {
        var aligned = view.AsAligned(Length * sizeof(float));
        aligned[i * Length] = X;
        aligned[i * Length + 1] = Y;
        aligned[i * Length + 2] = Z;
        aligned[i * Length + 3] = W;
    }
}
