using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Ops that move numbers: all linear, all exact in the forward direction.</summary>
internal static class LayoutRows
{
    public static IReadOnlyList<OpRow> All { get; } =
    [
        Row("reshape", typeof(Reshape), Reshapes) with
        {
            BadInputs =
            [
                new(
                    "reshape: expected a shape of 6 elements; got x (2, 3), shape (4, 2).",
                    [[2, 3]], v => Reshape.Apply(v[0], [4, 2])),
            ],
        },
        Row("permute", typeof(Permute), Permutes) with
        {
            BadInputs =
            [
                new("permute: expected an order of 2 axes; got axes 0 of x (2, 3).", [[2, 3]], v => Permute.Apply(v[0], [0])),
                new(
                    "permute: expected distinct axes in [-2, 2); got axes 1, 1 of x (2, 3).",
                    [[2, 3]], v => Permute.Apply(v[0], [1, 1])),
                new(
                    "permute: expected distinct axes in [-2, 2); got axes 0, 2 of x (2, 3).",
                    [[2, 3]], v => Permute.Apply(v[0], [0, 2])),
            ],
        },
        Row("concat", typeof(Concat), Concats) with
        {
            LinearIn = drawn => [[.. Enumerable.Range(0, drawn.Inputs.Length)]],
            BadInputs =
            [
                new(
                    "concat: expected tensors that differ on axis 1 alone; got part 0 (2, 3), part 1 (3, 3).",
                    [[2, 3], [3, 3]], v => Concat.Apply(1, v.Variables)),
                new(
                    "concat: expected tensors that differ on axis 0 alone; got part 0 (2, 3), part 1 (2).",
                    [[2, 3], [2]], v => Concat.Apply(0, v.Variables)),
                new("concat: expected an axis in [-2, 2); got axis 2 of x (2, 3).", [[2, 3]], v => Concat.Apply(2, v.Variables)),
            ],
        },
        Row("slice", typeof(Slice), Slices) with
        {
            BadInputs =
            [
                new(
                    "slice: expected a range within [0, 3) on axis 1; got start 2, length 2 of x (2, 3).",
                    [[2, 3]], v => Slice.Apply(v[0], axis: 1, start: 2, length: 2)),
                new(
                    "slice: expected a range within [0, 3) on axis 1; got start -1, length 2 of x (2, 3).",
                    [[2, 3]], v => Slice.Apply(v[0], axis: 1, start: -1, length: 2)),
                new(
                    "slice: expected an axis in [-2, 2); got axis 2 of x (2, 3).",
                    [[2, 3]], v => Slice.Apply(v[0], axis: 2, start: 0, length: 1)),
            ],
        },
        Row("slice in steps", typeof(Slice), StridedSlices) with
        {
            TapeName = "slice",
            BadInputs =
            [
                new(
                    "slice: expected steps within [0, 3) on axis 1; got start 0, length 2, step 3 of x (2, 3).",
                    [[2, 3]], v => Slice.Apply(v[0], axis: 1, start: 0, length: 2, step: 3)),
                new(
                    "slice: expected steps within [0, 3) on axis -1; got start 1, length 3, step -1 of x (2, 3).",
                    [[2, 3]], v => Slice.Apply(v[0], axis: -1, start: 1, length: 3, step: -1)),
                new(
                    "slice: expected steps within [0, 3) on axis 1; got start 1, length 2, step 0 of x (2, 3).",
                    [[2, 3]], v => Slice.Apply(v[0], axis: 1, start: 1, length: 2, step: 0)),
                new(
                    "slice: expected an axis in [-2, 2); got axis 2 of x (2, 3).",
                    [[2, 3]], v => Slice.Apply(v[0], axis: 2, start: 0, length: 1, step: 2)),
            ],
        },
        Row("pad", typeof(Pad), scale => Pads(scale, withValue: false)) with
        {
            BadInputs =
            [
                new(
                    "pad: expected 2 widths before and after that leave lengths of at least 0; got "
                    + "before [1], after [1, 1] of x (2, 3).",
                    [[2, 3]], v => Pad.Apply(v[0], before: [1], after: [1, 1])),
                new(
                    "pad: expected 2 widths before and after that leave lengths of at least 0; got "
                    + "before [0, -2], after [1, -2] of x (2, 3).",
                    [[2, 3]], v => Pad.Apply(v[0], before: [0, -2], after: [1, -2])),
            ],
        },
        Row("pad with a value", typeof(Pad), scale => Pads(scale, withValue: true)) with { TapeName = "pad", LinearIn = null },
        Row("pad with the tensor itself", typeof(Pad), BorderPads) with
        {
            TapeName = "pad",
            Backward = new(1e-6, 2e-6, "an element sums the places that show it"),
            BadInputs =
            [
                new(
                    "pad: expected 2 widths before and after; got before [1], after [1, 1] of x (2, 3).",
                    [[2, 3]], v => Pad.Apply(v[0], before: [1], after: [1, 1], mode: PadMode.Reflect)),
                new(
                    "pad: expected mirrored elements fewer than the axis has, and a length of at least 0; got "
                    + "before 0, after 2 on axis 0 "
                    + "of x (2, 3).",
                    [[2, 3]], v => Pad.Apply(v[0], before: [0, 0], after: [2, 0], mode: PadMode.Reflect)),
                new(
                    "pad: expected elements of the axis to repeat, and a length of at least 0; got "
                    + "before 1, after 0 on axis 1 of x (2, 0).",
                    [[2, 0]], v => Pad.Apply(v[0], before: [0, 1], after: [0, 0], mode: PadMode.Replicate)),
                new(
                    "pad: expected elements of the axis to repeat, and a length of at least 0; got "
                    + "before -2, after -2 on axis 1 of x (2, 3).",
                    [[2, 3]], v => Pad.Apply(v[0], before: [0, -2], after: [0, -2], mode: PadMode.Replicate)),
            ],
        },
        Row("expand", typeof(Expand), Expands) with
        {
            Backward = new(2e-6, 2e-6, "sums of up to a hundred gradients"),
            BackwardOfLarger = new(2e-6, 2e-4, "sums of up to 6 561 gradients of both signs"),
            BadInputs =
            [
                new("expand: expected x that broadcasts to the shape; got x (2, 3), shape (3).",
                    [[2, 3]], v => Expand.Apply(v[0], [3])),
                new(
                    "expand: expected shapes that broadcast: from the last axis on, equal lengths or one of them 1; got "
                    + "x (2, 3), shape (2, 4).",
                    [[2, 3]], v => Expand.Apply(v[0], [2, 4])),
            ],
        },
        Row("where", typeof(Where), Choices) with
        {
            Backward = new(2e-6, 2e-6, "a repeated operand sums up to a hundred gradients"),
            BackwardOfLarger = new(2e-6, 2e-4, "a repeated operand sums up to 6 561 gradients of both signs"),
            LinearIn = _ => [[0, 1]],
            BadInputs =
            [
                new(
                    "where: expected shapes that broadcast: from the last axis on, equal lengths or one of them 1; got "
                    + "condition (2), a (2, 3), b (3).",
                    [[2, 3], [3], [2]], v => Where.Apply(v[2].Value, v[0], v[1])),
                new(
                    "where: expected shapes that broadcast: from the last axis on, equal lengths or one of them 1; got "
                    + "condition (1), a (2, 3), b (2).",
                    [[2, 3], [2], [1]], v => Where.Apply(v[2].Value, v[0], v[1])),
            ],
        },
        Row("nearest-resize", typeof(NearestResize), Resizes) with
        {
            Backward = new(1e-6, 2e-6, "an enlarged pixel sums its copies"),
            BadInputs =
            [
                new(
                    "nearest-resize: expected x (B, C, H, W) and sizes of at least 1; got x (2, 3, 4) to 2 × 2.",
                    [[2, 3, 4]], v => NearestResize.Apply(v[0], height: 2, width: 2)),
                new(
                    "nearest-resize: expected x (B, C, H, W) and sizes of at least 1; got x (1, 1, 2, 2) to 0 × 2.",
                    [[1, 1, 2, 2]], v => NearestResize.Apply(v[0], height: 0, width: 2)),
                new(
                    "nearest-resize: expected x (B, C, H, W) and sizes of at least 1; got x (1, 1, 0, 2) to 2 × 2.",
                    [[1, 1, 0, 2]], v => NearestResize.Apply(v[0], height: 2, width: 2)),
            ],
        },
    ];

