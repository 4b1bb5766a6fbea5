using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Normalisations, with weight and bias, with one of them, and without.</summary>
internal static class NormRows
{
    private const string BatchNormRule = "batch-norm: expected x (B, C, …), weight and bias (C) or none; got ";
    private const string GroupNormRule = "group-norm: expected x (B, C, …), weight and bias (C) or none; got ";
    private const string InstanceNormRule = "instance-norm: expected x (B, C, …) with B, C and pixels of at least 1; got ";
    private const string LayerNormRule = "layer-norm: expected x (…, D) with D ≥ 1, weight and bias (D) or none; got ";

    private static readonly Tolerance Normalised = new(2e-6, 5e-6, "a mean's rounding, enlarged by up to 1/√ε = 10");
    private static readonly Tolerance Gradient = new(1e-5, 5e-5, "sums over a channel, enlarged by up to 1/√ε = 10, that cancel");

    private static readonly Tolerance FarFromZero =
        new(1e-5, 2e-4, "a mean near 100 is rounded by 4e-6, enlarged by 1/√ε; E[x²] − E[x]² would be off by 1e-3");

    private static readonly Tolerance FarFromZeroGradient = new(1e-4, 1e-3, "the same rounding in x̂, summed over a channel");

    private delegate Variable Norm(Variable x, Variable? weight, Variable? bias, float epsilon, int groups);

    private delegate DoubleTensor ReferenceOf(
        DoubleTensor x, DoubleTensor? weight, DoubleTensor? bias, double epsilon, int groups);

