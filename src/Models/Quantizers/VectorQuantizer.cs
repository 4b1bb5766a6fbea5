using IlgpuVq.Autograd;
using IlgpuVq.Models.VqVaes;
using IlgpuVq.Tensors;
using Primitives = IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>What a quantizer makes of a batch of latent images; belongs to the tape, but for the ids and counts, which are the caller's.</summary>
/// <param name="Quantized">The chosen codes (B, D, h, w); its gradient goes straight through to the latents.</param>
/// <param name="Loss">The terms that train codebook and encoder towards each other, a scalar.</param>
/// <param name="Ids">Index of the chosen code of each latent pixel, (B, h, w).</param>
/// <param name="Counts">How often each code was chosen, (K).</param>
public sealed record QuantizerOutput(Variable Quantized, Variable Loss, Tensor<int> Ids, Tensor<float> Counts) : IDisposable
{
    public void Dispose()
    {
        Ids.Dispose();
        Counts.Dispose();
    }
}

/// <summary>The quantizer of VQ-VAE: each latent vector becomes the nearest of K codes (arXiv:1711.00937, section 3).</summary>
/// <remarks>
/// <para>Gradient rule: Loss = mse(sg z, q) + β·mse(z, sg q), the commitment weight on the second term alone (equation 3).</para>
/// <para>EMA rule: Loss = β·mse(z, sg q), and <see cref="EmaCodebook"/> moves the codes (appendix A.1).</para>
/// <para>Keys: <c>_embedding.weight</c> (K, D), and those of the EMA state.</para>
/// </remarks>
public sealed class VectorQuantizer : Module
{
    private readonly float commitment;
    private readonly Parameter? trainedCodebook;
    private readonly EmaCodebook? ema;

    public VectorQuantizer(ModuleScope scope, VqVaeOptions options)
        : base(scope)
    {
        commitment = options.Commitment;
        if (options.Codebook == CodebookRule.Ema)
        {
            ema = AddChild(new EmaCodebook(scope, options.Codes, options.CodeDim, options.Decay));
        }
        else
        {
            trainedCodebook = AddParameter("_embedding.weight", [options.Codes, options.CodeDim], Initializers.Uniform(1f / options.Codes));
        }
    }

    /// <summary>The codes (K, D).</summary>
    public Tensor<float> Codebook => trainedCodebook?.Value ?? ema!.Codes;

    public int Codes => Codebook.Shape[0];

    public int CodeDim => Codebook.Shape[1];

    /// <summary>Quantizes z (B, D, h, w). In training the EMA rule then updates the codes, after the old ones were used.</summary>
    public QuantizerOutput Forward(Variable z, bool training)
    {
        if (z.Shape is not [var b, var d, var h, var w] || d != CodeDim)
        {
            throw new ShapeException("vector-quantizer", $"z (B, {CodeDim}, h, w)", ("z", z.Shape));
        }

        // (B, D, h, w) → (B·h·w, D)
        var vectors = Reshape.Apply(Permute.Apply(z, [0, 2, 3, 1]), [b * h * w, d]);
        using var ids = Primitives.NearestCode.Find(vectors.Value, Codebook);
        var (q, loss) = Quantize(vectors, ids);
        var passed = StraightThrough.Apply(vectors, q);
        var counts = Primitives.ScatterAdd.Counts(ids, Codes);
        if (training)
        {
            ema?.Update(vectors.Value, ids, counts);
        }

        var quantized = Permute.Apply(Reshape.Apply(passed, [b, h, w, d]), [0, 3, 1, 2]);
        return new QuantizerOutput(quantized, loss, ids.Reshape([b, h, w]), counts);
    }

    /// <summary>Codes by their ids: (B, h, w) → (B, D, h, w).</summary>
    public Tensor<float> Lookup(Tensor<int> ids)
    {
        if (ids.Shape is not [var b, var h, var w])
        {
            throw new ShapeException("vector-quantizer lookup", "ids (B, h, w)", ("ids", ids.Shape));
        }

        using var flat = ids.Reshape([ids.Size]);
        using var rows = Primitives.Gather.Rows(Codebook, flat);
        using var images = rows.Reshape([b, h, w, CodeDim]);
        return Primitives.Permute.Apply(images, [0, 3, 1, 2]);
    }

    private (Variable Quantized, Variable Loss) Quantize(Variable vectors, Tensor<int> ids)
    {
        if (trainedCodebook is null)
        {
            using var rows = Primitives.Gather.Rows(Codebook, ids);
            var codes = vectors.Tape.Constant(rows, "codes");
            return (codes, MeanSquaredError.Apply(vectors, codes) * commitment);
        }

        var chosen = Embedding.Apply(ids, vectors.Tape.Watch(trainedCodebook));
        var codebookLoss = MeanSquaredError.Apply(chosen, StopGradient.Apply(vectors));
        var commitmentLoss = MeanSquaredError.Apply(vectors, StopGradient.Apply(chosen));
        return (chosen, codebookLoss + commitmentLoss * commitment);
    }
}
