using System.Runtime.CompilerServices;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>How to read an operand while another, dense one is walked in order: up to six axes with a stride
/// each, 0 where it repeats.</summary>
/// <remarks>A plain value of 32-bit numbers: kernels take it as a parameter. Unused leading axes have length 1.</remarks>
internal readonly struct StridedIndex
{
    public const int MaxAxes = 6;
    private readonly int length1, length2, length3, length4, length5;
    private readonly int stride0, stride1, stride2, stride3, stride4, stride5;

    /// <param name="lengths">Axis lengths of the dense walk, outermost first, at most <see cref="MaxAxes"/>.</param>
    /// <param name="strides">This operand's step along each of them, in elements.</param>
    public StridedIndex(ReadOnlySpan<int> lengths, ReadOnlySpan<int> strides)
    {
        Span<int> l = [1, 1, 1, 1, 1, 1];
        Span<int> s = stackalloc int[MaxAxes];
        lengths.CopyTo(l[(MaxAxes - lengths.Length)..]);
        strides.CopyTo(s[(MaxAxes - strides.Length)..]);
        (length1, length2, length3, length4, length5) = (l[1], l[2], l[3], l[4], l[5]);
        (stride0, stride1, stride2, stride3, stride4, stride5) = (s[0], s[1], s[2], s[3], s[4], s[5]);
    }

    /// <summary>Length of the innermost axis.</summary>
    public int InnerLength => length5;

    /// <summary>Step along the innermost axis.</summary>
    public int InnerStride => stride5;

    /// <summary>Where element <paramref name="i"/> of the dense walk lies in this operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Offset(int i)
    {
        // Once the rest is 0 all outer axes stand at 0, as unused ones always do: that saves their divisions.
        var rest = i / length5;
        var offset = (i - rest * length5) * stride5;
        if (rest == 0)
        {
            return offset;
        }

        i = rest;
        rest = i / length4;
        offset += (i - rest * length4) * stride4;
        if (rest == 0)
        {
            return offset;
        }

        i = rest;
        rest = i / length3;
        offset += (i - rest * length3) * stride3;
        if (rest == 0)
        {
            return offset;
        }

        i = rest;
        rest = i / length2;
        offset += (i - rest * length2) * stride2;
        i = rest;
        rest = i / length1;
        offset += (i - rest * length1) * stride1;
        return offset + rest * stride0;
    }
}
