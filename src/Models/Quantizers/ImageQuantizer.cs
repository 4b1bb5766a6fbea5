using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>What is made of latent images.</summary>
/// <param name="Quantized">The chosen vectors as images (B, D, h, w); belongs to the tape.</param>
/// <param name="Loss">The quantizer's, a scalar; null for none.</param>
/// <param name="Grids">The chosen codes; the caller's to dispose.</param>
public sealed record ImageQuantizerOutput(Variable Quantized, Variable? Loss, IReadOnlyList<CodeGrid> Grids) : IDisposable
{
    /// <summary>The chosen codes of a quantizer with one grid.</summary>
    public CodeGrid Codes => Grids.Single();

    public void Dispose()
    {
        foreach (var grid in Grids)
        {
            grid.Dispose();
        }
    }
}

/// <summary>A quantizer for images: each pixel of a latent image (B, D, h, w) is a row, with one grid of codes. Kinds that see
/// more of an image than its pixels derive from it.</summary>
public class ImageQuantizer : Module
{
    /// <param name="scope">Where the quantizer's keys lie.</param>
    /// <param name="options">The quantizer.</param>
    /// <param name="name">What the grid of its codes is called.</param>
    public ImageQuantizer(ModuleScope scope, QuantizerOptions options, string name = "codes")
        : base(scope)
    {
        Name = name;
        Quantizer = AddChild(options.Build(scope));
    }

    /// <summary>What works on the rows.</summary>
    public Quantizer Quantizer { get; }

    /// <summary>Whether the codes of a latent pixel follow from it alone.</summary>
    public virtual bool IsPixelwise => true;

    /// <summary>What the grid of its codes is called.</summary>
    protected string Name { get; }

    /// <summary>Quantizes z (B, D, h, w).</summary>
    /// <exception cref="ShapeException">z is not (B, D, h, w).</exception>
    public ImageQuantizerOutput Forward(Variable z, in StepContext context) => z.Shape is [_, var d, _, _] && d == Quantizer.Width
        ? Quantize(z, context)
        : throw new ShapeException("quantizer", $"z (B, {Quantizer.Width}, h, w)", ("z", z.Shape));

    /// <summary>Latent images (B, D, h, w) of codes.</summary>
    /// <exception cref="ShapeException">There are other grids than those of <see cref="Layouts"/>, or the ids are not (B, L, h,
    /// w).</exception>
    public Tensor<float> Lookup(params IReadOnlyList<CodeGrid> codes)
    {
        var own = Layouts(1, 1);
        if (codes.Count != own.Count)
        {
            throw new ShapeException("quantizer lookup", $"{own.Count} grids of codes", $"{codes.Count}");
        }

        for (var i = 0; i < own.Count; i++)
        {
            var levels = own[i].Levels;
            if (codes[i].Ids.Shape is not [_, var l, _, _] || l != levels)
            {
                throw new ShapeException("quantizer lookup", $"ids (B, {levels}, h, w)", ("ids", codes[i].Ids.Shape));
            }
        }

        return Find(codes);
    }

    /// <summary>The layouts of the codes of latent images of that size, one for each grid.</summary>
    public virtual IReadOnlyList<CodeLayout> Layouts(int height, int width) =>
        [new(Name, height, width, Quantizer.CodebookSizes)];

    /// <inheritdoc cref="Forward"/>
    protected virtual ImageQuantizerOutput Quantize(Variable z, in StepContext context)
    {
        var (b, d, h, w) = (z.Shape[0], z.Shape[1], z.Shape[2], z.Shape[3]);

        // (B, D, h, w) → (B·h·w, D)
        var rows = Reshape.Apply(Permute.Apply(z, [0, 2, 3, 1]), [b * h * w, d]);
        using var output = Quantizer.Forward(rows, context);
        var images = Permute.Apply(Reshape.Apply(output.Quantized, [b, h, w, Quantizer.OutputWidth]), [0, 3, 1, 2]);
        return new ImageQuantizerOutput(
            images, output.Loss, [new CodeGrid(Name, ToGrid(output.Ids, b, h, w), Quantizer.CodebookSizes)]);
    }

    /// <inheritdoc cref="Lookup"/>
    protected virtual Tensor<float> Find(IReadOnlyList<CodeGrid> codes) => Pixels(codes[0]);

    /// <summary>The vectors of one grid as images (B, D, h, w).</summary>
    protected Tensor<float> Pixels(CodeGrid codes)
    {
        var (b, levels, h, w) = (codes.Ids.Shape[0], codes.Ids.Shape[1], codes.Ids.Shape[2], codes.Ids.Shape[3]);
        using var last = Primitive.Permute(codes.Ids, [0, 2, 3, 1]);
        using var rows = last.Reshape([b * h * w, levels]);
        using var vectors = Quantizer.Lookup(rows);
        using var images = vectors.Reshape([b, h, w, Quantizer.OutputWidth]);
        return Primitive.Permute(images, [0, 3, 1, 2]);
    }

    /// <summary>(B·h·w, L) → (B, L, h, w)</summary>
    protected static Tensor<int> ToGrid(Tensor<int> ids, int b, int h, int w)
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
