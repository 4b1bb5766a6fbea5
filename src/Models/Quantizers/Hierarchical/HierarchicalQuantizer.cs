using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Hierarchical;

/// <summary>Latent images from coarse to fine: a grid of codes on each of several scales, all of one codebook, each of what the
/// scales before it leave (VAR, arXiv:2404.02905, algorithms 1 and 2).</summary>
/// <remarks>
/// <para>With z (B, D, h, w), f₀ = 0 and the scale s of step k: iₖ = nearest codes of pool(z − fₖ₋₁) (B, D, s, s), the means of
/// s×s windows; fₖ = fₖ₋₁ + φₖ(up(codes of iₖ)), up to (h, w) by linear interpolation, φ(x) = (1 − r)·x + r·(w * x + b) with a
/// 3×3 convolution. The last step is z's own size. Result f_K.</para>
/// <para>Loss = mean over k of mse(sg z, fₖ) + β·mse(z, sg fₖ). The gradient of the result goes straight through to z; the
/// codebook and φ have theirs from the losses.</para>
/// <para>Grids: <c>NAME_s</c> (B, 1, s, s) for each scale, then <c>NAME</c> (B, 1, h, w).</para>
/// <para>Keys: <c>embedding.weight</c> (K, D), <c>phi.0.weight</c> (D, D, 3, 3), <c>phi.0.bias</c> (D),
/// <c>phi.1.weight</c>, ….</para>
/// <para>The paper interpolates by cubics, and has four convolutions for ten scales; here there is one for each, or one for
/// all.</para>
/// </remarks>
public sealed class HierarchicalQuantizer : ImageQuantizer
{
    private const string Op = "hierarchical-quantizer";

    private readonly HierarchicalOptions options;
    private readonly Conv2dLayer[] convolutions;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">Scales and sizes.</param>
    /// <param name="name">What the grid of all latent pixels is called.</param>
    public HierarchicalQuantizer(ModuleScope scope, HierarchicalOptions options, string name = "codes")
        : base(scope, options, name)
    {
        this.options = options;
        var count = options.SharedConvolution ? 1 : options.Scales.Length + 1;
        var shape = new ConvShape(options.CodeDim, options.CodeDim, Kernel: 3);
        convolutions = [.. Enumerable.Range(0, count).Select(
            i => AddChild(new Conv2dLayer(scope.In("phi").In($"{i}"), shape, new Conv2dParams(Padding: 1))))];
    }

    public override bool IsPixelwise => false;

    public override IReadOnlyList<CodeLayout> Layouts(int height, int width) =>
    [
        .. options.Scales.Select(side => new CodeLayout($"{Name}_{side}", side, side, Quantizer.CodebookSizes)),
        new(Name, height, width, Quantizer.CodebookSizes),
    ];

    protected override ImageQuantizerOutput Quantize(Variable z, in StepContext context)
    {
        var target = StopGradient.Apply(z);
        var layouts = Layouts(z.Shape[2], z.Shape[3]);
        var grids = new List<CodeGrid>();
        Variable? sum = null, loss = null;
        for (var k = 0; k < layouts.Count; k++)
        {
            using var rest = sum is null ? z.Value.Share() : Primitive.Zip(Op, z.Value, sum.Value, default(Subtract));
            var (codes, grid) = Choose(z.Tape, rest, layouts[k], context);
            grids.Add(grid);
            var added = Draw(k, codes, (z.Shape[2], z.Shape[3]));
            sum = sum is null ? added : sum + added;
            var own = MeanSquaredError.Apply(sum, target) +
                MeanSquaredError.Apply(z, StopGradient.Apply(sum)) * (float)options.Commitment;
            loss = loss is null ? own : loss + own;
        }

        return new ImageQuantizerOutput(StraightThrough.Apply(z, sum!), loss! * (1f / layouts.Count), grids);
    }

    protected override Tensor<float> Find(IReadOnlyList<CodeGrid> codes)
    {
        var size = (codes[^1].Ids.Shape[2], codes[^1].Ids.Shape[3]);
        using var tape = new Tape(Device, recording: false);
        Variable? sum = null;
        for (var k = 0; k < codes.Count; k++)
        {
            using var pixels = Pixels(codes[k]);
            var added = Draw(k, tape.Constant(pixels, "codes"), size);
            sum = sum is null ? added : sum + added;
        }

        return sum!.Value.Share();
    }

    /// <summary>The nearest codes of what is left (B, D, h, w) on the scale of a layout: (B, D, s, s), and their grid.</summary>
    private (Variable Codes, CodeGrid Grid) Choose(Tape tape, Tensor<float> rest, CodeLayout layout, in StepContext context)
    {
        var (b, d, s, t) = (rest.Shape[0], rest.Shape[1], layout.Height, layout.Width);
        using var pooled = (s, t) == (rest.Shape[2], rest.Shape[3]) ? rest.Share() : Primitive.AdaptiveAveragePool2d(rest, s, t);
        using var last = Primitive.Permute(pooled, [0, 2, 3, 1]);
        using var rows = last.Reshape([b * s * t, d]);
        using var output = Quantizer.Forward(tape.Constant(rows, "pooled"), context);
        return (Permute.Apply(Reshape.Apply(output.Quantized, [b, s, t, d]), [0, 3, 1, 2]),
            new CodeGrid(layout.Name, ToGrid(output.Ids, b, s, t), layout.CodebookSizes));
    }

    /// <summary>What the codes (B, D, s, s) of step k add to images of the full size.</summary>
    private Variable Draw(int k, Variable codes, (int Height, int Width) size)
    {
        var full = (codes.Shape[2], codes.Shape[3]) == size ? codes : BilinearResize.Apply(codes, size.Height, size.Width);
        var ratio = (float)options.ConvolutionRatio;
        return full * (1 - ratio) + convolutions[Math.Min(k, convolutions.Length - 1)].Forward(full) * ratio;
    }
}
