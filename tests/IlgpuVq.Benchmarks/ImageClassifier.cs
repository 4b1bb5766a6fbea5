using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Benchmarks;

/// <summary>A small convolutional network that names the class of an image: three convolutions of 3×3 with batch norms and ReLU,
/// 32, 64 and 64 channels, the largest pixel of each 2×2 behind the first two; means of 4×4 parts of the image; a linear
/// map.</summary>
/// <remarks>The same seed gives the same network, on one device to the bit.</remarks>
internal sealed class ImageClassifier : IDisposable
{
    /// <summary>Images that are named at once.</summary>
    private const int AtOnce = 250;

    /// <summary>Parts of a side of the image, of which the linear map knows the means.</summary>
    private const int Side = 4;

    private readonly Device device;
    private readonly Sequential net;
    private readonly ulong seed;

    /// <param name="device">Where it is.</param>
    /// <param name="channels">Of the images.</param>
    /// <param name="classes">How many there are.</param>
    /// <param name="seed">What its weights, and the order of the images that it learns, follow from.</param>
    public ImageClassifier(Device device, int channels, int classes, ulong seed)
    {
        (this.device, this.seed) = (device, seed);
        Classes = classes;
        net = new Sequential(
            new ModuleScope(device, seed),
            [
                .. Block(channels, 32, Pool), .. Block(32, 64, Pool), .. Block(64, 64, Relu.Apply),
                at => new FunctionLayer(at, Parts),
                at => new LinearLayer(at, (64 * Side * Side, classes)),
            ]);
    }

    /// <summary>How many classes there are.</summary>
    public int Classes { get; }

    /// <summary>Learns from labelled images: Adam, whose rate falls from 2e-3 to 0 along a cosine.</summary>
    /// <param name="data">Images whose labels are classes.</param>
    /// <param name="batch">Images of a step.</param>
    /// <param name="steps">Steps.</param>
    /// <param name="advance">Gets the steps that are done; null for nobody.</param>
    public void Learn(ImageDataSet data, int batch, int steps, Action<long>? advance = null)
    {
        using var optimizer = new AdamOptions { LearningRate = 2e-3, Schedule = new CosineSchedule { Steps = steps } }
            .Build(net.Parameters);
        using var loader = new BatchLoader(data, batch, seed);
        using var images = device.Empty<float>([batch, data.Channels, data.Height, data.Width]);
        using var labels = device.Empty<int>([batch]);
        using var step = new Recording(device, () =>
        {
            using var tape = new Tape(device);
            tape.Backward(CrossEntropy.Apply(net.Forward(tape.Constant(images), StepContext.Training), labels));
            optimizer.Apply();
        });
        advance?.Invoke(0);
        for (var i = 0; i < steps; i++)
        {
            var its = loader.Next();
            images.CopyFrom(its.Images);
            labels.CopyFrom(its.Labels);
            optimizer.Advance();
            step.Run();
            advance?.Invoke(i + 1);
        }
    }

    /// <summary>The likeliest class of each image.</summary>
    /// <param name="images">(N, C, H, W) in [−0.5, 0.5].</param>
    /// <param name="shape">(C, H, W)</param>
    public int[] Name(ReadOnlySpan<float> images, (int C, int H, int W) shape)
    {
        var length = shape.C * shape.H * shape.W;
        var names = new int[images.Length / length];
        for (var first = 0; first < names.Length; first += AtOnce)
        {
            var count = Math.Min(AtOnce, names.Length - first);
            using var x = device.From(images.Slice(first * length, count * length), [count, shape.C, shape.H, shape.W]);
            using var tape = new Tape(device, recording: false);
            using var best = Primitive.ArgMax(net.Forward(tape.Constant(x), StepContext.Inference).Value);
            best.CopyTo(names.AsSpan(first, count));
        }

        return names;
    }

    public void Dispose() => net.Dispose();

    private static IEnumerable<Func<ModuleScope, Layer>> Block(int from, int to, Func<Variable, Variable> function) =>
    [
        at => new Conv2dLayer(at, new ConvShape(from, to, Kernel: 3), new Conv2dParams(Padding: 1), hasBias: false),
        at => new BatchNormLayer(at, to),
        at => new FunctionLayer(at, function),
    ];

    /// <summary>(B, C, h, w) → (B, C·4·4).</summary>
    private static Variable Parts(Variable x) =>
        Reshape.Apply(AdaptiveAveragePool2d.Apply(x, Side, Side), [x.Shape[0], x.Shape[1] * Side * Side]);

    private static Variable Pool(Variable x) => Relu.Apply(MaxPool2d.Apply(x, 2));
}
