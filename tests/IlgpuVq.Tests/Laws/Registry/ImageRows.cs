using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Windows of images, and images of another size.</summary>
internal static class ImageRows
{
    private const string Poolable =
        "expected x (B, C, H, W), a kernel that fits into it with its padding, less padding than kernel, "
        + "a stride of at least 1; got ";

    private static readonly Tolerance Windows =
        new(1e-6, 1e-6, "sums of up to a few hundred numbers up to 2, divided by their count");

    public static IReadOnlyList<OpRow> All { get; } =
    [
        Row("average-pool-2d", typeof(AveragePool2d), AveragePools) with
        {
            BadInputs =
            [
                new(
                    $"average-pool-2d: {Poolable}x (2, 3, 4), kernel 2, stride 2, padding 0.",
                    [[2, 3, 4]], v => AveragePool2d.Apply(v[0], kernel: 2)),
                new(
                    $"average-pool-2d: {Poolable}x (1, 1, 2, 4), kernel 3, stride 3, padding 0.",
                    [[1, 1, 2, 4]], v => AveragePool2d.Apply(v[0], kernel: 3)),
                new(
                    $"average-pool-2d: {Poolable}x (1, 1, 4, 4), kernel 2, stride 2, padding 2.",
                    [[1, 1, 4, 4]], v => AveragePool2d.Apply(v[0], kernel: 2, padding: 2)),
                new(
                    $"average-pool-2d: {Poolable}x (1, 1, 4, 4), kernel 2, stride (1, 0), padding 0.",
                    [[1, 1, 4, 4]], v => AveragePool2d.Apply(v[0], kernel: 2, stride: new Pair(1, 0))),
            ],
        },
        Row("adaptive-average-pool-2d", typeof(AdaptiveAveragePool2d), AdaptiveAveragePools) with
        {
            BadInputs =
            [
                new(
                    "adaptive-average-pool-2d: expected x (B, C, H, W) and sizes of at least 1; got x (1, 1, 2, 2) to 0 × 2.",
                    [[1, 1, 2, 2]], v => AdaptiveAveragePool2d.Apply(v[0], height: 0, width: 2)),
                new(
                    "adaptive-average-pool-2d: expected x (B, C, H, W) and sizes of at least 1; got x (1, 1, 2, 0) to 2 × 2.",
                    [[1, 1, 2, 0]], v => AdaptiveAveragePool2d.Apply(v[0], height: 2, width: 2)),
            ],
        },
        Row("max-pool-2d", typeof(MaxPool2d), MaxPools) with
        {
            Forward = Tolerance.Exact,
            HasKinks = true,
            LinearIn = null,
            BadInputs =
            [
                new(
                    $"max-pool-2d: {Poolable}x (1, 1, 2, 4), kernel (2, 5), stride (2, 5), padding 0.",
                    [[1, 1, 2, 4]], v => MaxPool2d.Apply(v[0], kernel: new Pair(2, 5))),
                new(
                    $"max-pool-2d: {Poolable}x (1, 1, 4, 4), kernel 2, stride 1, padding -1.",
                    [[1, 1, 4, 4]], v => MaxPool2d.Apply(v[0], kernel: 2, stride: 1, padding: -1)),
            ],
        },
        Row("bilinear-resize", typeof(BilinearResize), BilinearResizes) with
        {
            BadInputs =
            [
                new(
                    "bilinear-resize: expected x (B, C, H, W) and sizes of at least 1; got x (2, 3, 4) to 2 × 2.",
                    [[2, 3, 4]], v => BilinearResize.Apply(v[0], height: 2, width: 2)),
                new(
                    "bilinear-resize: expected x (B, C, H, W) and sizes of at least 1; got x (1, 1, 2, 2) to 2 × 0.",
                    [[1, 1, 2, 2]], v => BilinearResize.Apply(v[0], height: 2, width: 0)),
            ],
        },
        Row("pixel-shuffle", typeof(PixelShuffle), scale => Shuffles(scale, isBack: false)) with
        {
            TapeName = null,
            Forward = Tolerance.Exact,
            BadInputs =
            [
                new(
                    "pixel-shuffle: expected x (B, C·R², H, W) with R ≥ 1; got x (1, 6, 2, 2), R 2.",
                    [[1, 6, 2, 2]], v => PixelShuffle.Apply(v[0], factor: 2)),
                new(
                    "pixel-shuffle: expected x (B, C·R², H, W) with R ≥ 1; got x (1, 4, 2), R 2.",
                    [[1, 4, 2]], v => PixelShuffle.Apply(v[0], factor: 2)),
            ],
        },
        Row("pixel-unshuffle", typeof(PixelUnshuffle), scale => Shuffles(scale, isBack: true)) with
        {
            TapeName = null,
            Forward = Tolerance.Exact,
            BadInputs =
            [
                new(
                    "pixel-unshuffle: expected x (B, C, H·R, W·R) with R ≥ 1; got x (1, 1, 2, 3), R 2.",
                    [[1, 1, 2, 3]], v => PixelUnshuffle.Apply(v[0], factor: 2)),
                new(
                    "pixel-unshuffle: expected x (B, C, H·R, W·R) with R ≥ 1; got x (1, 1, 2, 2), R 0.",
                    [[1, 1, 2, 2]], v => PixelUnshuffle.Apply(v[0], factor: 0)),
            ],
        },
    ];

