using System.Reflection;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tensors.Primitives.Convolution;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>Calls every primitive once, on few numbers, so that every kernel is loaded.</summary>
internal static class KernelTour
{
    public static void Run(Device device)
    {
        Elements(device);
        Shapes(device);
        Products(device);
        Images(device);
        Rows(device);
    }

    private static void Elements(Device device)
    {
        using var x = Fill.Constant(device, [4], 0.5f);
        using var odd = Fill.Constant(device, [3], 0.5f);

        // Four elements a thread, and one.
        foreach (var operand in (ReadOnlySpan<Tensor<float>>)[x, odd])
        {
            foreach (var type in Operators<IUnaryOperator>())
            {
                Method(typeof(Map), nameof(Map.Apply), type).Invoke(null, [operand, Activator.CreateInstance(type)]);
            }

            foreach (var type in Operators<IBinaryOperator>())
            {
                Method(typeof(Zip), nameof(Zip.Apply), type).Invoke(null, ["tour", operand, operand, Activator.CreateInstance(type)]);
            }
        }

        using var m = Fill.Constant(device, [4], 0);
        using var v = Fill.Constant(device, [4], 0);
        Adam.Step(x, x, m, v, new AdamStep(1e-3f, 0.9f, 0.999f, 1e-8f, WeightDecay: 0, Step: 1));
        RandomFill.Uniform(device, [4], 0, 1, seed: 1, stream: 1).Dispose();
        RandomFill.Normal(device, [4], 0, 1, seed: 1, stream: 1).Dispose();
        RandomFill.TruncatedNormal(device, [4], 1, seed: 1, stream: 1).Dispose();
        RandomFill.Bernoulli(device, [4], 0.5f, seed: 1, stream: 1).Dispose();
        using var random = new RandomState(device, seed: 1);
        random.Uniform([4], 0, 1, stream: 1).Dispose();
        random.Normal([4], 0, 1, stream: 1).Dispose();
        random.Bernoulli([4], 0.5f, stream: 1).Dispose();
    }

    private static void Shapes(Device device)
    {
        using var x = Fill.Constant(device, [2, 3], 1);
        using var ids = device.From<int>([1, 0], [2]);
        Permute.Apply(x, [1, 0]).Dispose();
        Permute.Apply(ids, [0]).Dispose();
        Slice.Apply(x, axis: 0, start: 1, length: 1).Dispose();
        Pad.Apply(x, [1, 0], [0, 1]).Dispose();
        Concat.Apply(0, x, x).Dispose();
        Expand.Apply(x, [4, 2, 3]).Dispose();
        Primitive.Where(x, x, x).Dispose();
        Primitive.ArgMax(x).Dispose();
        Primitive.CumulativeSum(x, axis: 1).Dispose();
        Reduce.Sum(x, [1]).Dispose();
        Reduce.Max(x, [0]).Dispose();
        using var dY = Fill.Constant(device, [2], 1);
        MaxGradient.Apply(x, dY, [1]).Dispose();
        Gather.Rows(x, ids).Dispose();
        Primitive.IndexSelect(x, axis: 0, ids).Dispose();
        Primitive.IndexSelectGradient(x, axis: 0, ids, length: 2).Dispose();
        Primitive.Slice(x, axis: 1, start: 2, length: 2, step: -1).Dispose();
        Primitive.SliceGradient(x, [2, 6], axis: 1, start: 0, step: 2).Dispose();
        foreach (var mode in (ReadOnlySpan<PadMode>)[PadMode.Reflect, PadMode.Replicate])
        {
            Primitive.Pad(x, before: [0, 1], after: [0, 1], mode).Dispose();
            Primitive.PadGradient(x, [2, 2], before: [0, 1], after: [0, 0], mode).Dispose();
        }

        using var radices = device.From<int>([2, 2, 2], [3]);
        MixedRadix.Compose(x, radices).Dispose();
        MixedRadix.Split(ids, radices).Dispose();
        ScatterAdd.Rows(x, ids, rows: 2).Dispose();
        ScatterAdd.Counts(ids, rows: 2).Dispose();
        MeanSquaredError.Forward(x, x).Dispose();
        using var dLoss = Fill.Constant(device, [], 1);
        MeanSquaredError.Gradient(x, x, dLoss).Dispose();
    }

