using System.Runtime.CompilerServices;
using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Kernels.Rows;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Cross-entropy with class weights, an ignored target and label smoothing.</content>
public static partial class Primitive
{
    /// <summary>The loss of each target t, <c>−(1 − ε)·w[t]·log p[t] − ε/K·Σₖ w[k]·log p[k]</c> with p = softmax of the logits
    /// over the classes.</summary>
    /// <remarks>
    /// <para>Shapes: logits (N, K), targets (N), or logits (B, K, …), targets (B, …) → losses as targets.</para>
    /// <para>An ignored target gives 0, and its logits are not read. Another one outside [0, K) gives NaN, in the gradient too: a
    /// kernel cannot throw. Logits with NaN or +∞, or of −∞ alone, give NaN.</para>
    /// <para>Deterministic: each target has one owner. The softmax is not stored but computed again for the gradient.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit, weights are not (K), or the smoothing is not in [0,
    /// 1].</exception>
    public static Tensor<float> CrossEntropy(Tensor<float> logits, Tensor<int> targets, CrossEntropyParams how)
    {
        var rule = CrossEntropyKernels.CheckShapes(logits.Shape, targets.Shape, how);
        var losses = logits.Device.Empty<float>(targets.Shape);
        logits.Device.Run(new CrossEntropyKernels.LossesCall(logits, targets, how.Weights, losses, rule));
        logits.Device.Trace?.Record(losses, new NamedOperation("cross-entropy"), logits, targets, how.Weights);
        return losses;
    }

    /// <summary>dLogits from dLosses of the targets' shape: <c>dLogits[k] = ((1 − ε)·w[t]·(p[k] − [k = t]) + ε/K·(p[k]·Σⱼ w[j] −
    /// w[k]))·dLoss</c>.</summary>
    /// <exception cref="ShapeException">As of the losses, or dLosses is not of the targets' shape.</exception>
    public static Tensor<float> CrossEntropyGradient(
        Tensor<float> logits, Tensor<int> targets, CrossEntropyParams how, Tensor<float> dLosses)
    {
        var rule = CrossEntropyKernels.CheckShapes(logits.Shape, targets.Shape, how);
        if (dLosses.Shape != targets.Shape)
        {
            throw new ShapeException(
                "cross-entropy", "dLosses of the targets' shape", ("dLosses", dLosses.Shape), ("targets", targets.Shape));
        }

        var dLogits = logits.Device.Empty<float>(logits.Shape);
        logits.Device.Run(new CrossEntropyKernels.GradientCall(logits, targets, how.Weights, dLosses, dLogits, rule));
        return dLogits;
    }

    /// <summary>The weight of each target: its class's, 0 where it is ignored, NaN where there is no such class.</summary>
    /// <remarks>Shapes: targets any → y the same.</remarks>
    /// <exception cref="ShapeException">Weights are not (K).</exception>
    public static Tensor<float> CrossEntropyWeights(Tensor<int> targets, int classes, CrossEntropyParams how)
    {
        CrossEntropyKernels.CheckWeights(how.Weights?.Shape, classes);
        var y = targets.Device.Empty<float>(targets.Shape);
        var rule = new CrossEntropyRule(new AxisSizes(Outer: 1, classes, Inner: 1), how);
        targets.Device.Run(new CrossEntropyKernels.WeightsCall(targets, how.Weights, y, rule));
        targets.Device.Trace?.Record(y, new NamedOperation("cross-entropy-weights"), targets, how.Weights);
        return y;
    }
}

/// <summary>What the kernels of cross-entropy know beside their tensors; a plain value that they take as a parameter.</summary>
internal readonly record struct CrossEntropyRule
{
    public CrossEntropyRule(AxisSizes sizes, CrossEntropyParams how)
    {
        Sizes = sizes;
        HasWeights = how.Weights is null ? 0 : 1;
        (HasIgnored, Ignored) = (how.IgnoredTarget is null ? 0 : 1, how.IgnoredTarget ?? 0);
        (Target, Smooth) = (1 - how.LabelSmoothing, how.LabelSmoothing / Math.Max(1, sizes.Length));
    }

    /// <summary>The logits along their classes.</summary>
    public AxisSizes Sizes { get; }

    public int HasWeights { get; }

    public int HasIgnored { get; }

    public int Ignored { get; }

    /// <summary>1 − ε.</summary>
    public float Target { get; }

    /// <summary>ε / K.</summary>
    public float Smooth { get; }

    /// <summary>Number of classes.</summary>
    public int K => Sizes.Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Ignores(int target) => HasIgnored != 0 && target == Ignored;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasClass(int target) => target >= 0 && target < K;
}