    private static OpRow Row(string name, Type op, Func<Scale, Gen<OpCase>> cases) => new(name, op, cases)
    {
        TapeName = name,
        Forward = Tolerance.Exact,
        Backward = Tolerance.Rounding,
        LinearIn = _ => [[0]],
    };

    private static Gen<OpCase> Reshapes(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (0, 4))
        from to in Draw.OneOf<Shape>(
            [shape.Size], [1, shape.Size, 1], [.. shape.Reverse()], [.. shape, 1], [.. shape.Where(length => length != 1)])
        from x in Draw.Values(shape)
        select new OpCase($"to {to}", [x], v => Reshape.Apply(v[0], to), inputs => LayoutReference.Reshape(inputs[0], to));

    private static Gen<OpCase> Permutes(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (1, 6))
        from order in Gen.Shuffle(Enumerable.Range(0, shape.Rank))
        from isFromEnd in Draw.Flag.ArrayOf(shape.Rank)
        let axes = order.Zip(isFromEnd, (axis, fromEnd) => fromEnd ? axis - order.Length : axis).ToArray()
        from x in Draw.Values(shape)
        select new OpCase(
            $"axes [{string.Join(", ", axes)}]", [x],
            v => Permute.Apply(v[0], axes), inputs => LayoutReference.Permute(inputs[0], order));

