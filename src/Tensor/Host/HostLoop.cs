using System.Runtime.Intrinsics;

namespace IlgpuVq.Tensors.Host;

/// <summary>Sizes that host forms share.</summary>
internal static class HostLoop
{
    /// <summary>Floats in a vector of host code; narrower processors do it in two or four.</summary>
    public static int Width => Vector512<float>.Count;

    /// <summary>Elements per chunk of an element-wise loop: 64 KiB of float, a few microseconds, a multiple of the vector width.</summary>
    public const int ElementGrain = 16 * 1024;
}