    private static void Products(Device device)
    {
        using var a = Fill.Constant(device, [2, 2], 1);
        foreach (var transpose in (ReadOnlySpan<Transpose>)[Transpose.None, Transpose.A, Transpose.B, Transpose.A | Transpose.B])
        {
            Matmul.Apply(a, a, transpose).Dispose();
        }

        NearestCode.Find(a, a).Dispose();
    }

    private static void Images(Device device)
    {
        using var x = Fill.Constant(device, [1, 1, 40, 40], 1);
        using var weight = Fill.Constant(device, [1, 1, 1, 1], 1);
        using var y = Conv2d.Forward(x, weight, bias: null, new Conv2dParams());
        Conv2d.InputGradient(y, weight, x.Shape, new Conv2dParams()).Dispose();

        // Few results of many terms: groups share each sum.
        Conv2d.WeightGradient(x, y, weight.Shape, new Conv2dParams()).Dispose();
        Resize.Nearest(x, 80, 80).Dispose();
        Resize.NearestGradient(x, 20, 20).Dispose();
        Primitive.BilinearResize(x, 80, 80, alignCorners: false).Dispose();
        Primitive.BilinearResizeGradient(x, 20, 20, alignCorners: false).Dispose();
        using var mean = Primitive.AdaptiveAveragePool2d(x, 20, 20);
        Primitive.AdaptiveAveragePool2dGradient(mean, x.Shape).Dispose();
        var (max, places) = Primitive.MaxPool2d(x, kernel: 2, stride: 2, padding: 0);
        Primitive.MaxPool2dGradient(max, places, x.Shape, kernel: 2, stride: 2, padding: 0).Dispose();
        max.Dispose();
        places.Dispose();
    }

    private static void Rows(Device device)
    {
        // Short rows and long ones: a thread or a group of threads each.
        foreach (var k in (ReadOnlySpan<int>)[4, 64])
        {
            using var x = Fill.Constant(device, [2, k], 1);
            using var target = device.From<int>([0, 1], [2]);
            using var losses = CrossEntropy.Losses(x, target);
            CrossEntropy.Gradient(x, target, losses).Dispose();
            var how = new CrossEntropyParams();
            Primitive.CrossEntropy(x, target, how).Dispose();
            Primitive.CrossEntropyGradient(x, target, how, losses).Dispose();
            Primitive.CrossEntropyWeights(target, classes: 2, how).Dispose();
            Primitive.Softmax(x, axis: 0).Dispose();
            Primitive.SoftmaxGradient(x, x, axis: 0).Dispose();
            Primitive.LogSoftmax(x, axis: 0).Dispose();
            Primitive.LogSoftmaxGradient(x, x, axis: 0).Dispose();
            Softmax.Apply(x).Dispose();
            Softmax.Gradient(x, x).Dispose();
            LogSoftmax.Apply(x).Dispose();
            LogSoftmax.Gradient(x, x).Dispose();
            using var images = Fill.Constant(device, [2, 2, k], 1);
            var (y, mean, rstd) = GroupNorm.Forward(images, weight: null, bias: null, groups: 1, epsilon: 1e-5f);
            var (dX, dWeight, dBias) = GroupNorm.Backward(y, images, mean, rstd, weight: null, groups: 1);
            var (batchY, batchMean, batchRstd) = BatchNorm.Forward(images, weight: null, bias: null, epsilon: 1e-5f);
            foreach (var tensor in (ReadOnlySpan<Tensor<float>>)[y, mean, rstd, dX, dWeight, dBias, batchY, batchMean, batchRstd])
            {
                tensor.Dispose();
            }
        }
    }

    private static IEnumerable<Type> Operators<TOperator>() => typeof(KernelTour).Assembly.GetTypes()
        .Where(type => type is { IsValueType: true, IsGenericType: false } && typeof(TOperator).IsAssignableFrom(type));

    private static MethodInfo Method(Type type, string name, Type argument) =>
        type.GetMethods().Single(method => method.Name == name && method.IsGenericMethod).MakeGenericMethod(argument);
}