    private static Gen<OpCase> Concats(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (1, 6))
        from axis in Draw.Axis(shape.Rank)
        let along = axis < 0 ? axis + shape.Rank : axis
        from count in scale.Choices.Between(1, 3)
        from lengths in Draw.Length(scale, shape.Rank).ArrayOf(count)
        from seeds in Draw.Seed.ArrayOf(count)
        let parts = lengths.Zip(seeds, (length, seed) => Draw.Uniform(shape.With(along, length), -2, 2, seed)).ToArray()
        select new OpCase(
            $"axis {axis}", parts, v => Concat.Apply(axis, v.Variables), inputs => LayoutReference.Concat(along, inputs));

    private static Gen<OpCase> Slices(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (1, 6))
        from axis in Draw.Axis(shape.Rank)
        let along = axis < 0 ? axis + shape.Rank : axis
        from start in Gen.Choose(0, shape[along])
        from length in Gen.Choose(0, shape[along] - start)
        from x in Draw.Values(shape)
        select new OpCase(
            $"axis {axis}, start {start}, length {length}", [x],
            v => Slice.Apply(v[0], axis, start, length), inputs => LayoutReference.Slice(inputs[0], along, start, length));

    private static Gen<OpCase> StridedSlices(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (1, 6))
        from axis in Draw.Axis(shape.Rank)
        let along = axis < 0 ? axis + shape.Rank : axis
        from step in Draw.OneOf(-1, 2, -2, 3, -5, 7)
        from start in Gen.Choose(0, Math.Max(0, shape[along] - 1))
        let most = shape[along] == 0 ? 0 : 1 + (step > 0 ? shape[along] - 1 - start : start) / Math.Abs(step)
        from length in Gen.Choose(0, most)
        from x in Draw.Values(shape)
        select new OpCase(
            $"axis {axis}, start {start}, length {length}, step {step}", [x],
            v => Slice.Apply(v[0], axis, start, length, step),
            inputs => LayoutReference.Slice(inputs[0], along, start, length, step));

