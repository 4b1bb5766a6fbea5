using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host;

/// <summary>What host forms compute of a row of logits.</summary>
internal static unsafe class HostSoftmax
{
    public static float Max(float* x, int count)
    {
        var max = Vector512.Create(float.NegativeInfinity);
        for (var i = 0; i < count; i += HostLoop.Width)
        {
            max = default(MaximumOperator).Apply(max, HostLoop.LoadPart(x + i, count - i, float.NegativeInfinity));
        }

        return HostLoop.Fold(max, default(MaximumOperator));
    }

    /// <summary><c>Σ exp(x − max)</c>.</summary>
    public static float SumOfExp(float* x, int count, float max)
    {
        var (top, sum) = (Vector512.Create(max), Vector512<float>.Zero);
        var i = 0;
        for (; i <= count - HostLoop.Width; i += HostLoop.Width)
        {
            sum += Vector512.Exp(Vector512.Load(x + i) - top);
        }

        if (i < count)
        {
            // Lanes behind the end are set to 0 after exp, not to −∞ before it: −∞ minus −∞ would be NaN.
            sum += HostLoop.Part(Vector512.Exp(Vector512.Load(x + i) - top), count - i, 0);
        }

        return HostLoop.Fold(sum, default(AddOperator));
    }
}
