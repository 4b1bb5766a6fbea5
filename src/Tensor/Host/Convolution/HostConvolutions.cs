using IlgpuVq.Tensors.Host.Convolution.Winograd;
using IlgpuVq.Tensors.Primitives.Convolution;

namespace IlgpuVq.Tensors.Host.Convolution;

/// <summary>The convolutions of a host device: chooses how each geometry is computed, once, and keeps that plan.</summary>
/// <remarks>Enough channels and tiles, and taps in a square, go through Winograd's products; all else, and results that are not finite, whose NaN and ∞
/// must not spread, through the plain ones.</remarks>
internal sealed class HostConvolutions(HostDevice device)
{
    private readonly Dictionary<(ConvGeometry, bool IsInputGradient), (DenseConv Plain, WinogradConv? Winograd)> images = [];
    private readonly Dictionary<ConvGeometry, (WeightGradientConv Plain, WinogradWeightGradient? Winograd)> weights = [];

    /// <summary>y = x * weight + bias + residual, then at least <paramref name="floor"/>.</summary>
    public void Forward(
        in ConvGeometry g, Tensor<float> x, Tensor<float> weight, Tensor<float>? bias, Tensor<float>? residual, float floor, Tensor<float> y) =>
        Image(g, isInputGradient: false, x, weight, bias, residual, floor, y);

    /// <summary>dX from dY; with a bias and a floor also the transposed convolution of dY.</summary>
    public void InputGradient(
        in ConvGeometry g, Tensor<float> dY, Tensor<float> weight, Tensor<float>? bias, float floor, Tensor<float> dX) =>
        Image(g, isInputGradient: true, dY, weight, bias, residual: null, floor, dX);

    public void WeightGradient(in ConvGeometry g, Tensor<float> x, Tensor<float> dY, Tensor<float> dWeight)
    {
        if (!weights.TryGetValue(g, out var plan))
        {
            var winograd = WinogradFilter.IsSupported ? WinogradPlan.TryCreate(g, isInputGradient: false) : null;
            weights[g] = plan = (new WeightGradientConv(g), winograd is null ? null : new WinogradWeightGradient(winograd));
        }

        if (plan.Winograd?.Run(device, x, dY, dWeight) != true)
        {
            plan.Plain.Run(device, x, dY, dWeight);
        }
    }

    private void Image(
        in ConvGeometry g, bool isInputGradient, Tensor<float> from, Tensor<float> weight, Tensor<float>? bias, Tensor<float>? residual,
        float floor, Tensor<float> to)
    {
        if (!images.TryGetValue((g, isInputGradient), out var plan))
        {
            var winograd = WinogradFilter.IsSupported ? WinogradPlan.TryCreate(g, isInputGradient) : null;
            images[(g, isInputGradient)] = plan = (new DenseConv(g, isInputGradient), winograd is null ? null : new WinogradConv(winograd));
        }

        if (plan.Winograd?.Run(device, from, weight, bias, residual, floor, to) != true)
        {
            plan.Plain.Run(device, from, weight, bias, residual, floor, to);
        }
    }
}
