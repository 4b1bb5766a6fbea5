using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Priors;
using IlgpuVq.Tensors;

namespace IlgpuVq.Tests.Models.Layers;

/// <summary>A layer with its sizes, and what its forward pass takes.</summary>
/// <param name="Build">Makes it.</param>
/// <param name="Inputs">Shapes of the inputs.</param>
/// <param name="Forward">What it makes of them, in a training pass or not; null for that of a <see cref="Layer"/>.</param>
internal sealed record LayerCase(
    Func<ModuleScope, Module> Build, Shape[] Inputs, Func<Module, Variable[], Variable>? Forward = null)
{
    public Variable Run(Module module, Variable[] inputs, in StepContext context) =>
        Forward is null ? ((Layer)module).Forward(inputs[0], context) : Forward(module, inputs);
}

/// <summary>A small case of every layer, by the names of the golden file.</summary>
internal static class LayerCases
{
    public static IReadOnlyDictionary<string, LayerCase> OfPyTorch { get; } = new Dictionary<string, LayerCase>
    {
        ["linear"] = new(at => new LinearLayer(at, (In: 4, Out: 5)), [[2, 3, 4]]),
        ["linear without bias"] = new(at => new LinearLayer(at, (In: 4, Out: 5), hasBias: false), [[3, 4]]),
        ["layer-norm"] = new(at => new LayerNormLayer(at, 6), [[2, 3, 6]]),
        ["group-norm"] = new(at => new GroupNormLayer(at, groups: 2, channels: 4, epsilon: 1e-6f), [[2, 4, 3, 2]]),
        ["batch-norm"] = new(at => new BatchNormLayer(at, 3), [[4, 3, 2, 2]]),
        ["batch-norm of rows"] = new(at => new BatchNormLayer(at, 3, epsilon: 1e-3f, momentum: 0.3f), [[5, 3]]),
        ["batch-norm without weights"] = new(at => new BatchNormLayer(at, 2, isAffine: false), [[2, 2, 2, 1]]),
        ["conv"] = new(
            at => new Conv2dLayer(
                at, new ConvShape(4, 6, new Pair(3, 2)), new Conv2dParams(new Pair(2, 1), Padding: new Pair(1, 0), Groups: 2)),
            [[2, 4, 5, 4]]),
        ["conv-transpose"] = new(
            at => new ConvTranspose2dLayer(at, new ConvShape(4, 2, 3), new Conv2dParams(Stride: 2, Padding: 1), outputPadding: 1),
            [[2, 4, 3, 2]]),
        ["masked conv a"] = new(
            at => CausalConv2dLayer.Masked(at, new ConvShape(2, 3, 3), ConvMask.A), [[1, 2, 4, 3]]),
        ["masked conv b"] = new(
            at => CausalConv2dLayer.Masked(at, new ConvShape(2, 3, new Pair(3, 5)), ConvMask.B), [[1, 2, 4, 3]]),
        ["attention"] = new(at => new MultiheadAttentionLayer(at, new AttentionShape(Width: 6, Heads: 2)), [[2, 3, 6]]),
        ["causal attention"] = new(
            at => new MultiheadAttentionLayer(at, new AttentionShape(Width: 6, Heads: 3, IsCausal: true)), [[2, 4, 6]]),
        ["attention to a context"] = new(
            at => new MultiheadAttentionLayer(at, new AttentionShape(Width: 4, Heads: 2, ContextWidth: 3)),
            [[2, 3, 4], [2, 5, 3]],
            (module, x) => ((MultiheadAttentionLayer)module).Forward(x[0], x[1])),
        ["sequential"] = Net(Relu.Apply),
        ["instance-norm"] = new(at => new InstanceNormLayer(at, 3, isAffine: true), [[2, 3, 3, 2]]),
        ["instance-norm without weights"] = new(at => new InstanceNormLayer(at, 2), [[2, 2, 4, 1]]),
        ["spectral norm"] = new(
            at => new NormalizedConv2dLayer(
                at, new ConvShape(2, 3, 3), new Conv2dParams(Stride: 2, Padding: 1), WeightRule.Spectral), [[2, 2, 5, 4]]),
        ["weight norm"] = new(
            at => new NormalizedConv2dLayer(
                at, new ConvShape(4, 6, new Pair(3, 2)), new Conv2dParams(Padding: new Pair(1, 0), Groups: 2), WeightRule.Length),
            [[2, 4, 3, 4]]),
    };

    /// <summary>Those, and layers that PyTorch lacks; smooth where differences would step over kinks.</summary>
    public static IReadOnlyDictionary<string, LayerCase> All { get; } = new Dictionary<string, LayerCase>(OfPyTorch)
    {
        ["sequential"] = Net(Silu.Apply),

        // Each training pass has other u and v, which count as constants.
        ["spectral norm"] = OfPyTorch["spectral norm"] with
        {
            Forward = (module, x) => ((Layer)module).Forward(x[0], StepContext.Inference),
        },
        ["attention of four maps"] = new(
            at => new AttentionLayer(at, new AttentionShape(Width: 6, Heads: 3, HasBias: false), AttentionKeys.Diffusers),
            [[2, 3, 6]]),
        ["attention of four maps to a context"] = new(
            at => new AttentionLayer(at, new AttentionShape(Width: 4, Heads: 2, ContextWidth: 3), AttentionKeys.Diffusers),
            [[2, 3, 4], [2, 5, 3]], (module, x) => ((AttentionLayer)module).Forward(x[0], x[1])),
        ["residual block"] = new(at => new ResidualBlock(at, new ResidualShape(Channels: 3, Hidden: 2)), [[1, 3, 4, 3]]),
        ["residual block of gelu"] = new(
            at => new ResidualBlock(at, new ResidualShape(Channels: 3, Hidden: 2, Activation: HiddenActivation.Gelu)),
            [[1, 3, 4, 3]]),
        ["residual block of norms"] = new(
            at => new NormedResidualBlock(at, new ResidualShape(Channels: 3, Hidden: 2, Activation: HiddenActivation.Gelu)),
            [[2, 3, 3, 3]]),
    };

    private static LayerCase Net(Func<Variable, Variable> activation) => new(
        at => new Sequential(
            at,
            at => new Conv2dLayer(at, new ConvShape(2, 3, 3), new Conv2dParams(Padding: 1)),
            at => new BatchNormLayer(at, 3),
            at => new FunctionLayer(at, activation),
            at => new Sequential(
                at,
                at => new GroupNormLayer(at, groups: 1, channels: 3),
                at => new Conv2dLayer(at, new ConvShape(3, 2, 1), new Conv2dParams()))),
        [[2, 2, 3, 3]]);
}
