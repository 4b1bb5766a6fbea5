using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Autoencoders;

/// <summary>1×1 convolutions between the channels of an encoder and decoder and a quantizer of other widths; nothing where they
/// agree, as in programs whose codes are as wide as their channels. Keys <c>to_codes</c> and <c>from_codes</c>.</summary>
internal sealed class QuantizerProjection : Module
{
    private readonly Conv2dLayer? toCodes, fromCodes;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="channels">Of encoder and decoder.</param>
    /// <param name="quantizer">What lies between them.</param>
    public QuantizerProjection(ModuleScope scope, int channels, QuantizerOptions quantizer)
        : base(scope)
    {
        toCodes = quantizer.Width == channels ? null : Map("to_codes", channels, quantizer.Width);
        fromCodes = quantizer.OutputWidth == channels ? null : Map("from_codes", quantizer.OutputWidth, channels);

        Conv2dLayer Map(string name, int from, int to) =>
            AddChild(new Conv2dLayer(scope.In(name), new ConvShape(from, to, Kernel: 1), new Conv2dParams()));
    }

    /// <summary>(B, channels, h, w) → (B, D, h, w).</summary>
    public Variable ToCodes(Variable z) => toCodes?.Forward(z) ?? z;

    /// <summary>(B, D, h, w) → (B, channels, h, w), D that of quantized vectors.</summary>
    public Variable FromCodes(Variable z) => fromCodes?.Forward(z) ?? z;
}
