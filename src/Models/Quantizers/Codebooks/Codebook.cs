using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Codebooks;

/// <summary>Rows, and the code that each chose.</summary>
/// <param name="Vectors">(N, D).</param>
/// <param name="Ids">(N); −1 for a row that does not count.</param>
/// <param name="Mask">(N), 1 for a row that counts and 0 for one that does not; null where all do.</param>
public readonly record struct CodeBatch(Tensor<float> Vectors, Tensor<int> Ids, Tensor<float>? Mask = null);

/// <summary>K codes of D numbers, and how they learn.</summary>
public abstract class Codebook(ModuleScope scope) : Module(scope)
{
    /// <summary>The key of the codes.</summary>
    internal const string CodesKey = "_embedding.weight";

    /// <summary>The codes (K, D); the codebook's.</summary>
    public abstract Tensor<float> Codes { get; }

    /// <summary>Which codes keep what they are, (K, 1) of ones among zeros; null where none do.</summary>
    protected Tensor<float>? Frozen { get; private set; }

    /// <summary>Keeps single codes as they are: those with a 1 in the mask learn no more, until another mask frees
    /// them.</summary>
    /// <remarks>The mask is not saved. An optimizer's weight decay, which knows nothing of it, still shrinks the codes of a
    /// gradient codebook.</remarks>
    /// <param name="mask">Ones and zeros, (K); null frees all. Shared.</param>
    /// <exception cref="ShapeException">The mask is not (K).</exception>
    public void Freeze(Tensor<float>? mask)
    {
        var k = Codes.Shape[0];
        if (mask is not null && mask.Shape != [k])
        {
            throw new ShapeException("codebook", $"a mask ({k}) of frozen codes", ("mask", mask.Shape));
        }

        Frozen?.Dispose();
        Frozen = mask?.Reshape([k, 1]);
    }

    /// <summary>The codes of ids (N) on a tape, (N, D); NaN for an id of −1.</summary>
    internal abstract Variable Read(Tape tape, Tensor<int> ids);

    /// <summary>All codes on a tape, (K, D).</summary>
    internal abstract Variable ReadAll(Tape tape);

    /// <summary>Learns from rows that chose codes, after they were read.</summary>
    internal abstract void Learn(in CodeBatch batch, in StepContext context);

    /// <summary>Takes over codes (K, D) that stand for so many vectors each, (K), where active () is not 0.</summary>
    internal abstract void Begin(Tensor<float> active, Tensor<float> codes, Tensor<float> counts);

    protected override void Dispose(bool disposing)
    {
        Frozen?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Changes a tensor where a condition that broadcasts to it is not 0.</summary>
    protected static void SetWhere(Tensor<float> condition, Tensor<float> target, Tensor<float> value)
    {
        using var chosen = Primitive.Where(condition, value, target);
        Primitive.CopyInto(target, chosen);
    }
}
