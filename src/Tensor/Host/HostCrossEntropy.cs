using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host;

/// <summary>Host form of cross-entropy: row by row, vectors along the classes. Where classes are no neighbours, the rows of
/// sixteen neighbouring targets are brought together first, and those of the gradient taken back.</summary>
internal static unsafe class HostCrossEntropy
{
    private const int CacheFloats = 128 * 1024;

    /// <param name="device">Whose team works.</param>
    /// <param name="logits">The numbers.</param>
    /// <param name="targets">A class for each row.</param>
    /// <param name="weights">A factor for each class; null for 1.</param>
    /// <param name="dLosses">Given for the gradient, null for the losses.</param>
    /// <param name="result">The losses, or dLogits.</param>
    /// <param name="rule">Sizes and constants.</param>
    public static void Run(
        HostDevice device, Tensor<float> logits, Tensor<int> targets, Tensor<float>? weights, Tensor<float>? dLosses,
        Tensor<float> result, in CrossEntropyRule rule)
    {
        var body = new Blocks(
            logits.Pointer, targets.Pointer, weights is null ? null : weights.Pointer, dLosses is null ? null : dLosses.Pointer,
            result.Pointer, rule);
        var width = WidthOf(rule);
        device.Team.For(rule.Sizes.Blocks(width), HostLoop.RowGrain((long)rule.K * width), body);
    }

    /// <summary>Rows that are brought together: sixteen, or fewer where they would not stay in a core's cache.</summary>
    private static int WidthOf(in CrossEntropyRule rule) =>
        rule.Sizes.Inner == 1 ? 1 : Math.Clamp(CacheFloats / Math.Max(1, rule.K), 1, HostLoop.Width);

    private readonly struct Blocks(
        float* logits, int* targets, float* weights, float* dLosses, float* result, CrossEntropyRule rule) : IRangeBody
    {
        private int K => rule.K;

        public void Range(int start, int end)
        {
            if (rule.Sizes.Inner == 1)
            {
                for (var n = start; n < end; n++)
                {
                    Row(n, logits + (nint)n * K, result + (dLosses == null ? n : (nint)n * K));
                }

                return;
            }

            // Two working copies: the logits of some rows and, for the gradient, what goes back.
            var (step, width) = (rule.Sizes.Inner, WidthOf(rule));
            var rows = HostScratch.Floats(2 * width * K);
            var gradients = rows + (nint)width * K;
            for (var block = start; block < end; block++)
            {
                var (first, line, count) = rule.Sizes.Block(block, width);
                HostTranspose.Run(logits + first, step, rows, K, K, count);
                for (var i = 0; i < count; i++)
                {
                    Row(line + i, rows + (nint)i * K, dLosses == null ? result + line + i : gradients + (nint)i * K);
                }

                if (dLosses != null)
                {
                    HostTranspose.Run(gradients, K, result + first, step, count, K);
                }
            }
        }

        private void Row(nint n, float* x, float* to)
        {
            var target = targets[n];
            if (dLosses == null)
            {
                *to = rule.Ignores(target) ? 0 : rule.HasClass(target) ? Loss(x, target) : float.NaN;
            }
            else if (rule.Ignores(target) || !rule.HasClass(target))
            {
                new Span<float>(to, K).Fill(rule.Ignores(target) ? 0 : float.NaN);
            }
            else
            {
                Gradient(x, target, dLosses[n], to);
            }
        }

        private float Loss(float* x, int target)
        {
            var max = HostSoftmax.Max(x, K);
            var log = ElementaryFunctions.Log(Vector512.Create(HostSoftmax.SumOfExp(x, K, max))).ToScalar();
            var loss = rule.Target * Weight(target) * (log - (x[target] - max));
            if (rule.Smooth == 0)
            {
                return loss;
            }

            var (top, sum) = (Vector512.Create(max + log), Vector512<float>.Zero);
            for (var k = 0; k < K; k += HostLoop.Width)
            {
                sum += HostLoop.Part(Weights(k) * (top - Vector512.Load(x + k)), K - k, 0);
            }

            return loss + HostLoop.Fold(sum, default(Plus)) * rule.Smooth;
        }

        private void Gradient(float* x, int target, float dLoss, float* to)
        {
            var max = HostSoftmax.Max(x, K);
            var own = rule.Target * Weight(target);
            var total = own + (rule.Smooth == 0 ? 0 : rule.Smooth * AllWeights());
            var scale = Vector512.Create(total / HostSoftmax.SumOfExp(x, K, max));
            var (top, smooth, by) = (Vector512.Create(max), Vector512.Create(rule.Smooth), Vector512.Create(dLoss));
            for (var k = 0; k < K; k += HostLoop.Width)
            {
                var wanted = smooth * Weights(k);
                if (k <= target && target - k < HostLoop.Width)
                {
                    wanted = wanted.WithElement(target - k, wanted[target - k] + own);
                }

                var gradient = (ElementaryFunctions.Exp(Vector512.Load(x + k) - top) * scale - wanted) * by;
                HostLoop.StorePart(gradient, to + k, Math.Min(HostLoop.Width, K - k));
            }
        }

        private float Weight(int k) => weights == null ? 1 : weights[k];

        private Vector512<float> Weights(int k) => weights == null ? Vector512<float>.One : Vector512.Load(weights + k);

        private float AllWeights()
        {
            if (weights == null)
            {
                return K;
            }

            var sum = Vector512<float>.Zero;
            for (var k = 0; k < K; k += HostLoop.Width)
            {
                sum += HostLoop.LoadPart(weights + k, K - k, 0);
            }

            return HostLoop.Fold(sum, default(Plus));
        }
    }
}
