using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Convolutions of any geometry against four nested loops over output, input channel and kernel.</summary>
[Collection(TensorTests.Name)]
public sealed class ConvolutionTests(TensorDevices devices)
{
    private static Gen<Case> Cases(Choices draw) =>
        from images in draw.Between(0, 3)
        from groups in draw.Of(Gen.Elements(1, 1, 2, 3), least: 1)
        from channelsIn in draw.Between(1, 6)
        from channelsOut in draw.Of(Gen.OneOf(Gen.Choose(1, 6), Gen.Choose(14, 18)), least: 1)
        from size in draw.Between(1, 12).Two()
        from kernel in draw.Between(1, 4).Two()
        from stride in draw.Between(1, 3).Two()
        from dilation in draw.Between(1, 3).Two()
        from padding in draw.Between(0, 3).Four()
        from hasBias in draw.Flag()
        from isRelu in draw.Flag()
        from seed in Numbers.Seeds
        let p = new Conv2dParams(
            new Pair(stride.Item1, stride.Item2), new Padding(padding.Item1, padding.Item2, padding.Item3, padding.Item4),
            new Pair(dilation.Item1, dilation.Item2), groups)
        select new Case(
            images, groups * channelsIn, groups * channelsOut, size.Item1, size.Item2, kernel.Item1, kernel.Item2, p,
            hasBias, isRelu, seed);

    [Property]
    public Property A_convolution_and_its_gradients_equal_their_definition() =>
        Drawn.ForAll(Cases, where: c => c.HasOutput, c =>
        {
            var (x, weight, bias) = (c.Numbers(c.X, 0), c.Numbers(c.Weight, 1), c.Numbers([c.COut], 2));
            var dY = c.Numbers(c.Y, 3);
            var (y, dX, dWeight) = (new double[dY.Length], new double[x.Length], new double[weight.Length]);
            c.ForEachProduct((at, from, w) =>
            {
                y[at] += (double)x[from] * weight[w];
                dX[from] += (double)dY[at] * weight[w];
                dWeight[w] += (double)dY[at] * x[from];
            });
            var activation = c.IsRelu ? Activation.Relu : Activation.None;
            devices.Check(c.Finish(y, bias, c.COut, c.OutH * c.OutW), 1e-5, s => Primitive.Conv2d(
                s.Floats(x, c.X), s.Floats(weight, c.Weight), c.HasBias ? s.Floats(bias, [c.COut]) : null, c.Params, activation));
            devices.Check(dX, 1e-5,
                s => Primitive.Conv2dInputGradient(s.Floats(dY, c.Y), s.Floats(weight, c.Weight), c.X, c.Params));
            devices.Check(dWeight, 2e-5,
                s => Primitive.Conv2dWeightGradient(s.Floats(x, c.X), s.Floats(dY, c.Y), c.Weight, c.Params));
        });

    [Property]
    public Property A_transposed_convolution_and_its_gradients_are_those_of_the_adjoint() =>
        Drawn.ForAll(Cases, where: c => c.HasOutput, c =>
        {
            // The case's y is the input here and its x the output, whose size the output padding completes.
            var outputPadding = new Pair(c.H - c.SmallestH, c.W - c.SmallestW);
            var (x, weight, bias) = (c.Numbers(c.Y, 0), c.Numbers(c.Weight, 1), c.Numbers([c.CIn], 2));
            var dY = c.Numbers(c.X, 3);
            var (y, dX, dWeight) = (new double[dY.Length], new double[x.Length], new double[weight.Length]);
            c.ForEachProduct((from, at, w) =>
            {
                y[at] += (double)x[from] * weight[w];
                dX[from] += (double)dY[at] * weight[w];
                dWeight[w] += (double)dY[at] * x[from];
            });
            var activation = c.IsRelu ? Activation.Relu : Activation.None;
            devices.Check(c.Finish(y, bias, c.CIn, c.H * c.W), 1e-5, s => Primitive.ConvTranspose2d(
                s.Floats(x, c.Y), s.Floats(weight, c.Weight), c.HasBias ? s.Floats(bias, [c.CIn]) : null, c.Params,
                outputPadding, activation));
            devices.Check(dX, 1e-5, s => Primitive.ConvTranspose2dInputGradient(
                s.Floats(dY, c.X), s.Floats(weight, c.Weight), c.Y, c.Params, outputPadding));
            devices.Check(dWeight, 2e-5, s => Primitive.ConvTranspose2dWeightGradient(
                s.Floats(x, c.Y), s.Floats(dY, c.X), c.Weight, c.Params, outputPadding));
        });

