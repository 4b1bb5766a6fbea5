using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;
using IlgpuVq.Tests.Laws.Registry;
using Xunit;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tests.Laws;

/// <summary>A whole small VQ-VAE: loss and gradients of all weights against the same composition in double precision.</summary>
/// <remarks>
/// conv 3×3/2 → relu → nearest code, straight-through → transposed conv 4×4/2, with the losses of arXiv:1711.00937, equation 3.
/// Central differences see through stop-gradients, so the reference holds what is stopped at its value before any weight moved.
/// </remarks>
public sealed class SmallNetTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const double Commitment = 0.25;
    private const int CodeWidth = 4;

    private static readonly Conv2dParams Down = new(Stride: 2, Padding: 1);
    private static readonly Tolerance Loss = new(1e-6, 0, "means of a few hundred squares");
    private static readonly Tolerance Gradient = new(1e-5, 1e-6, "sums over all pixels through three layers");
    private static readonly string[] Names = ["encoder weight", "encoder bias", "codebook", "decoder weight", "decoder bias"];

    public static TheoryData<string, int> Runs { get; } =
        [.. LawDevices.Names.SelectMany(_ => Enumerable.Range(1, 10), (name, seed) => (name, seed))];

    [Theory]
    [MemberData(nameof(Runs))]
    public void Loss_and_gradients_equal_the_composition_of_the_references(string device, int seed)
    {
        var image = Draw.Uniform([2, 3, 6, 6], -0.5, 0.5, seed);
        DoubleTensor[] weights =
        [
            Draw.Uniform([CodeWidth, 3, 3, 3], -0.5, 0.5, seed + 100),
            Draw.Uniform([CodeWidth], -0.1, 0.3, seed + 200),
            Draw.Uniform([6, CodeWidth], 0, 1, seed + 300),
            Draw.Uniform([CodeWidth, 3, 4, 4], -0.5, 0.5, seed + 400),
            Draw.Uniform([3], -0.5, 0.5, seed + 500),
        ];
        var expected = new ReferenceNet(image, weights);
        Assert.True(expected.DistanceToKink > 1e-5, $"seed {seed} puts a rectifier within {expected.DistanceToKink} of its kink");

        using var inputs = new OpInputs(devices.Open(device), weights);
        var (loss, ids) = Forward(inputs, inputs.Tensor(image));
        Assert.Equal(expected.Ids, ids);
        Loss.Check("loss", expected.Loss(weights), loss.Shape, loss.Value.ToArray());
        inputs.Tape.Backward(loss);
        var upstream = new DoubleTensor([], [1]);
        for (var i = 0; i < weights.Length; i++)
        {
            var slope = CentralDifferences.Gradient(expected.Loss, weights, upstream, i, step: 1e-6);
            Assert.Contains(slope.Values, value => Math.Abs(value) > 1e-3);
            Gradient.Check($"gradient of {Names[i]}", slope, inputs[i].Shape, inputs[i].Gradient!.ToArray());
        }
    }

    private static (Variable Loss, int[] Ids) Forward(OpInputs weights, Tensor<float> pixels)
    {
        var image = weights.Tape.Constant(pixels);
        var z = Relu.Apply(Conv2d.Apply(image, weights[0], weights[1], Down)); // (B, D, H, W)
        var rows = Reshape.Apply(Permute.Apply(z, 0, 2, 3, 1), [2 * 3 * 3, CodeWidth]); // (B·H·W, D)
        using var ids = Primitive.NearestCode(rows.Value, weights[2].Value);
        var codes = Embedding.Apply(ids, weights[2]);
        var passed = Permute.Apply(Reshape.Apply(StraightThrough.Apply(rows, codes), [2, 3, 3, CodeWidth]), 0, 3, 1, 2);
        var y = ConvTranspose2d.Apply(passed, weights[3], weights[4], Down);
        var loss = MeanSquaredError.Apply(y, image)
            + MeanSquaredError.Apply(StopGradient.Apply(rows), codes)
            + (float)Commitment * MeanSquaredError.Apply(rows, StopGradient.Apply(codes));
        return (loss, ids.ToArray());
    }

    private sealed class ReferenceNet
    {
        private readonly DoubleTensor image;
        private readonly DoubleTensor stoppedRows;
        private readonly DoubleTensor stoppedCodes;

        public ReferenceNet(DoubleTensor image, DoubleTensor[] weights)
        {
            this.image = image;
            var beforeRelu = MatrixReference.Conv2d(image, weights[0], weights[1], Down);
            DistanceToKink = beforeRelu.Values.Min(Math.Abs);
            stoppedRows = Rows(weights);
            Ids = LookupReference.NearestCode(stoppedRows, weights[2]);
            stoppedCodes = LookupReference.Embedding(Ids, weights[2]);
        }

        public double DistanceToKink { get; }

        public int[] Ids { get; }

        public DoubleTensor Loss(DoubleTensor[] weights)
        {
            var rows = Rows(weights);
            var codes = LookupReference.Embedding(Ids, weights[2]);
            var jump = ElementwiseReference.Zip(stoppedCodes, stoppedRows, (code, row) => code - row);
            var passed = ElementwiseReference.Zip(rows, jump, (row, by) => row + by); // x + sg(y − x)
            var codesAsImage = LayoutReference.Permute(LayoutReference.Reshape(passed, [2, 3, 3, CodeWidth]), [0, 3, 1, 2]);
            var y = MatrixReference.ConvTranspose2d(codesAsImage, weights[3], weights[4], Down, outputPadding: 0);
            var loss = LossReference.MeanSquaredError(y, image).Values[0]
                + LossReference.MeanSquaredError(stoppedRows, codes).Values[0]
                + Commitment * LossReference.MeanSquaredError(rows, stoppedCodes).Values[0];
            return new DoubleTensor([], [loss]);
        }

        private DoubleTensor Rows(DoubleTensor[] weights)
        {
            var z = MatrixReference.Conv2d(image, weights[0], weights[1], Down).Map(ElementwiseReference.Relu);
            return LayoutReference.Reshape(LayoutReference.Permute(z, [0, 2, 3, 1]), [2 * 3 * 3, CodeWidth]);
        }
    }
}
