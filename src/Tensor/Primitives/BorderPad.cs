namespace IlgpuVq.Tensors.Primitives;

/// <content>Borders that show the tensor itself.</content>
public static partial class Primitive
{
    /// <summary>Checks borders that show the tensor itself, all axes of them.</summary>
    /// <exception cref="ShapeException">There is not one count per axis, or one of them is not possible.</exception>
    public static void CheckPad(Shape x, ReadOnlySpan<int> before, ReadOnlySpan<int> after, PadMode mode)
    {
        if (before.Length != x.Rank || after.Length != x.Rank)
        {
            throw new ShapeException("pad", $"{x.Rank} widths before and after",
                $"before [{string.Join(", ", before.ToArray())}], after [{string.Join(", ", after.ToArray())}] of x {x}");
        }

        for (var axis = 0; axis < x.Rank; axis++)
        {
            BorderPad.CheckAxis(x, axis, before[axis], after[axis], mode);
        }
    }

    /// <summary>A border along one axis that mirrors or repeats x; a negative count takes elements away.</summary>
    /// <remarks>Shapes: x any → y with the axis of length before + length + after. A mirrored border is shorter than the
    /// axis.</remarks>
    /// <exception cref="ShapeException">No such axis, a border that is too long, or a length below 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The mode is <see cref="PadMode.Constant"/>.</exception>
    public static Tensor<float> PadAxis(Tensor<float> x, int axis, int before, int after, PadMode mode)
    {
        var (index, sizes, length) = BorderPad.CheckShapes(x.Shape, axis, before, after, mode);
        return mode == PadMode.Reflect
            ? AxisGather.Read(x, index, length, sizes, new ReflectMap(before, sizes.Length))
            : AxisGather.Read(x, index, length, sizes, new ReplicateMap(before, sizes.Length, length));
    }

    /// <summary>dX of <see cref="PadAxis"/>: each element sums the places that show it.</summary>
    /// <exception cref="ShapeException">As of the border, or dY is not of its shape.</exception>
    public static Tensor<float> PadAxisGradient(Tensor<float> dY, Shape x, int axis, int before, int after, PadMode mode)
    {
        var (index, sizes, length) = BorderPad.CheckShapes(x, axis, before, after, mode);
        if (dY.Shape != x.With(index, length))
        {
            throw new ShapeException("pad", "dY of the padded shape", ("dY", dY.Shape), ("x", x));
        }

        return mode == PadMode.Reflect
            ? AxisGather.Sum(dY, index, sizes, new ReflectMap(before, sizes.Length))
            : AxisGather.Sum(dY, index, sizes, new ReplicateMap(before, sizes.Length, length));
    }
}

/// <summary>What a border may be.</summary>
internal static class BorderPad
{
    public static (int Axis, AxisSizes Sizes, int Length) CheckShapes(Shape x, int axis, int before, int after, PadMode mode)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)mode, (int)PadMode.Constant, nameof(mode));
        var (index, sizes) = AxisSizes.Check("pad", x, axis);
        CheckAxis(x, index, before, after, mode);
        return (index, sizes, before + sizes.Length + after);
    }

    /// <exception cref="ShapeException">The border of that axis is too long, or takes more away than there is.</exception>
    public static void CheckAxis(Shape x, int axis, int before, int after, PadMode mode)
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
