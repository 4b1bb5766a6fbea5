using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>Random projections to random codes, neither of them trained (BEST-RQ, arXiv:2202.01855, section 3.1): indices to
/// predict, which cannot collapse.</summary>
/// <remarks>
/// <para>u = p / ‖p‖ with p = norm(x)·P, norm to mean 0 and variance 1, P (D, E) from Xavier's normal distribution; k is the
/// code of unit length, c (K, E), that is nearest to u, by the cosine.</para>
/// <para>The paper has indices only. Here a code stands for the vector c·Pᵀ (K, D), its way back through the projection:
/// y = c[k]·Pᵀ. Gradient: dY goes straight through to u·Pᵀ, and from there to x by the derivative of all before. So the encoder
/// learns to say in directions what the decoder draws. No loss.</para>
/// <para>A row of equal numbers has no direction: it has the gradient 0 and index 0.</para>
/// <para>Keys, buffers all: <c>rand_projs</c> (D, E), <c>codebook</c> (K, E).</para>
/// </remarks>
public sealed class RandomProjectionQuantizer : Quantizer
{
    /// <summary>Added to squared lengths.</summary>
    private const float Tiny = 1e-12f;

    private readonly Tensor<float> projection, codebook;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">Sizes.</param>
    public RandomProjectionQuantizer(ModuleScope scope, RandomProjectionOptions options)
        : base(scope)
    {
        var (d, e) = (options.CodeDim, options.ProjectionDim);
        projection = AddBuffer("rand_projs", Initial("rand_projs", [d, e], MathF.Sqrt(2f / (d + e))));
        using var tape = new Tape(scope.Device, recording: false);
        using var normal = Initial("codebook", [options.CodebookSize, e], deviation: 1);
        codebook = AddBuffer("codebook", Direction(tape.Constant(normal)).Value.Share());
        CodebookSizes = [options.CodebookSize];

        Tensor<float> Initial(string name, Shape shape, float deviation) => Initializers.Normal(deviation)(
            scope.Device, shape, scope.Seed, ModuleScope.StreamOf(scope.Key(name)));
    }

    public override int Width => projection.Shape[0];

    public override ImmutableArray<int> CodebookSizes { get; }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        var p = rows.Tape.Constant(projection, "projection");
        var u = Direction(Matmul.Apply(LayerNorm.Apply(rows, weight: null, bias: null), p)); // (N, E)
        using var ids = Primitive.NearestCode(u.Value, codebook);
        using var vectors = Vectors(ids);
        var quantized = StraightThrough.Apply(Matmul.Apply(u, p, Transpose.B), rows.Tape.Constant(vectors, "codes"));
        return new QuantizerOutput(quantized, Loss: null, ids.Reshape([ids.Size, 1]));
    }

    protected override Tensor<float> Find(Tensor<int> ids)
    {
        using var flat = ids.Reshape([ids.Size]);
        return Vectors(flat);
    }

    /// <summary>x / ‖x‖ along the last axis.</summary>
    private static Variable Direction(Variable x) =>
        x / Autograd.Sqrt.Apply(Sum.Apply(Square.Apply(x), [1], keepDims: true) + Tiny);

    /// <summary>c·Pᵀ of ids (N) → (N, D): rows of one product, which do not depend on how many are asked for.</summary>
    private Tensor<float> Vectors(Tensor<int> ids)
    {
        using var table = Primitive.Matmul(codebook, projection, Transpose.B); // (K, D)
        return Primitive.GatherRows(table, ids);
    }
}