    private static OpRow Row(string name, Type op, Func<Scale, Gen<OpCase>> cases) => new(name, op, cases)
    {
        TapeName = name,
        Forward = Windows,
        Backward = Windows,
        LinearIn = _ => [[0]],
    };

    private static Gen<OpCase> AveragePools(Scale scale) =>
        from pool in Pools(scale)
        from x in Draw.Values(pool.X)
        from counts in Draw.Flag
        select new OpCase(
            $"{pool}, padding counts {counts}", [x],
            v => AveragePool2d.Apply(v[0], pool.Kernel, pool.Stride, pool.Padding, counts),
            inputs => ImageReference.AveragePool2d(inputs[0], pool.Kernel, pool.Stride, pool.Padding, counts));

    private static Gen<OpCase> MaxPools(Scale scale) =>
        from pool in Pools(scale)
        from x in Draw.Distinct(pool.X)
        select new OpCase(
            $"{pool}", [x],
            v => MaxPool2d.Apply(v[0], pool.Kernel, pool.Stride, pool.Padding),
            inputs => ImageReference.MaxPool2d(inputs[0], pool.Kernel, pool.Stride, pool.Padding))
        {
            DistanceToKink = inputs => ImageReference.GapToSecond(inputs[0], pool.Kernel, pool.Stride, pool.Padding),
        };

    private static Gen<Pool> Pools(Scale scale) =>
        from batchAndChannels in Draw.Shape(scale, rank: 4)
        from shape in Draw.Shape(scale, rank: 4, least: 1)
        from kernelH in scale.Choices.Between(1, 4)
        from kernelW in scale.Choices.Between(1, 4)
        from strideH in scale.Choices.Between(1, 3)
        from strideW in scale.Choices.Between(1, 3)
        from top in scale.Choices.Between(0, kernelH - 1)
        from bottom in scale.Choices.Between(0, kernelH - 1)
        from left in scale.Choices.Between(0, kernelW - 1)
        from right in scale.Choices.Between(0, kernelW - 1)
        let h = Math.Max(shape[2], kernelH - top - bottom)
        let w = Math.Max(shape[3], kernelW - left - right)
        select new Pool(
            [batchAndChannels[0], batchAndChannels[1], h, w], new Pair(kernelH, kernelW), new Pair(strideH, strideW),
            new Padding(top, bottom, left, right));

    private static Gen<OpCase> AdaptiveAveragePools(Scale scale) =>
        from sizes in Sizes(scale)
        from x in Draw.Values(sizes.X)
        select new OpCase(
            $"to {sizes.Height}×{sizes.Width}", [x],
            v => AdaptiveAveragePool2d.Apply(v[0], sizes.Height, sizes.Width),
            inputs => ImageReference.AdaptiveAveragePool2d(inputs[0], sizes.Height, sizes.Width));

    private static Gen<OpCase> BilinearResizes(Scale scale) =>
        from sizes in Sizes(scale)
        from x in Draw.Values(sizes.X)
        from alignCorners in Draw.Flag
        select new OpCase(
            $"to {sizes.Height}×{sizes.Width}, align corners {alignCorners}", [x],
            v => BilinearResize.Apply(v[0], sizes.Height, sizes.Width, alignCorners),
            inputs => ImageReference.BilinearResize(inputs[0], sizes.Height, sizes.Width, alignCorners));

    private static Gen<(Shape X, int Height, int Width)> Sizes(Scale scale) =>
        from batchAndChannels in Draw.Shape(scale, rank: 4)
        from shape in Draw.Shape(scale, rank: 4, least: 1)
        from height in scale.Choices.Between(1, 2 * shape[2] + 2)
        from width in scale.Choices.Between(1, 2 * shape[3] + 2)
        select (Shape.Create([batchAndChannels[0], batchAndChannels[1], shape[2], shape[3]]), height, width);

    private static Gen<OpCase> Shuffles(Scale scale, bool isBack) =>
        from shape in Draw.Shape(scale, rank: 4)
        from factor in scale.Choices.Between(1, scale.IsLarge ? 2 : 3)
        let pixels = Shape.Create([shape[0], shape[1], shape[2] * factor, shape[3] * factor])
        let channels = Shape.Create([shape[0], shape[1] * factor * factor, shape[2], shape[3]])
        from x in Draw.Values(isBack ? pixels : channels)
        select new OpCase(
            $"factor {factor}", [x],
            v => isBack ? PixelUnshuffle.Apply(v[0], factor) : PixelShuffle.Apply(v[0], factor),
            inputs => isBack ? ImageReference.PixelUnshuffle(inputs[0], factor) : ImageReference.PixelShuffle(inputs[0], factor));

    private sealed record Pool(Shape X, Pair Kernel, Pair Stride, Padding Padding)
    {
        public override string ToString() => $"kernel {Kernel}, stride {Stride}, padding {Padding}";
    }
}
