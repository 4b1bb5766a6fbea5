using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Quantizers;

/// <summary>What a quantizer makes of rows.</summary>
/// <param name="Quantized">The chosen vectors (N, D), D the quantizer's <see cref="Quantizer.OutputWidth"/>, with a
/// gradient for the rows; belongs to the tape.</param>
/// <param name="Loss">What trains the quantizer and its rows towards each other, a scalar; null for none.</param>
/// <param name="Ids">Index of the chosen code of each row and level, (N, L); the caller's to dispose.</param>
public sealed record QuantizerOutput(Variable Quantized, Variable? Loss, Tensor<int> Ids) : IDisposable
{
    public void Dispose() => Ids.Dispose();
}

/// <summary>Turns vectors into indices and back. It works on rows; <see cref="ImageQuantizer"/> takes images apart for
/// it.</summary>
/// <remarks>One row has an index on each of L levels, of <see cref="CodebookSizes"/>[l] codes; most kinds have one
/// level.</remarks>
public abstract class Quantizer(ModuleScope scope) : Module(scope)
{
    /// <summary>Numbers of a row, D.</summary>
    public abstract int Width { get; }

    /// <summary>Numbers of a quantized row: as many as of a row, but for kinds whose codes are wider.</summary>
    public virtual int OutputWidth => Width;

    /// <summary>K of each level.</summary>
    public abstract ImmutableArray<int> CodebookSizes { get; }

    /// <summary>Quantizes rows (N, D).</summary>
    /// <param name="rows">The latent vectors.</param>
    /// <param name="context">In training, state that follows the data learns from the rows, after they were quantized.</param>
    /// <exception cref="ShapeException">The rows are not (N, D).</exception>
    /// <exception cref="InvalidOperationException">The pass is that of a recomputed segment.</exception>
    public QuantizerOutput Forward(Variable rows, in StepContext context)
    {
        context.CheckOutsideOfSegments("quantizer");
        return rows.Shape is [_, var d] && d == Width
            ? Quantize(rows, context)
            : throw new ShapeException("quantizer", $"rows (N, {Width})", ("rows", rows.Shape));
    }

    /// <summary>Quantizes the rows that a mask leaves, as those of sequences of different lengths in one tensor.</summary>
    /// <remarks>A row that is left out has index −1 and zeros for its vector. It has no part in losses or in what the quantizer
    /// learns, and no gradient, whatever numbers it holds.</remarks>
    /// <param name="rows">The latent vectors.</param>
    /// <param name="mask">(N): 1 for a row that counts, 0 for one that is left out.</param>
    /// <param name="context">As without a mask.</param>
    /// <exception cref="ShapeException">The rows are not (N, D), or the mask is not (N).</exception>
    /// <exception cref="NotSupportedException">This kind takes no mask.</exception>
    /// <exception cref="InvalidOperationException">The pass is that of a recomputed segment.</exception>
    public QuantizerOutput Forward(Variable rows, Tensor<float> mask, in StepContext context)
    {
        context.CheckOutsideOfSegments("quantizer");
        return rows.Shape is [var n, var d] && d == Width && mask.Shape == [n]
            ? Quantize(rows, mask, context)
            : throw new ShapeException(
                "quantizer", $"rows (N, {Width}), a mask (N)", ("rows", rows.Shape), ("mask", mask.Shape));
    }

    /// <summary>The vectors (N, D), D the <see cref="OutputWidth"/>, of ids (N, L): bit for bit those that
    /// <see cref="Forward(Variable, in StepContext)"/> chose outside of training.</summary>
    /// <remarks>An id outside of its codebook gives NaN: a kernel cannot throw.</remarks>
    /// <exception cref="ShapeException">The ids are not (N, L).</exception>
    public Tensor<float> Lookup(Tensor<int> ids) => ids.Shape is [_, var levels] && levels == CodebookSizes.Length
        ? Find(ids)
        : throw new ShapeException("quantizer lookup", $"ids (N, {CodebookSizes.Length})", ("ids", ids.Shape));

    /// <inheritdoc cref="Forward(Variable, in StepContext)"/>
    protected abstract QuantizerOutput Quantize(Variable rows, in StepContext context);

    /// <inheritdoc cref="Forward(Variable, Tensor{float}, in StepContext)"/>
    protected virtual QuantizerOutput Quantize(Variable rows, Tensor<float> mask, in StepContext context) =>
        throw new NotSupportedException(
            $"quantizer: expected no mask; got one, which {GetType().Name} does not take. Leave the rows out before.");

    /// <inheritdoc cref="Lookup"/>
    protected abstract Tensor<float> Find(Tensor<int> ids);
}
