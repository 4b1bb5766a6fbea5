using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Parts of neural networks as users of ILGPU write them.</summary>
public sealed class NetworkSampleTests(DifferentialDevices devices) : KernelTests<NetworkSampleTests>(devices), IKernelSet
{
    private interface IActivation
    {
        float Apply(float x);
    }

    public static void AddTo(KernelSet kernels)
    {
        AddNetworks(kernels);
    }

    private static void AddNetworks(KernelSet kernels)
    {
        kernels.Add("an activation as a structure with state", run =>
        {
            var x = run.Input(Samples.Floats(211, 100));
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, Leaky>(Activate)(
                100, x, run.Output<float>(100), new Leaky(0.125f));
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, Swish>(Activate)(
                100, x, run.Output<float>(100, new(6), "swish"), default);
        });
        kernels.Add("the nearest row of a table", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView2D<float, Stride2D.DenseY>,
                ArrayView2D<float, Stride2D.DenseY>, ArrayView<int>>(FindNearest)(
                50,
                run.Input(Samples.Floats(212, 50 * 6)).As2DDenseYView(new(50, 6)),
                run.Input(Samples.Floats(213, 16 * 6)).As2DDenseYView(new(16, 6)),
                run.Output<int>(50)));
        kernels.Add("a convolution with padding and stride", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<
                Index3D, ArrayView3D<float, Stride3D.DenseZY>, ArrayView<float>, ArrayView3D<float, Stride3D.DenseZY>,
                    ConvolutionShape>(Convolve)(
                new(4, 5, 6),
                run.Input(Samples.Floats(214, 3 * 9 * 11)).As3DDenseZYView(new(3, 9, 11)),
                run.Input(Samples.Floats(215, 4 * 3 * 3 * 3)),
                run.Output<float>(4 * 5 * 6).As3DDenseZYView(new(4, 5, 6)),
                new ConvolutionShape(Size: 3, Stride: 2, Padding: 1)));
        kernels.Add("layer normalization, a group per row", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, float>(Normalize)(
                (5, 32), run.Input(Samples.Floats(216, 5 * 32)), run.Output<float>(5 * 32, new(8)), 1e-5f));
        kernels.Add("a step of Adam", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>,
                ArrayView<float>, AdamSettings>(StepAdam)(
                80,
                run.InOut(Samples.Floats(217, 80), name: "weights"),
                run.Input(Samples.Floats(218, 80)),
                run.InOut(Samples.Floats(219, 80), name: "first moments"),
                run.InOut([.. Samples.Floats(220, 80).Select(MathF.Abs)], name: "second moments"),
                new AdamSettings(1e-3f, 0.9f, 0.999f, 1e-8f)));
    }

    private static void Activate<TActivation>(Index1D i, ArrayView<float> x, ArrayView<float> y, TActivation activation)
        where TActivation : struct, IActivation => y[i] = activation.Apply(x[i]);

    private static void FindNearest(Index1D row, ArrayView2D<float, Stride2D.DenseY> x,
        ArrayView2D<float, Stride2D.DenseY> table, ArrayView<int> y)
    {
        var (best, nearest) = (float.MaxValue, -1);
        for (var k = 0; k < table.IntExtent.X; k++)
        {
            var distance = 0f;
            for (var d = 0; d < x.IntExtent.Y; d++)
            {
                var difference = x[row, d] - table[k, d];
                distance += difference * difference;
            }

            if (distance < best)
            {
                (best, nearest) = (distance, k);
            }
        }

        y[row] = nearest;
    }

    private static void Convolve(
        Index3D place,
        ArrayView3D<float, Stride3D.DenseZY> x,
        ArrayView<float> weights,
        ArrayView3D<float, Stride3D.DenseZY> y,
        ConvolutionShape shape)
    {
        var sum = 0f;
        var (channels, height, width) = (x.IntExtent.X, x.IntExtent.Y, x.IntExtent.Z);
        for (var channel = 0; channel < channels; channel++)
        {
            for (var dy = 0; dy < shape.Size; dy++)
            {
                var row = (place.Y * shape.Stride) + dy - shape.Padding;
                if ((uint)row >= (uint)height)
                {
                    continue;
                }

                for (var dx = 0; dx < shape.Size; dx++)
                {
                    var column = (place.Z * shape.Stride) + dx - shape.Padding;
                    if ((uint)column < (uint)width)
                    {
                        var weight = weights[(((((place.X * channels) + channel) * shape.Size) + dy) * shape.Size) + dx];
                        sum += weight * x[channel, row, column];
                    }
                }
            }
        }

        y[place] = sum;
    }

    private static void Normalize(ArrayView<float> x, ArrayView<float> y, float epsilon)
    {
        var shared = SharedMemory.Allocate<float>(32);
        var i = Grid.GlobalLinearIndex;
        shared[Group.IdxX] = x[i];
        Group.Barrier();
        var mean = 0f;
        for (var k = 0; k < 32; k++)
        {
            mean += shared[k];
        }

        mean /= 32;
        var variance = 0f;
        for (var k = 0; k < 32; k++)
        {
            variance += (shared[k] - mean) * (shared[k] - mean);
        }

        y[i] = (x[i] - mean) * XMath.Rsqrt((variance / 32) + epsilon);
    }

    private static void StepAdam(
        Index1D i, ArrayView<float> weights, ArrayView<float> gradients, ArrayView<float> first, ArrayView<float> second,
            AdamSettings settings)
    {
        var gradient = gradients[i];
        var m = (settings.Beta1 * first[i]) + ((1 - settings.Beta1) * gradient);
        var v = (settings.Beta2 * second[i]) + ((1 - settings.Beta2) * gradient * gradient);
        first[i] = m;
        second[i] = v;
        weights[i] -= settings.Rate * m / (MathF.Sqrt(v) + settings.Epsilon);
    }

    private readonly struct Leaky(float slope) : IActivation
    {
        public float Apply(float x) => x > 0 ? x : slope * x;
    }

    private readonly struct Swish : IActivation
    {
        public float Apply(float x) => x / (1 + XMath.Exp(-x));
    }

    private readonly record struct ConvolutionShape(int Size, int Stride, int Padding);

    private readonly record struct AdamSettings(float Rate, float Beta1, float Beta2, float Epsilon);
}