    /// <summary>Borders that mirror or repeat, or take away.</summary>
    private static Gen<OpCase> BorderPads(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (1, 5))
        from mode in Draw.OneOf(PadMode.Reflect, PadMode.Replicate)
        from counts in Gen.Choose(-2, 3).ArrayOf(2 * shape.Rank)
        let before = shape.Select((length, axis) => Fitting(counts[axis], length, mode)).ToArray()
        let after = shape.Select((length, axis) => Fitting(counts[shape.Rank + axis], length, mode)).ToArray()
        where shape.Select((length, axis) => length + Math.Min(before[axis], 0) + Math.Min(after[axis], 0)).Min() >= 0
        from x in Draw.Values(shape)
        select new OpCase(
            $"before [{string.Join(", ", before)}], after [{string.Join(", ", after)}], {mode}", [x],
            v => Pad.Apply(v[0], before, after, mode: mode), inputs => LayoutReference.Pad(inputs[0], before, after, mode));

    private static int Fitting(int count, int length, PadMode mode) =>
        Math.Min(count, mode == PadMode.Reflect ? Math.Max(length - 1, 0) : length == 0 ? 0 : count);

    private static Gen<OpCase> Expands(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (0, 5))
        from own in scale.IsLarge ? Gen.Constant(Shape.Create([1, .. shape])) : Draw.StretchesTo(shape)
        let to = scale.IsLarge ? Shape.Create([2, .. shape]) : shape
        from x in Draw.Values(own)
        select new OpCase($"to {to}", [x], v => Expand.Apply(v[0], to), inputs => LayoutReference.Expand(inputs[0], to));

    private static Gen<OpCase> Choices(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (0, 5))
        from shapeA in scale.IsLarge ? Gen.Constant(shape) : Draw.StretchesTo(shape)
        from shapeB in Draw.StretchesTo(shape)
        from own in Draw.StretchesTo(shape)
        from a in Draw.Values(shapeA)
        from b in Draw.Values(shapeB)
        from drawn in Draw.Values(own, -1, 1)
        let condition = drawn.Map(x => x < 0 ? 0 : x > 0.8 ? double.NaN : x)
        select new OpCase(
            $"condition {own}", [a, b], v => Where.Apply(v.Tensor(0), v[0], v[1]),
            inputs => LayoutReference.Where(condition, inputs[0], inputs[1]))
        {
            Tensors = [condition],
        };

    private static Gen<OpCase> Pads(Scale scale, bool withValue) =>
        from shape in Draw.Shape(scale, ranks: (1, 6))
        from before in Draw.OneOf(0, 1, 2, -1).ArrayOf(shape.Rank)
        from after in Draw.OneOf(0, 1, 2, -1).ArrayOf(shape.Rank)
        where shape.Select((length, axis) => length + Math.Min(before[axis], 0) + Math.Min(after[axis], 0)).Min() >= 0
        from value in withValue ? Draw.Constant(-2, 2) : Gen.Constant(0f)
        from x in Draw.Values(shape)
        select new OpCase(
            $"before [{string.Join(", ", before)}], after [{string.Join(", ", after)}], value {value}", [x],
            v => Pad.Apply(v[0], before, after, value), inputs => LayoutReference.Pad(inputs[0], before, after, value));

    private static Gen<OpCase> Resizes(Scale scale) =>
        from batchAndChannels in Draw.Shape(scale, rank: 4)
        from shape in Draw.Shape(scale, rank: 4, least: 1)
        from height in scale.Choices.Between(1, 2 * shape[2] + 1)
        from width in scale.Choices.Between(1, 2 * shape[3] + 1)
        from x in Draw.Values([batchAndChannels[0], batchAndChannels[1], shape[2], shape[3]])
        select new OpCase(
            $"to {height}×{width}", [x],
            v => NearestResize.Apply(v[0], height, width), inputs => LayoutReference.NearestResize(inputs[0], height, width));
}