    [Fact]
    public void Layers_of_the_size_that_models_have_take_the_fast_paths_and_stay_right()
    {
        // 4×4 with stride 2 and 3×3 with stride 1, at channel counts and widths that fill whole register tiles.
        CheckLarge(new Case(2, 3, 32, 32, 32, 4, 4, new Conv2dParams(2, 1), HasBias: true, IsRelu: true, Seed: 1));
        CheckLarge(new Case(2, 64, 40, 16, 16, 3, 3, new Conv2dParams(1, 1), HasBias: true, IsRelu: false, Seed: 2));
        CheckLarge(new Case(2, 40, 64, 8, 8, 1, 1, new Conv2dParams(1, 0), HasBias: false, IsRelu: false, Seed: 3));
    }

    [Fact]
    public void Few_channels_and_small_weights_are_right_in_bands_and_parts()
    {
        // So large that rows are cut into bands; rows of dX that no whole band takes.
        CheckLarge(new Case(1, 3, 20, 101, 92, 4, 4, new Conv2dParams(2, 1), HasBias: true, IsRelu: false, Seed: 4));
        var uneven = new Conv2dParams(new Pair(1, 3), new Padding(2, 0, 1, 3));
        CheckLarge(new Case(2, 2, 17, 60, 70, 3, 5, uneven, HasBias: true, IsRelu: true, Seed: 5));

        // Padding alone.
        var padded = new Conv2dParams(new Pair(2, 3), new Padding(1, 2, 2, 2), new Pair(2, 1));
        CheckLarge(new Case(2, 3, 20, 0, 4, 2, 2, padded, HasBias: true, IsRelu: false, Seed: 9));

        // More images than parts, and more of them in a part than are turned at once; x turned, and dY turned.
        CheckLarge(new Case(40, 5, 33, 16, 16, 1, 1, new Conv2dParams(), HasBias: false, IsRelu: false, Seed: 6));
        CheckLarge(new Case(40, 33, 5, 16, 16, 1, 1, new Conv2dParams(), HasBias: true, IsRelu: false, Seed: 7));
        CheckLarge(new Case(40, 16, 8, 16, 16, 1, 1, new Conv2dParams(1, 0, 1, 2), HasBias: true, IsRelu: false, Seed: 8));
    }

    [Fact]
    public void Geometry_that_gives_no_image_is_refused()
    {
        Func<TensorScope, Tensor<float>[]> operands = s =>
            [s.Floats(new float[32], [1, 2, 4, 4]), s.Floats(new float[18], [1, 2, 3, 3]), s.Floats(new float[2], [2])];
        devices.CheckRefused(
            "conv2d: expected a padded height that holds the kernel's span 5; got height 4 + padding 0. "
            + "Use a larger image, more padding or a smaller kernel.",
            operands, t => Primitive.Conv2d(t[0], t[1], null, new Conv2dParams(1, 0, new Pair(2, 2))));
        devices.CheckRefused("conv2d: expected bias (1); got bias (2).", operands,
            t => Primitive.Conv2d(t[0], t[1], t[2], new Conv2dParams(1, 1)));
        devices.CheckRefused("conv2d: expected dY of y's shape; got dY (1, 2, 4, 4), y (1, 1, 2, 2).",
            operands, t => Primitive.Conv2dWeightGradient(t[0], t[0], t[1].Shape, new Conv2dParams(1, 0)));
    }

