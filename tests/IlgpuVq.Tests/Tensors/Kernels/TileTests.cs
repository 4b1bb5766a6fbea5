using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tensors.Primitives.Convolution;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Tensors.Kernels;

/// <summary>Kernels for groups of threads on shapes of several tiles, several steps along k and several pieces of a sum, none of them
/// a whole number of tiles: they equal the host forms, which have references of their own.</summary>
public class TileTests
{
    /// <summary>The kernels as methods: threads in a fixed order from barrier to barrier, so that one that is missing shows.</summary>
    private const string Processor = "processor";

    private const string OpenCl = "opencl";

    [Theory]
    [InlineData(Processor, Transpose.None)]
    [InlineData(OpenCl, Transpose.None)]
    [InlineData(OpenCl, Transpose.A)]
    [InlineData(OpenCl, Transpose.B)]
    [InlineData(OpenCl, Transpose.A | Transpose.B)]
    public void Matrix_products(string device, Transpose transpose) => Compare(device, scope => [Matmul.Apply(
        Operand(scope, 1, transpose.HasFlag(Transpose.A) ? [2, 53, 130] : [2, 130, 53]),
        Operand(scope, 2, transpose.HasFlag(Transpose.B) ? [2, 70, 53] : [2, 53, 70]),
        transpose)]);

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 1, 1, 2)]
    [InlineData(3, 2, 2, 1)]
    public void Convolutions_and_their_gradients(int stride, int padding, int dilation, int groups) => Compare(OpenCl, scope =>
    {
        // The weight gradient sums over at least 4 · 81 · 4 pixels, in pieces where the stride is 1.
        var parameters = new Conv2dParams(stride, padding, dilation, groups);
        var x = Operand(scope, 1, [16, 18, 19, 21]);
        var weight = Operand(scope, 2, [70, 18 / groups, 3, 3]);
        var y = scope.Keep(Conv2d.Forward(x, weight, Operand(scope, 3, [70]), parameters, Activation.Relu));
        var dY = Operand(scope, 4, y.Shape);
        return
        [
            Conv2d.Forward(x, weight, bias: null, parameters),
            Conv2d.InputGradient(dY, weight, x.Shape, parameters),
            Conv2d.WeightGradient(x, dY, weight.Shape, parameters),
        ];
    });

    [Theory]
    [InlineData(Processor)]
    [InlineData(OpenCl)]
    public void Nearest_codes(string device)
    {
        int[] Find(Device on)
        {
            using var scope = new TensorScope(on);
            return scope.Keep(NearestCode.Find(Operand(scope, 1, [150, 37]), Operand(scope, 2, [200, 37]))).ToArray();
        }

        using var host = Device.Open("cpu");
        using var groups = Open(device);
        var expected = Find(host);
        Assert.Equal(expected, Find(groups));
        Assert.True(expected.Distinct().Count() > 50);
    }

    private static Tensor<float> Operand(TensorScope scope, int stream, Shape shape) =>
        scope.Floats(Numbers.Uniform(17, shape.Size, stream), shape);

    private static Device Open(string device)
    {
        var options = new DeviceOptions(PoisonMemory: true);
        if (device == Processor)
        {
            return KernelDevice.OpenCpu(options, hasFastGroups: true);
        }

        OptionalDevice.Require(device);
        return Device.Open(device, options);
    }

    private static void Compare(string device, Func<TensorScope, Tensor<float>[]> run)
    {
        float[][] Results(Device on)
        {
            using var scope = new TensorScope(on);
            return run(scope).Select(tensor => scope.Keep(tensor).ToArray()).ToArray();
        }

        using var host = Device.Open("cpu");
        using var groups = Open(device);
        foreach (var (expected, actual) in Results(host).Zip(Results(groups)))
        {
            // Sums of the same products in another order: rounding depends on their size, for which the largest result stands.
            var tolerance = 5e-6f * expected.Max(Math.Abs);
            Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance));
        }
    }
}
