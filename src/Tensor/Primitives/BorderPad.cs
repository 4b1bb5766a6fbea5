using System.Collections.Immutable;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Borders that show the tensor itself.</content>
public static partial class Primitive
{
    /// <summary>Surrounds x by a border that mirrors or repeats it: <c>before[i]</c> more elements at the start of axis i,
    /// <c>after[i]</c> at its end; as many less where that is below 0.</summary>
    /// <remarks>
    /// <para>Shapes: x any; before, after one number per axis → y with axis i of length <c>before[i] + x[i] + after[i]</c>. A
    /// mirrored border is shorter than its axis.</para>
    /// <para>Numbers are copied bit by bit, one axis after the other.</para>
    /// </remarks>
    /// <exception cref="ShapeException">Not one width per axis, a border that is too long, or more is taken away than there
    /// is.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The mode is <see cref="PadMode.Constant"/>.</exception>
    public static Tensor<float> Pad(Tensor<float> x, ReadOnlySpan<int> before, ReadOnlySpan<int> after, PadMode mode)
    {
        BorderPad.CheckShapes(x.Shape, before, after, mode);
        var y = x.Share();
        for (var axis = 0; axis < before.Length; axis++)
        {
            if (before[axis] != 0 || after[axis] != 0)
            {
                using var part = y;
                y = BorderPad.Read(part, axis, before[axis], after[axis], mode);
            }
        }

        return y;
    }

    /// <summary>dX, of the given shape, of a border that mirrors or repeats: each element sums the places that show it.</summary>
    /// <exception cref="ShapeException">As of the border, or dY is not of its shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The mode is <see cref="PadMode.Constant"/>.</exception>
    public static Tensor<float> PadGradient(
        Tensor<float> dY, Shape x, ReadOnlySpan<int> before, ReadOnlySpan<int> after, PadMode mode)
    {
        var padded = BorderPad.CheckShapes(x, before, after, mode);
        if (dY.Shape != padded)
        {
            throw new ShapeException("pad", $"dY {padded}", ("dY", dY.Shape), ("x", x));
        }

        var dX = dY.Share();
        for (var axis = x.Rank - 1; axis >= 0; axis--)
        {
            if (before[axis] != 0 || after[axis] != 0)
            {
                using var whole = dX;
                dX = BorderPad.Sum(whole, x[axis], axis, before[axis], mode);
            }
        }

        return dX;
    }
}

/// <summary>Borders of one axis, and what they may be.</summary>
internal static class BorderPad
{
    /// <summary>The padded shape.</summary>
    public static Shape CheckShapes(Shape x, ReadOnlySpan<int> before, ReadOnlySpan<int> after, PadMode mode)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)mode, (int)PadMode.Constant, nameof(mode));
        if (before.Length != x.Rank || after.Length != x.Rank)
        {
            throw new ShapeException("pad", $"{x.Rank} widths before and after",
                $"before [{string.Join(", ", before.ToArray())}], after [{string.Join(", ", after.ToArray())}] of x {x}");
        }

        var padded = new int[x.Rank];
        for (var axis = 0; axis < x.Rank; axis++)
        {
            CheckAxis(x, axis, before[axis], after[axis], mode);
            padded[axis] = before[axis] + x[axis] + after[axis];
        }

        return Shape.Create(padded);
    }

    public static Tensor<float> Read(Tensor<float> x, int axis, int before, int after, PadMode mode)
    {
        var sizes = AxisSizes.Check("pad", x.Shape, axis).Sizes;
        var length = before + sizes.Length + after;
        var y = mode == PadMode.Reflect
            ? AxisGather.Read(x, axis, length, sizes, new ReflectMap(before, sizes.Length))
            : AxisGather.Read(x, axis, length, sizes, new ReplicateMap(before, sizes.Length, length));
        x.Device.Trace?.Record(y, new PadOperation(OnAxis(before), OnAxis(after), mode, Value: 0), x);
        return y;

        ImmutableArray<int> OnAxis(int width) => [.. Enumerable.Range(0, x.Shape.Rank).Select(i => i == axis ? width : 0)];
    }

    public static Tensor<float> Sum(Tensor<float> dY, int length, int axis, int before, PadMode mode)
    {
        var sizes = AxisSizes.Check("pad", dY.Shape, axis).Sizes with { Length = length };
        return mode == PadMode.Reflect
            ? AxisGather.Sum(dY, axis, sizes, new ReflectMap(before, length))
            : AxisGather.Sum(dY, axis, sizes, new ReplicateMap(before, length, dY.Shape[axis]));
    }

    private static void CheckAxis(Shape x, int axis, int before, int after, PadMode mode)
    {
        long length = x[axis], longest = Math.Max(before, after);
        var isTooLong = mode == PadMode.Reflect && longest >= Math.Max(length, 1);
        var hasNothing = length == 0 && longest > 0;
        var isGone = length + Math.Min(before, 0) + Math.Min(after, 0) < 0;
        if (isTooLong || hasNothing || isGone || before + length + after > int.MaxValue)
        {
            var rule = mode == PadMode.Reflect ? "mirrored elements fewer than the axis has" : "elements of the axis to repeat";
            throw new ShapeException(
                "pad", $"{rule}, and a length of at least 0", $"before {before}, after {after} on axis {axis} of x {x}");
        }
    }
}
