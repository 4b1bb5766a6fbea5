using System.Runtime.Intrinsics;

namespace IlgpuVq.Tensors.Host;

/// <summary>A long sum cut into parts, so that several threads have work where its result is small.</summary>
/// <remarks>There are as many parts as the sizes say, whatever the number of threads, and they are added in order.</remarks>
internal static unsafe class PartialSums
{
    /// <summary>Parts of a sum, if it is that long.</summary>
    public const int Parts = 16;

    /// <summary>Floats of the largest result: writing and adding its parts should cost little beside the sum itself.</summary>
    public const int MostFloats = 16 * 1024;

    /// <summary>Where a part begins of so many steps.</summary>
    public static int Start(int part, int parts, int steps) => (int)((long)steps * part / parts);

    /// <summary>Adds <paramref name="parts"/> rows that lie <paramref name="step"/> floats apart.</summary>
    public static void Add(float* from, nint step, int parts, float* to, int count)
    {
        for (var i = 0; i < count; i += HostLoop.Width)
        {
            var sum = Vector512.Load(from + i);
            for (var part = 1; part < parts; part++)
            {
                sum += Vector512.Load(from + part * step + i);
            }

            HostLoop.StorePart(sum, to + i, Math.Min(HostLoop.Width, count - i));
        }
    }
}
