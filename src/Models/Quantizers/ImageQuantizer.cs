using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>What is made of latent images.</summary>
/// <param name="Quantized">The chosen vectors as images (B, D, h, w); belongs to the tape.</param>
/// <param name="Loss">The quantizer's, a scalar; null for none.</param>
/// <param name="Codes">The chosen codes; the caller's to dispose.</param>
public sealed record ImageQuantizerOutput(Variable Quantized, Variable? Loss, CodeGrid Codes) : IDisposable
{
    public void Dispose() => Codes.Dispose();
}

/// <summary>A quantizer for images: each pixel of a latent image (B, D, h, w) is a row.</summary>
public sealed class ImageQuantizer : Module
{
    private readonly string name;

    /// <param name="scope">Where the quantizer's keys lie.</param>
    /// <param name="options">The quantizer.</param>
    /// <param name="name">What the grid of its codes is called.</param>
    public ImageQuantizer(ModuleScope scope, QuantizerOptions options, string name = "codes")
        : base(scope)
    {
        this.name = name;
        Quantizer = AddChild(options.Build(scope));
    }

    /// <summary>What works on the rows.</summary>
    public Quantizer Quantizer { get; }

    /// <summary>Quantizes z (B, D, h, w).</summary>
    /// <exception cref="ShapeException">z is not (B, D, h, w).</exception>
    public ImageQuantizerOutput Forward(Variable z, in StepContext context)
    {
        if (z.Shape is not [var b, var d, var h, var w] || d != Quantizer.Width)
        {
            throw new ShapeException("quantizer", $"z (B, {Quantizer.Width}, h, w)", ("z", z.Shape));
        }

        // (B, D, h, w) → (B·h·w, D)
        var rows = Reshape.Apply(Permute.Apply(z, [0, 2, 3, 1]), [b * h * w, d]);
        using var output = Quantizer.Forward(rows, context);
        var images = Permute.Apply(Reshape.Apply(output.Quantized, [b, h, w, Quantizer.OutputWidth]), [0, 3, 1, 2]);
        return new ImageQuantizerOutput(
            images, output.Loss, new CodeGrid(name, ToGrid(output.Ids, b, h, w), Quantizer.CodebookSizes));
    }

    /// <summary>Latent images (B, D, h, w) of codes.</summary>
    /// <exception cref="ShapeException">The ids are not (B, L, h, w).</exception>
    public Tensor<float> Lookup(CodeGrid codes)
    {
        if (codes.Ids.Shape is not [var b, var levels, var h, var w] || levels != Quantizer.CodebookSizes.Length)
        {
            throw new ShapeException(
                "quantizer lookup", $"ids (B, {Quantizer.CodebookSizes.Length}, h, w)", ("ids", codes.Ids.Shape));
        }

        using var last = Primitive.Permute(codes.Ids, [0, 2, 3, 1]);
        using var rows = last.Reshape([b * h * w, levels]);
        using var vectors = Quantizer.Lookup(rows);
        using var images = vectors.Reshape([b, h, w, Quantizer.OutputWidth]);
        return Primitive.Permute(images, [0, 3, 1, 2]);
    }

    /// <summary>The layout of the codes of latent images of that size.</summary>
    public CodeLayout Layout(int height, int width) => new(name, height, width, Quantizer.CodebookSizes);

    /// <summary>(B·h·w, L) → (B, L, h, w)</summary>
    private static Tensor<int> ToGrid(Tensor<int> ids, int b, int h, int w)
    {
        var levels = ids.Shape[1];
        if (levels == 1)
        {
            return ids.Reshape([b, 1, h, w]);
        }

        using var last = ids.Reshape([b, h, w, levels]);
        return Primitive.Permute(last, [0, 3, 1, 2]);
    }
}
