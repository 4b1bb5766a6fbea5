using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;

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
        using var x = Primitive.Fill(device, [4], 0.5f);
        using var odd = Primitive.Fill(device, [3], 0.5f);

        // Four elements a thread, and one. Functions of one number are the ops' affair.
        foreach (var operand in (ReadOnlySpan<Tensor<float>>)[x, odd])
        {
            Primitive.Zip("tour", operand, operand, default(Plus)).Dispose();
        }

        using var m = Primitive.Fill(device, [4], 0);
        using var v = Primitive.Fill(device, [4], 0);
        Primitive.UpdateAdam(x, x, m, v, new AdamStep(1e-3f, 0.9f, 0.999f, 1e-8f, WeightDecay: 0, Step: 1));
        using var counts = device.From<int>([1], []);
        Primitive.Increment(counts);
        Primitive.RandomUniform(device, [4], 0, 1, seed: 1, stream: 1).Dispose();
        Primitive.RandomNormal(device, [4], 0, 1, seed: 1, stream: 1).Dispose();
        Primitive.RandomTruncatedNormal(device, [4], 1, seed: 1, stream: 1).Dispose();
        Primitive.RandomBernoulli(device, [4], 0.5f, seed: 1, stream: 1).Dispose();
        using var random = new RandomState(device, seed: 1);
        random.Uniform([4], 0, 1, stream: 1).Dispose();
        random.UniformOfRun([4], 0, 1, stream: 1).Dispose();
        random.Normal([4], 0, 1, stream: 1).Dispose();
        random.Bernoulli([4], 0.5f, stream: 1).Dispose();
        using var codes = Primitive.Fill(device, [4, 1], 0);
        using var least = Primitive.Fill(device, [], 1);
        Primitive.MoveTowards(m, x, least);
        Primitive.ReviveCodes(codes, m, codes, codes, least, random, stream: 1);
        Primitive.KMeans(codes, m, codes, x, least, new KMeansParams(Iterations: 1));
        Primitive.SampleRows(random, rows: 2, count: 2, stream: 1).Dispose();
        Primitive.SampleRows(random, x, count: 2, stream: 1).Dispose();
        using var parts = Primitive.Fill(device, [1], 0.5f);
        using var scores = Primitive.Fill(device, [1, 3], 0.5f);
        Primitive.CosineMask(parts, scores).Dispose();
    }

    private static void Shapes(Device device)
    {
        using var x = Primitive.Fill(device, [2, 3], 1);
        using var ids = device.From<int>([1, 0], [2]);
        Primitive.Permute(x, [1, 0]).Dispose();
        Primitive.Permute(ids, [0]).Dispose();
        Primitive.Slice(x, axis: 0, start: 1, length: 1).Dispose();
        Primitive.Pad(x, [1, 0], [0, 1]).Dispose();
        Primitive.Concat(0, x, x).Dispose();
        Primitive.Concat(0, ids, ids).Dispose();
        Primitive.Expand(x, [4, 2, 3]).Dispose();
        Primitive.Where(x, x, x).Dispose();
        Primitive.ArgMax(x).Dispose();
        Primitive.CumulativeSum(x, axis: 1).Dispose();
        Primitive.Sum(x, [1]).Dispose();
        Primitive.Max(x, [0]).Dispose();
        using var dY = Primitive.Fill(device, [2], 1);
        Primitive.MaxGradient(x, dY, [1]).Dispose();
        Primitive.GatherRows(x, ids).Dispose();
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
        Primitive.ComposeDigits(x, radices).Dispose();
        Primitive.SplitDigits(ids, radices).Dispose();
        Primitive.ScatterAddRows(x, ids, rows: 2).Dispose();
        Primitive.CountIds(ids, rows: 2).Dispose();
        using var keep = Primitive.Fill(device, [], 1);
        Primitive.KeepIds(ids, keep).Dispose();
        Primitive.IdMask(ids).Dispose();
        Primitive.OneHot(ids, classes: 3).Dispose();
        using var sequences = Primitive.Fill(device, [1, 2, 3], 1);
        using var place = device.From<int>([0], [1]);
        using var taps = device.From<int>([0, -1], [1, 2]);
        Primitive.TakeTaps(sequences, place, taps, width: 2, count: 1).Dispose();
        Primitive.PutRowsInto(sequences, sequences, place);
        using var grids = device.From<int>([0, 1], [1, 1, 1, 2]);
        using var cells = grids.Reshape([1, 2, 1]);
        Primitive.PutRowsInto(cells, cells, place);
        using var starts = device.From<int>([0, 2], [2]);
        Primitive.TapIds(grids, taps, starts, place, count: 1).Dispose();
        using var bags = Primitive.TapIds(grids, taps, starts);
        using var tables = x.Reshape([1, .. x.Shape]);
        using var sums = Primitive.GatherSums(tables, bags);
        Primitive.GatherSumsGradient(sums, bags, rows: 2).Dispose();
        Primitive.MeanSquaredError(x, x).Dispose();
        using var dLoss = Primitive.Fill(device, [], 1);
        Primitive.MeanSquaredErrorGradient(x, x, dLoss).Dispose();
    }

    private static void Products(Device device)
    {
        using var a = Primitive.Fill(device, [2, 2], 1);
        foreach (var transpose in (ReadOnlySpan<Transpose>)[Transpose.None, Transpose.A, Transpose.B, Transpose.A | Transpose.B])
        {
            Primitive.Matmul(a, a, transpose).Dispose();
        }

        Primitive.NearestCode(a, a).Dispose();

        // Short rows and long ones.
        foreach (var keys in (ReadOnlySpan<int>)[2, 64])
        {
            using var rows = Primitive.Fill(device, [1, keys, 2], 1);
            var (y, logSums) = Primitive.Attention(rows, rows, rows);
            var (dQ, dK, dV) = Primitive.AttentionGradient(y, rows, rows, rows, y, logSums);
            foreach (var tensor in (ReadOnlySpan<Tensor<float>>)[y, logSums, dQ, dK, dV])
            {
                tensor.Dispose();
            }
        }
    }

    private static void Images(Device device)
    {
        using var x = Primitive.Fill(device, [1, 1, 40, 40], 1);
        using var weight = Primitive.Fill(device, [1, 1, 1, 1], 1);
        using var y = Primitive.Conv2d(x, weight, bias: null, new Conv2dParams());
        Primitive.Conv2dInputGradient(y, weight, x.Shape, new Conv2dParams()).Dispose();

        // Few results of many terms: groups share each sum.
        Primitive.Conv2dWeightGradient(x, y, weight.Shape, new Conv2dParams()).Dispose();
        Primitive.ResizeNearest(x, 80, 80).Dispose();
        Primitive.ResizeNearestGradient(x, 20, 20).Dispose();
        Primitive.BilinearResize(x, 80, 80, alignCorners: false).Dispose();
        Primitive.BilinearResizeGradient(x, 20, 20, alignCorners: false).Dispose();
        using var mean = Primitive.AdaptiveAveragePool2d(x, 20, 20);
        Primitive.AdaptiveAveragePool2dGradient(mean, x.Shape).Dispose();
        var (max, places) = Primitive.MaxPool2d(x, kernel: 2, stride: 2, padding: 0);
        Primitive.MaxPool2dGradient(max, places, x.Shape, kernel: 2, stride: 2, padding: 0).Dispose();
        max.Dispose();
        places.Dispose();
        using var u = Primitive.Fill(device, [1, 3], 0.25f);
        Primitive.FlipShift(x, u, flip: true, shift: 1).Dispose();
    }

    private static void Rows(Device device)
    {
        // Short rows and long ones: a thread or a group of threads each.
        foreach (var k in (ReadOnlySpan<int>)[4, 64])
        {
            using var x = Primitive.Fill(device, [2, k], 1);
            using var target = device.From<int>([0, 1], [2]);
            using var place = device.From<int>([0], [1]);
            var how = new CrossEntropyParams();
            using var losses = Primitive.CrossEntropy(x, target, how);
            Primitive.CrossEntropyGradient(x, target, how, losses).Dispose();
            Primitive.CrossEntropyWeights(target, classes: 2, how).Dispose();
            Primitive.Softmax(x, axis: 0).Dispose();
            Primitive.SoftmaxGradient(x, x, axis: 0).Dispose();
            Primitive.LogSoftmax(x, axis: 0).Dispose();
            Primitive.LogSoftmaxGradient(x, x, axis: 0).Dispose();
            Primitive.Softmax(x).Dispose();
            Primitive.SoftmaxGradient(x, x).Dispose();
            Primitive.CausalSoftmax(x, diagonal: 0).Dispose();
            Primitive.CausalSoftmaxGradient(x, x, diagonal: 0).Dispose();
            using var sequence = x.Reshape([1, k, 2]);
            Primitive.PlaceAttention(sequence, sequence, sequence, place, diagonal: 0).Dispose();
            Primitive.LogSoftmax(x).Dispose();
            Primitive.LogSoftmaxGradient(x, x).Dispose();
            using var grey = x.Reshape([2, 1, 1, k]);
            using var u = Primitive.Fill(device, [2, 6], 0.25f);
            Primitive.ColourJitter(grey, u, new ColourJitterParams(Contrast: 0.5f)).Dispose();
            using var images = Primitive.Fill(device, [2, 2, k], 1);
            var (y, mean, rstd) = Primitive.GroupNorm(images, weight: null, bias: null, groups: 1, epsilon: 1e-5f);
            var (dX, dWeight, dBias) = Primitive.GroupNormGradient(y, images, mean, rstd, weight: null, groups: 1);
            var (batchY, batchMean, batchRstd) = Primitive.BatchNorm(images, weight: null, bias: null, epsilon: 1e-5f);
            foreach (var tensor in (ReadOnlySpan<Tensor<float>>)[y, mean, rstd, dX, dWeight, dBias, batchY, batchMean, batchRstd])
            {
                tensor.Dispose();
            }
        }
    }
}
