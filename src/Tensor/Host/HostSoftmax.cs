using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Functions;

namespace IlgpuVq.Tensors.Host;

/// <summary>What host forms compute of a row of logits.</summary>
internal static unsafe class HostSoftmax
{
    /// <summary>The largest number. A NaN may be passed over, because every sum of exp that follows has it again.</summary>
    public static float Max(float* x, int count)
    {
        var (max, other) = (Vector512.Create(float.NegativeInfinity), Vector512.Create(float.NegativeInfinity));
        var i = 0;
        for (; i <= count - 2 * HostLoop.Width; i += 2 * HostLoop.Width)
        {
            max = Vector512.MaxNative(max, Vector512.Load(x + i));
            other = Vector512.MaxNative(other, Vector512.Load(x + i + HostLoop.Width));
        }

        for (; i < count; i += HostLoop.Width)
        {
            max = Vector512.MaxNative(max, HostLoop.LoadPart(x + i, count - i, float.NegativeInfinity));
        }

        return HostLoop.Fold(Vector512.MaxNative(max, other), default(Larger));
    }

    /// <summary><c>y = exp(x − max) / Σ exp(x − max)</c>; y may be x.</summary>
    public static void Normalize(float* x, float* y, int count)
    {
        var scale = Vector512.Create(1 / SumOfExp(x, count, Max(x, count), exps: y));
        for (var i = 0; i < count; i += HostLoop.Width)
        {
            HostLoop.StorePart(Vector512.Load(y + i) * scale, y + i, Math.Min(HostLoop.Width, count - i));
        }
    }

    /// <summary><c>Σ exp(x − max)</c>; where <paramref name="exps"/> is not null, it takes the terms.</summary>
    public static float SumOfExp(float* x, int count, float max, float* exps = null)
    {
        var (top, sum) = (Vector512.Create(max), Vector512<float>.Zero);
        var i = 0;
        for (; i <= count - HostLoop.Width; i += HostLoop.Width)
        {
            var e = ElementaryFunctions.Exp(Vector512.Load(x + i) - top);
            sum += e;
            if (exps != null)
            {
                e.Store(exps + i);
            }
        }

        if (i < count)
        {
            // Lanes behind the end are set to 0 after exp, not to −∞ before it: −∞ minus −∞ would be NaN.
            var e = HostLoop.Part(ElementaryFunctions.Exp(Vector512.Load(x + i) - top), count - i, 0);
            sum += e;
            if (exps != null)
            {
                HostLoop.StorePart(e, exps + i, count - i);
            }
        }

        return HostLoop.Fold(sum, default(Plus));
    }
}