    public static IReadOnlyList<OpRow> All { get; } =
    [
        Row("batch-norm", typeof(BatchNorm), groups: 1, offset: 0, BatchNormOf, BatchNormReference) with
        {
            TapeName = "batch-norm",
            BadInputs =
            [
                new(
                    BatchNormRule + "x (4), weight none, bias none.",
                    [[4]], v => BatchNorm.Apply(v[0], weight: null, bias: null)),
                new(
                    BatchNormRule + "x (2, 3, 4, 4), weight (4), bias none.",
                    [[2, 3, 4, 4], [4]], v => BatchNorm.Apply(v[0], v[1], bias: null)),
                new(
                    BatchNormRule + "x (2, 3, 4, 4), weight none, bias (2).",
                    [[2, 3, 4, 4], [2]], v => BatchNorm.Apply(v[0], weight: null, v[1])),
                new(
                    "batch-norm: expected at least one element for each mean; got x (2, 3, 0).",
                    [[2, 3, 0]], v => BatchNorm.Apply(v[0], weight: null, bias: null)),
            ],
        },
        Row("batch-norm far from 0", typeof(BatchNorm), groups: 1, offset: 100, BatchNormOf, BatchNormReference) with
        {
            TapeName = "batch-norm",
            Forward = FarFromZero,
            Backward = FarFromZeroGradient,
        },
        new("batch-norm-inference", typeof(BatchNorm), Inferences)
        {
            TapeName = "batch-norm-inference",
            Forward = Tolerance.Rounding with { Absolute = 1e-6 },
            Backward = new(2e-6, 2e-5, "dWeight and dBias sum over every pixel of the batch"),
            BadInputs =
            [
                new(
                    BatchNormRule + "x (2, 3, 4, 4), weight (4), bias none.",
                    [[2, 3, 4, 4], [3], [4]], v => BatchNorm.Apply(v[0], v[1].Value, v[1].Value, v[2], bias: null)),
                new(
                    "batch-norm: expected mean and rstd (3); got mean (4), rstd (3).",
                    [[2, 3, 4, 4], [4], [3]], v => BatchNorm.Apply(v[0], v[1].Value, v[2].Value, weight: null, bias: null)),
                new(
                    "batch-norm: expected mean and rstd (3); got mean (3), rstd (4).",
                    [[2, 3, 4, 4], [4], [3]], v => BatchNorm.Apply(v[0], v[2].Value, v[1].Value, weight: null, bias: null)),
            ],
        },
        Row("group-norm", typeof(GroupNorm), groups: 3, offset: 0, GroupNormOf, GroupNormReference) with
        {
            TapeName = "group-norm",
            BadInputs =
            [
                new(
                    GroupNormRule + "x (4), weight none, bias none.",
                    [[4]], v => GroupNorm.Apply(v[0], weight: null, bias: null, groups: 1)),
                new(
                    "group-norm: expected groups that divide C; got 3 groups of x (2, 4, 3).",
                    [[2, 4, 3]], v => GroupNorm.Apply(v[0], weight: null, bias: null, groups: 3)),
                new(
                    "group-norm: expected groups that divide C; got 0 groups of x (2, 4, 3).",
                    [[2, 4, 3]], v => GroupNorm.Apply(v[0], weight: null, bias: null, groups: 0)),
                new(
                    GroupNormRule + "x (2, 4, 3), weight (3), bias none.",
                    [[2, 4, 3], [3]], v => GroupNorm.Apply(v[0], v[1], bias: null, groups: 2)),
                new(
                    GroupNormRule + "x (2, 4, 3), weight none, bias (3).",
                    [[2, 4, 3], [3]], v => GroupNorm.Apply(v[0], weight: null, v[1], groups: 2)),
            ],
        },
        Row("group-norm far from 0", typeof(GroupNorm), groups: 3, offset: 100, GroupNormOf, GroupNormReference) with
        {
            TapeName = "group-norm",
            Forward = FarFromZero,
            Backward = FarFromZeroGradient,
        },
        Row("instance-norm", typeof(InstanceNorm), groups: 1, offset: 0, InstanceNormOf, InstanceNormReference) with
        {
            TapeName = "group-norm",
            BadInputs =
            [
                new(
                    InstanceNormRule + "x (4).", [[4]], v => InstanceNorm.Apply(v[0], weight: null, bias: null)),
                new(
                    InstanceNormRule + "x (2, 0, 3).", [[2, 0, 3]], v => InstanceNorm.Apply(v[0], weight: null, bias: null)),
                new(
                    InstanceNormRule + "x (2, 3, 0).", [[2, 3, 0]], v => InstanceNorm.Apply(v[0], weight: null, bias: null)),
                new(
                    GroupNormRule + "x (2, 4, 3), weight (3), bias none.",
                    [[2, 4, 3], [3]], v => InstanceNorm.Apply(v[0], v[1], bias: null)),
            ],
        },
        new("layer-norm", typeof(LayerNorm), LayerNorms)
        {
            TapeName = null,
            Forward = Normalised,
            Backward = Gradient,
            BadInputs =
            [
                new(LayerNormRule + "x (), weight none, bias none.", [[]], v => LayerNorm.Apply(v[0], weight: null, bias: null)),
                new(
                    LayerNormRule + "x (2, 0), weight none, bias none.",
                    [[2, 0]], v => LayerNorm.Apply(v[0], weight: null, bias: null)),
                new(
                    LayerNormRule + "x (2, 3), weight (2), bias none.",
                    [[2, 3], [2]], v => LayerNorm.Apply(v[0], v[1], bias: null)),
                new(
                    LayerNormRule + "x (2, 3, 4), weight none, bias (3).",
                    [[2, 3, 4], [3]], v => LayerNorm.Apply(v[0], weight: null, v[1])),
                new(
                    "layer-norm: expected x (…, D₁, …, Dₖ) with k = 2 axes of at least 1, weight and bias (D₁, …, Dₖ) or none; "
                    + "got x (2, 3, 4), weight (4), bias none.",
                    [[2, 3, 4], [4]], v => LayerNorm.Apply(v[0], v[1], bias: null, axes: 2)),
            ],
        },
    ];

    private static OpRow Row(string name, Type op, int groups, double offset, Norm apply, ReferenceOf reference) =>
        new(name, op, scale => Norms(scale, groups, offset, apply, reference))
        {
            TapeName = name,
            Forward = Normalised,
            Backward = Gradient,
            AllowsEmptyAxes = false,
        };

    private static Gen<OpCase> Norms(Scale scale, int mostGroups, double offset, Norm apply, ReferenceOf reference) =>
        from shape in Draw.Shape(scale, ranks: (2, 4), least: 1)
        from groups in scale.Choices.Between(1, mostGroups)
        let channels = groups == 1 ? shape[1] : Math.Max(1, shape[1] / 2) * groups
        from x in Draw.Values(shape.With(1, channels), offset - 2, offset + 2)
        from epsilon in Draw.Constant(0.01, 0.2)
        from affine in AffineOf([channels])
        select new OpCase(
            $"epsilon {epsilon}, groups {groups}, {affine}", [x, .. affine.Inputs],
            v => apply(v[0], affine.Weight(v), affine.Bias(v), epsilon, groups),
            inputs => reference(inputs[0], affine.Weight(inputs), affine.Bias(inputs), epsilon, groups));