/// <summary>Kernels and calls of cross-entropy.</summary>
internal static class CrossEntropyKernels
{
    public static CrossEntropyRule CheckShapes(Shape logits, Shape targets, CrossEntropyParams how)
    {
        if (logits.Rank < 2 || targets.Rank != logits.Rank - 1 || targets[0] != logits[0] ||
            !targets.AsSpan()[1..].SequenceEqual(logits.AsSpan()[2..]))
        {
            throw new ShapeException(
                "cross-entropy", "logits (N, K), targets (N), or logits (B, K, …), targets (B, …)",
                ("logits", logits), ("targets", targets));
        }

        CheckWeights(how.Weights?.Shape, logits[1]);
        return how.LabelSmoothing is >= 0 and <= 1
            ? new CrossEntropyRule(AxisSizes.Check("cross-entropy", logits, 1).Sizes, how)
            : throw new ShapeException("cross-entropy", "label smoothing in [0, 1]", $"{how.LabelSmoothing}");
    }

    public static void CheckWeights(Shape? weights, int classes)
    {
        if (weights is { } shape && shape != [classes])
        {
            throw new ShapeException("cross-entropy", $"weights of {classes} classes", ("weights", shape));
        }
    }

    /// <summary>By a group of threads each where the classes of a target are neighbours, else by one thread each, whose
    /// neighbours read neighbours.</summary>
    private static void Launch<TBody>(KernelDevice device, in AxisSizes sizes, TBody body)
        where TBody : struct, IRowBody => device.LaunchRows(sizes.Lines, sizes.Inner == 1 ? sizes.Length : 1, body);

    private static (float Max, float Sum) MaxAndSum<TTeam>(ArrayView<float> x, int first, AxisSizes s)
        where TTeam : struct, IRowTeam
    {
        // NaN need not win here: it makes the sum NaN.
        var max = float.NegativeInfinity;
        for (var k = TTeam.First; k < s.Length; k += TTeam.Step)
        {
            var value = x[first + k * s.Inner];
            max = value > max ? value : max;
        }

        max = TTeam.Max(max);
        var sum = 0f;
        for (var k = TTeam.First; k < s.Length; k += TTeam.Step)
        {
            sum += ElementaryFunctions.Exp(x[first + k * s.Inner] - max);
        }

        return (max, TTeam.Sum(sum));
    }

    internal readonly record struct LossOfTarget(
        ArrayView<float> Logits, ArrayView<int> Targets, ArrayView<float> Weights, ArrayView<float> Losses, CrossEntropyRule Rule)
        : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var target = Targets[row];
            var first = Rule.Sizes.First(row);
            var (max, sum) = MaxAndSum<TTeam>(Logits, first, Rule.Sizes);
            var top = max + ElementaryFunctions.Log(sum); // −log p[k] = top − x[k]
            var rest = 0f;
            if (Rule.Smooth != 0)
            {
                for (var k = TTeam.First; k < Rule.K; k += TTeam.Step)
                {
                    var weight = Rule.HasWeights != 0 ? Weights[k] : 1f;
                    rest += weight * (top - Logits[first + k * Rule.Sizes.Inner]);
                }

                rest = TTeam.Sum(rest) * Rule.Smooth;
            }

