using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>A quantizer whose codes are frozen random vectors seen through one learned linear map, so that all of them move at
/// once (SimVQ, arXiv:2411.02038).</summary>
/// <remarks>
/// <para>E = F·Wᵀ with F (K, D) from N(0, 1/D) and never trained; q is the nearest row of E. Loss = mse(sg z, q) + β·mse(z, sg
/// q).</para>
/// <para>Gradient: dY goes straight through to the row; W has that of the loss, F none.</para>
/// <para>Keys: <c>frozen_codebook</c> (K, D), <c>code_transform.weight</c> (D, D).</para>
/// <para>Source: vector-quantize-pytorch's SimVQ with its defaults, without the rotation trick.</para>
/// </remarks>
public sealed class SimVqQuantizer : Quantizer
{
    private readonly float commitment;
    private readonly Tensor<float> frozen;
    private readonly LinearLayer transform;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">Sizes and β.</param>
    public SimVqQuantizer(ModuleScope scope, SimVqOptions options)
        : base(scope)
    {
        commitment = (float)options.Commitment;
        var key = scope.Key("frozen_codebook");
        frozen = AddBuffer("frozen_codebook", Initializers.Normal(1 / MathF.Sqrt(options.CodeDim))(
            scope.Device, [options.CodebookSize, options.CodeDim], scope.Seed, ModuleScope.StreamOf(key)));
        transform = AddChild(new LinearLayer(scope.In("code_transform"), (options.CodeDim, options.CodeDim), hasBias: false));
        CodebookSizes = [options.CodebookSize];
    }

    public override int Width => frozen.Shape[1];

    public override ImmutableArray<int> CodebookSizes { get; }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        var codebook = Codebook(rows.Tape);
        using var ids = Primitive.NearestCode(rows.Value, codebook.Value);
        var q = Embedding.Apply(ids, codebook);
        var loss = MeanSquaredError.Apply(q, StopGradient.Apply(rows)) +
            MeanSquaredError.Apply(rows, StopGradient.Apply(q)) * commitment;
        return new QuantizerOutput(StraightThrough.Apply(rows, q), loss, ids.Reshape([ids.Size, 1]));
    }

    protected override Tensor<float> Find(Tensor<int> ids)
    {
        using var tape = new Tape(Device, recording: false);
        using var flat = ids.Reshape([ids.Size]);
        return Primitive.GatherRows(Codebook(tape).Value, flat);
    }

    /// <summary>E (K, D).</summary>
    private Variable Codebook(Tape tape) => transform.Forward(tape.Constant(frozen, "frozen-codes"));
}