    private static Gen<OpCase> Inferences(Scale scale) =>
        from shape in Draw.Shape(scale, ranks: (2, 4))
        from x in Draw.Values(shape)
        from mean in Draw.Values([shape[1]], -1, 1)
        from rstd in Draw.Values([shape[1]], 0.5, 2)
        from affine in AffineOf([shape[1]])
        select new OpCase(
            $"{affine}", [x, .. affine.Inputs],
            v => BatchNorm.Apply(v[0], v.Tensor(0), v.Tensor(1), affine.Weight(v), affine.Bias(v)),
            inputs => NormReference.WithStatistics(inputs[0], mean, rstd, affine.Weight(inputs), affine.Bias(inputs)))
        {
            Tensors = [mean, rstd],
        };

    private static Gen<OpCase> LayerNorms(Scale scale) =>
        from drawn in Draw.Shape(scale, ranks: (1, 4))
        from axes in scale.Choices.Between(1, drawn.Rank)
        let normalized = Shape.Create([.. drawn.Skip(drawn.Rank - axes).Select(length => Math.Max(1, length))])
        from x in Draw.Values([.. drawn.SkipLast(axes), .. normalized])
        from epsilon in Draw.Constant(0.01, 0.2)
        from affine in AffineOf(normalized)
        select new OpCase(
            $"epsilon {epsilon}, axes {axes}, {affine}", [x, .. affine.Inputs],
            v => LayerNorm.Apply(v[0], affine.Weight(v), affine.Bias(v), epsilon, axes),
            inputs => NormReference.LayerNorm(inputs[0], affine.Weight(inputs), affine.Bias(inputs), epsilon, axes));

    private static Gen<ScaleAndShift> AffineOf(Shape channels) =>
        from weight in Draw.Values(channels)
        from bias in Draw.Values(channels)
        from hasWeight in Draw.Flag
        from hasBias in Draw.Flag
        select new ScaleAndShift(hasWeight ? weight : null, hasBias ? bias : null);

    private static Variable BatchNormOf(Variable x, Variable? weight, Variable? bias, float epsilon, int groups) =>
        BatchNorm.Apply(x, weight, bias, epsilon);

    private static Variable GroupNormOf(Variable x, Variable? weight, Variable? bias, float epsilon, int groups) =>
        GroupNorm.Apply(x, weight, bias, groups, epsilon);

    private static Variable InstanceNormOf(Variable x, Variable? weight, Variable? bias, float epsilon, int groups) =>
        InstanceNorm.Apply(x, weight, bias, epsilon);

    private static DoubleTensor InstanceNormReference(
        DoubleTensor x, DoubleTensor? weight, DoubleTensor? bias, double epsilon, int groups) =>
        NormReference.InstanceNorm(x, weight, bias, epsilon);

    private static DoubleTensor BatchNormReference(
        DoubleTensor x, DoubleTensor? weight, DoubleTensor? bias, double epsilon, int groups) =>
        NormReference.BatchNorm(x, weight, bias, epsilon);

    private static DoubleTensor GroupNormReference(
        DoubleTensor x, DoubleTensor? weight, DoubleTensor? bias, double epsilon, int groups) =>
        NormReference.GroupNorm(x, weight, bias, groups, epsilon);

    /// <summary>Which of weight and bias a case has; they follow x among its inputs.</summary>
    private sealed record ScaleAndShift(DoubleTensor? WeightValues, DoubleTensor? BiasValues)
    {
        public IEnumerable<DoubleTensor> Inputs => new[] { WeightValues, BiasValues }.OfType<DoubleTensor>();

        public Variable? Weight(OpInputs v) => WeightValues is null ? null : v[1];

        public Variable? Bias(OpInputs v) => BiasValues is null ? null : v.Variables[^1];

        public DoubleTensor? Weight(DoubleTensor[] inputs) => WeightValues is null ? null : inputs[1];

        public DoubleTensor? Bias(DoubleTensor[] inputs) => BiasValues is null ? null : inputs[^1];

        public override string ToString() =>
            $"{(WeightValues is null ? "no weight" : "weight")}, {(BiasValues is null ? "no bias" : "bias")}";
    }
}