    private void CheckLarge(Case c)
    {
        var (x, weight, bias) = (c.Numbers(c.X, 0), c.Numbers(c.Weight, 1), c.Numbers([c.COut], 2));
        var dY = c.Numbers(c.Y, 3);
        var (y, dX, dWeight) = (new double[dY.Length], new double[x.Length], new double[weight.Length]);
        c.ForEachProduct((at, from, w) =>
        {
            y[at] += (double)x[from] * weight[w];
            dX[from] += (double)dY[at] * weight[w];
            dWeight[w] += (double)dY[at] * x[from];
        });
        var activation = c.IsRelu ? Activation.Relu : Activation.None;
        devices.Check([.. c.Finish(y, bias, c.COut, c.OutH * c.OutW), .. dX, .. dWeight], 1e-4, s =>
        {
            var (input, kernel, gradient) = (s.Floats(x, c.X), s.Floats(weight, c.Weight), s.Floats(dY, c.Y));
            return
            [
                Primitive.Conv2d(input, kernel, c.HasBias ? s.Floats(bias, [c.COut]) : null, c.Params, activation),
                Primitive.Conv2dInputGradient(gradient, kernel, c.X, c.Params),
                Primitive.Conv2dWeightGradient(input, gradient, c.Weight, c.Params),
            ];
        });
    }

    private sealed record Case(
        int Images, int CIn, int COut, int H, int W, int KernelH, int KernelW, Conv2dParams Params, bool HasBias, bool IsRelu,
        int Seed)
    {
        private int PaddingH => Params.Padding.Top + Params.Padding.Bottom;

        private int PaddingW => Params.Padding.Left + Params.Padding.Right;

        public int OutH => H + PaddingH >= SpanH ? (H + PaddingH - SpanH) / Params.Stride.H + 1 : 0;

        public int OutW => W + PaddingW >= SpanW ? (W + PaddingW - SpanW) / Params.Stride.W + 1 : 0;

        public bool HasOutput => OutH > 0 && OutW > 0;

        /// <summary>The smallest height from which this convolution makes OutH.</summary>
        public int SmallestH => (OutH - 1) * Params.Stride.H + SpanH - PaddingH;

        public int SmallestW => (OutW - 1) * Params.Stride.W + SpanW - PaddingW;

        public Shape X => [Images, CIn, H, W];

        public Shape Weight => [COut, CIn / Params.Groups, KernelH, KernelW];

        public Shape Y => [Images, COut, OutH, OutW];

        private int SpanH => Params.Dilation.H * (KernelH - 1) + 1;

        private int SpanW => Params.Dilation.W * (KernelW - 1) + 1;

        public float[] Numbers(Shape shape, int stream) => Tensors.Numbers.Uniform(Seed, shape.Size, stream);

        /// <summary>Calls with the offsets in y, x and weight of every product that the convolution sums.</summary>
        public void ForEachProduct(Action<int, int, int> product)
        {
            var (inPerGroup, outPerGroup) = (CIn / Params.Groups, COut / Params.Groups);
            for (var at = 0; at < Y.Size; at++)
            {
                var (b, co, oh, ow) = (at / (COut * OutH * OutW), at / (OutH * OutW) % COut, at / OutW % OutH, at % OutW);
                for (var w = 0; w < inPerGroup * KernelH * KernelW; w++)
                {
                    var (ci, kh, kw) = (w / (KernelH * KernelW), w / KernelW % KernelH, w % KernelW);
                    var h = oh * Params.Stride.H + kh * Params.Dilation.H - Params.Padding.Top;
                    var v = ow * Params.Stride.W + kw * Params.Dilation.W - Params.Padding.Left;
                    if (h >= 0 && h < H && v >= 0 && v < W)
                    {
                        var channel = co / outPerGroup * inPerGroup + ci;
                        product(at, ((b * CIn + channel) * H + h) * W + v, co * inPerGroup * KernelH * KernelW + w);
                    }
                }
            }
        }

        /// <summary>Bias by channel, then the activation.</summary>
        public double[] Finish(double[] y, float[] bias, int channels, int pixels) =>
            [.. y.Select((value, i) => value + (HasBias ? bias[i / pixels % channels] : 0))
                .Select(value => IsRelu ? Math.Max(value, 0) : value)];
    }
}
