using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.VqVaes;

/// <summary>What a VQ-VAE makes of a batch; disposed by the caller, while its variables belong to the tape.</summary>
/// <param name="Reconstruction">The images that the decoder made of the codes.</param>
/// <param name="Quantizer">Codes, loss and usage.</param>
public sealed record VqVaeOutput(Variable Reconstruction, QuantizerOutput Quantizer) : IDisposable
{
    public void Dispose() => Quantizer.Dispose();
}

/// <summary>The VQ-VAE of "Neural Discrete Representation Learning" (arXiv:1711.00937, section 4.1): images (B, C, H, W) in [−0.5, 0.5],
/// H and W divisible by 4.</summary>
/// <remarks>
/// <para>Encoder c(4,2,1) → ReLU → c(4,2,1) → ReLU → c3 → residual blocks → ReLU → 1×1 to D; decoder c3 → residual blocks → ReLU →
/// ct(4,2,1) → ReLU → ct(4,2,1). Keys as in the PyTorch notebook that most code follows: <c>_encoder</c>, <c>_pre_vq_conv</c>,
/// <c>_vq_vae</c>, <c>_decoder</c>.</para>
/// </remarks>
public sealed class VqVae : Module
{
    private readonly Encoder encoder;
    private readonly Conv2dLayer preVqConv;
    private readonly Decoder decoder;

    /// <exception cref="ArgumentException">An option outside its range.</exception>
    public VqVae(ModuleScope scope, VqVaeOptions options)
        : base(scope)
    {
        options.Check();
        Options = options;
        encoder = AddChild(new Encoder(scope.In("_encoder"), options));
        preVqConv = AddChild(new Conv2dLayer(
            scope.In("_pre_vq_conv"), new ConvShape(options.Hidden, options.CodeDim, Kernel: 1), new Conv2dParams()));
        Quantizer = AddChild(new VectorQuantizer(scope.In("_vq_vae"), options));
        decoder = AddChild(new Decoder(scope.In("_decoder"), options));
    }

    public VqVaeOptions Options { get; }

    public VectorQuantizer Quantizer { get; }

    /// <summary>Encodes, quantizes and decodes x (B, C, H, W).</summary>
    /// <param name="x">Images in [−0.5, 0.5].</param>
    /// <param name="training">Whether the EMA codebook learns from this batch.</param>
    /// <exception cref="ShapeException">Wrong channels, or a side that 4 does not divide.</exception>
    public VqVaeOutput Forward(Variable x, bool training)
    {
        CheckImages(x.Shape);
        var quantized = Quantizer.Forward(preVqConv.Forward(encoder.Forward(x)), training);
        return new VqVaeOutput(decoder.Forward(quantized.Quantized), quantized);
    }

    /// <summary>Code ids (B, H/4, W/4) of x (B, C, H, W).</summary>
    public Tensor<int> Encode(Tensor<float> x)
    {
        CheckImages(x.Shape);
        using var tape = new Tape(Device, recording: false);
        using var quantized = Quantizer.Forward(preVqConv.Forward(encoder.Forward(tape.Constant(x))), training: false);
        return quantized.Ids.Share();
    }

    /// <summary>Images (B, C, 4h, 4w) of code ids (B, h, w).</summary>
    public Tensor<float> Decode(Tensor<int> ids)
    {
        using var tape = new Tape(Device, recording: false);
        using var codes = Quantizer.Lookup(ids);
        return decoder.Forward(tape.Constant(codes)).Value.Share();
    }

    private void CheckImages(Shape x)
    {
        const int step = VqVaeOptions.Downsampling;
        if (x is not [_, var c, > 0 and var h, > 0 and var w] || c != Options.Channels || h % step != 0 || w % step != 0)
        {
            throw new ShapeException("vqvae", $"x (B, {Options.Channels}, H, W) with H and W divisible by {step}", $"x {x}",
                "Resize or crop the images.");
        }
    }
}
