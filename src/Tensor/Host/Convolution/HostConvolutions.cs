using IlgpuVq.Tensors.Host.Convolution.Winograd;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Tensors.Host.Convolution;

/// <summary>The convolutions of a host device: chooses how each geometry is computed, once, and keeps that plan.</summary>
/// <remarks>Enough channels and tiles, and taps in a square, go through Winograd's products; input gradients of few channels
/// through one product for all taps; all else, and results of Winograd's that are not finite, whose NaN and ∞ must not spread,
/// through the plain ones.</remarks>
internal sealed class HostConvolutions(HostDevice device)
{
    private readonly Dictionary<(ConvGeometry, bool IsInputGradient), ImagePlan> images = [];
    private readonly Dictionary<ConvGeometry, WeightPlan> weights = [];

    /// <summary>y = x * weight + bias + residual, then at least <paramref name="floor"/>.</summary>
    public void Forward(
        in ConvGeometry g, Tensor<float> x, Tensor<float> weight, Tensor<float>? bias, Tensor<float>? residual, float floor,
        Tensor<float> y)
    {
        if (device.IsReproducible)
        {
            ReproducibleConv.Run(device, g, x, weight, bias, residual, floor, y);
            return;
        }

        Image(g, isInputGradient: false, x, weight, bias, residual, floor, y);
    }

    /// <summary>dX from dY; with a bias and a floor also the transposed convolution of dY.</summary>
    public void InputGradient(
        in ConvGeometry g, Tensor<float> dY, Tensor<float> weight, Tensor<float>? bias, float floor, Tensor<float> dX) =>
        Image(g, isInputGradient: true, dY, weight, bias, residual: null, floor, dX);

    public void WeightGradient(in ConvGeometry g, Tensor<float> x, Tensor<float> dY, Tensor<float> dWeight)
    {
        if (!weights.TryGetValue(g, out var plan))
        {
            weights[g] = plan = WeightPlan.Of(g);
        }

        if (plan.Winograd?.Run(device, x, dY, dWeight) == true)
        {
            return;
        }

        if (plan.Small is { } small)
        {
            small.Run(device, x, dY, dWeight);
        }
        else
        {
            plan.Plain.Run(device, x, dY, dWeight);
        }
    }

    private void Image(
        in ConvGeometry g, bool isInputGradient, Tensor<float> from, Tensor<float> weight, Tensor<float>? bias,
        Tensor<float>? residual,
        float floor, Tensor<float> to)
    {
        if (!images.TryGetValue((g, isInputGradient), out var plan))
        {
            images[(g, isInputGradient)] = plan = ImagePlan.Of(g, isInputGradient);
        }

        if (plan.Overlap is { } overlap)
        {
            overlap.Run(device, from, weight, bias, floor, to);
        }
        else if (plan.Winograd?.Run(device, from, weight, bias, residual, floor, to) != true)
        {
            plan.Plain.Run(device, from, weight, bias, residual, floor, to);
        }
    }

    /// <param name="Plain">Always right.</param>
    /// <param name="Overlap">An input gradient of few channels, instead of all else.</param>
    /// <param name="Winograd">Instead of the plain form where its result is finite.</param>
    private sealed record ImagePlan(DenseConv Plain, OverlapConv? Overlap, WinogradConv? Winograd)
    {
        public static ImagePlan Of(in ConvGeometry g, bool isInputGradient)
        {
            var winograd = WinogradPlan.TryCreate(g, isInputGradient, WinogradConv.LeastTiles);
            return new ImagePlan(
                new DenseConv(g, isInputGradient), isInputGradient ? OverlapConv.TryCreate(g) : null,
                winograd is null ? null : new WinogradConv(winograd));
        }
    }

    /// <param name="Plain">Always right.</param>
    /// <param name="Small">Instead of the plain form where the weight is small.</param>
    /// <param name="Winograd">Instead of both where its result is finite.</param>
    private sealed record WeightPlan(WeightGradientConv Plain, SmallWeightGradientConv? Small, WinogradWeightGradient? Winograd)
    {
        public static WeightPlan Of(in ConvGeometry g)
        {
            var winograd = WinogradPlan.TryCreate(g, isInputGradient: false, WinogradWeightGradient.LeastTiles);
            return new WeightPlan(
                new WeightGradientConv(g), SmallWeightGradientConv.TryCreate(g),
                winograd is null ? null : new WinogradWeightGradient(winograd));
        }
    }
}