            if (TTeam.First == 0)
            {
                var loss = float.NaN;
                if (Rule.HasClass(target))
                {
                    var weight = Rule.HasWeights != 0 ? Weights[target] : 1f;
                    var logit = Logits[first + target * Rule.Sizes.Inner];
                    loss = Rule.Target * weight * (ElementaryFunctions.Log(sum) - (logit - max)) + rest;
                }

                Losses[row] = Rule.Ignores(target) ? 0f : loss;
            }
        }
    }

    internal readonly record struct GradientOfTarget(
        ArrayView<float> Logits, ArrayView<int> Targets, ArrayView<float> Weights, ArrayView<float> DLosses,
        ArrayView<float> DLogits, CrossEntropyRule Rule) : IRowBody
    {
        public void Run<TTeam>(int row)
            where TTeam : struct, IRowTeam
        {
            var target = Targets[row];
            var first = Rule.Sizes.First(row);
            var (max, sum) = MaxAndSum<TTeam>(Logits, first, Rule.Sizes);
            var all = (float)Rule.K;
            if (Rule.Smooth != 0 && Rule.HasWeights != 0)
            {
                all = 0f;
                for (var k = TTeam.First; k < Rule.K; k += TTeam.Step)
                {
                    all += Weights[k];
                }

                all = TTeam.Sum(all);
            }

            var own = float.NaN;
            if (Rule.HasClass(target))
            {
                own = Rule.HasWeights != 0 ? Rule.Target * Weights[target] : Rule.Target;
            }

            var scale = (own + Rule.Smooth * all) / sum;
            var dLoss = DLosses[row];
            var isIgnored = Rule.Ignores(target);
            for (var k = TTeam.First; k < Rule.K; k += TTeam.Step)
            {
                var at = first + k * Rule.Sizes.Inner;
                var weight = Rule.HasWeights != 0 ? Weights[k] : 1f;
                var wanted = Rule.Smooth * weight + (k == target ? own : 0f);
                var gradient = (ElementaryFunctions.Exp(Logits[at] - max) * scale - wanted) * dLoss;
                DLogits[at] = isIgnored ? 0f : gradient;
            }
        }
    }

    internal readonly struct WeightOfTarget(
        ArrayView<int> targets, ArrayView<float> weights, ArrayView<float> y, CrossEntropyRule rule) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per target.
            var target = targets[i];
            var weight = float.NaN;
            if (rule.HasClass(target))
            {
                weight = rule.HasWeights != 0 ? weights[target] : 1f;
            }

            y[i] = rule.Ignores(target) ? 0f : weight;
        }
    }

    internal readonly record struct LossesCall(
        Tensor<float> Logits, Tensor<int> Targets, Tensor<float>? Weights, Tensor<float> Losses, CrossEntropyRule Rule)
        : IPrimitive
    {
        public void OnHost(HostDevice device) =>
            HostCrossEntropy.Run(device, Logits, Targets, Weights, dLosses: null, Losses, Rule);

        public void OnKernels(KernelDevice device) => Launch(
            device, Rule.Sizes, new LossOfTarget(Logits.View, Targets.View, (Weights ?? Logits).View, Losses.View, Rule));
    }

    internal readonly record struct GradientCall(
        Tensor<float> Logits, Tensor<int> Targets, Tensor<float>? Weights, Tensor<float> DLosses, Tensor<float> DLogits,
        CrossEntropyRule Rule) : IPrimitive
    {
        public void OnHost(HostDevice device) =>
            HostCrossEntropy.Run(device, Logits, Targets, Weights, DLosses, DLogits, Rule);

        public void OnKernels(KernelDevice device) => Launch(
            device, Rule.Sizes,
            new GradientOfTarget(Logits.View, Targets.View, (Weights ?? Logits).View, DLosses.View, DLogits.View, Rule));
    }

    internal readonly record struct WeightsCall(
        Tensor<int> Targets, Tensor<float>? Weights, Tensor<float> Y, CrossEntropyRule Rule)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Targets.Size, HostLoop.ElementGrain, this);

        public unsafe void Range(int start, int end)
        {
            for (var i = start; i < end; i++)
            {
                var target = Targets.Pointer[i];
                Y.Pointer[i] = Rule.Ignores(target) ? 0
                    : !Rule.HasClass(target) ? float.NaN
                    : Weights is null ? 1 : Weights.Pointer[target];
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Targets.Size, new WeightOfTarget(Targets.View, (Weights ?? Y).View, Y.View, Rule));
    }
}
