using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Residual;

/// <summary>Quantizers in turn, each of what the sum of those before it leaves (arXiv:2107.03312, algorithm 1).</summary>
/// <remarks>
/// <para>r₀ = x, qₗ = sₗ·Qₗ(rₗ / sₗ), rₗ₊₁ = rₗ − sg(qₗ), y = Σ qₗ; the scales s are 1 for vector quantizers. Loss = Σ of the
/// layers'. Ids (N, L), a column for each level.</para>
/// <para>Gradient: dX is the mean of what the layers pass on, so that layers that pass it straight through give dY once. Programs
/// that add it up give L·dY, which lets the reconstruction outweigh the losses the more levels there are.</para>
/// <para>Quantize dropout, in training: with v uniform in [c, L), c the cutoff, a level l after c is kept where v lies above it,
/// or, where m levels are left out together, above the first of its m. What is left out adds nothing to y or the loss and has
/// index −1; its buffers, such as an EMA codebook, stay as they are, and its parameters get gradients of 0.</para>
/// <para>A shared layer serves on all levels: an EMA codebook then learns once per level, so that a level of a training step
/// chooses from what the level before left.</para>
/// <para>With a <see cref="ResidualOptions.Beam"/> of M, codes outside training are the best of M beginnings that were followed
/// from level to level; there is no loss then.</para>
/// <para>Keys: those of the layers below <c>layers.0</c>, <c>layers.1</c>, …; a shared one is <c>layers.0</c>.</para>
/// </remarks>
public sealed class ResidualQuantizer : Quantizer
{
    private const string Op = "residual-quantizer";

    private readonly ResidualOptions options;
    private readonly ulong stream;
    private readonly Layer? entry;
    private readonly Level[] levels;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">The layers.</param>
    /// <param name="stream">The random numbers of quantize dropout.</param>
    internal ResidualQuantizer(ModuleScope scope, ResidualOptions options, ulong stream)
        : base(scope)
    {
        (this.options, this.stream) = (options, stream);
        if (options.BuildEntry(scope) is { } layer)
        {
            entry = AddChild(layer);
        }

        var layers = scope.In("layers");
        levels = new Level[options.Layers];
        for (var l = 0; l < levels.Length; l++)
        {
            var quantizer = options.IsShared && l > 0
                ? levels[0].Quantizer
                : AddChild(options.BuildLayer(layers.In($"{l}"), l));
            levels[l] = options.ScaleOf(l) is { } scale
                ? new Level(quantizer, Row(scale), Row([.. scale.Select(s => 1 / s)]))
                : new Level(quantizer, Scale: null, Inverse: null);
        }

        CodebookSizes = [.. levels.SelectMany(level => level.Quantizer.CodebookSizes)];

        Tensor<float> Row(float[] values) => AddConstant(Device.From<float>(values, [1, values.Length]));
    }

    public override int Width => levels[0].Quantizer.Width;

    public override ImmutableArray<int> CodebookSizes { get; }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        var residual = entry?.Forward(rows, context) ?? rows;
        if (!context.IsTraining && options.Beam > 1)
        {
            return Search(residual);
        }

        using var dropout = context.IsTraining && options.QuantizeDropout
            ? new QuantizeDropout(options, context.RandomFor(Op), stream)
            : null;
        Variable? sum = null, passed = null, loss = null;
        var ids = new List<Tensor<int>>();
        for (var l = 0; l < levels.Length; l++)
        {
            var keep = dropout?.Keep(l);
            using var output = QuantizeLevel(levels[l], residual, sum?.Value, keep, context);
            var chosen = StopGradient.Apply(output.Quantized);
            residual -= chosen;
            sum = sum is null ? chosen : sum + chosen;
            passed = passed is null ? output.Quantized : passed + output.Quantized;
            loss = loss is null || output.Loss is null ? loss ?? output.Loss : loss + output.Loss;
            ids.Add(output.Ids.Share());
        }

        var mean = dropout is null ? passed! * (1f / levels.Length) : passed! * rows.Tape.Constant(dropout.Share, "share");
        var all = Primitive.Concat<int>(1, [.. ids]);
        ids.ForEach(column => column.Dispose());
        return new QuantizerOutput(StraightThrough.Apply(mean, sum!), loss, all);
    }

    protected override Tensor<float> Find(Tensor<int> ids)
    {
        Tensor<float>? sum = null;
        var first = 0;
        foreach (var (quantizer, scale, _) in levels)
        {
            using var own = Primitive.Slice(ids, axis: 1, first, quantizer.CodebookSizes.Length);
            using var vectors = Lookup(quantizer, scale, own, sum);
            var next = sum is null ? vectors.Share() : Primitive.Zip(Op, sum, vectors, default(Add));
            sum?.Dispose();
            sum = next;
            first += quantizer.CodebookSizes.Length;
        }

        return sum!;
    }

    /// <summary>The best codes that a beam search finds, without a loss.</summary>
    private QuantizerOutput Search(Variable rows)
    {
        Tensor<float>[] codebooks = [.. levels.Select(level => Codebook(level.Quantizer, level.Scale))];
        var ids = BeamSearch.Choose(rows.Value, codebooks, options.Beam);
        Array.ForEach(codebooks, codebook => codebook.Dispose());
        using var vectors = Find(ids);
        return new QuantizerOutput(StraightThrough.Apply(rows, rows.Tape.Constant(vectors, "codes")), Loss: null, ids);
    }

    /// <summary>All scaled vectors (K, D) of a level.</summary>
    private static Tensor<float> Codebook(Quantizer quantizer, Tensor<float>? scale)
    {
        var k = quantizer.CodebookSizes.Single();
        using var ids = quantizer.Device.From<int>([.. Enumerable.Range(0, k)], [k, 1]);
        return Lookup(quantizer, scale, ids);
    }

    /// <summary>The scaled vectors of a level's ids; 0 where the first is −1.</summary>
    private static Tensor<float> Lookup(Quantizer quantizer, Tensor<float>? scale, Tensor<int> ids, Tensor<float>? sum = null)
    {
        using var vectors = quantizer is ImplicitQuantizer layer && sum is not null
            ? layer.Lookup(ids, sum)
            : quantizer.Lookup(ids);
        using var scaled = scale is null ? vectors.Share() : Primitive.Zip(Op, vectors, scale, default(Multiply));
        using var first = Primitive.Slice(ids, axis: 1, start: 0, length: 1);
        using var mask = Primitive.IdMask(first);
        using var zero = Primitive.Fill(ids.Device, [], 0);
        return Primitive.Where(mask, scaled, zero);
    }

    /// <summary>qₗ, its loss and its ids: of a level that is left out 0, 0 and −1.</summary>
    private static QuantizerOutput QuantizeLevel(
        Level level, Variable residual, Tensor<float>? sum, Tensor<float>? keep, in StepContext context)
    {
        var tape = residual.Tape;
        var input = level.Inverse is null ? residual : residual * tape.Constant(level.Inverse, "inverse-scale");
        using var before = keep is null ? null : new BufferCopies(level.Quantizer);
        var output = level.Quantizer is ImplicitQuantizer layer && sum is not null
            ? layer.Forward(input, sum)
            : level.Quantizer.Forward(input, context);
        var quantized = level.Scale is null ? output.Quantized : output.Quantized * tape.Constant(level.Scale, "scale");
        if (keep is null)
        {
            return output with { Quantized = quantized };
        }

        before!.RestoreUnless(keep);
        using var dropped = output;
        using var nothing = Primitive.Fill(tape.Device, [], 0);
        var zero = tape.Constant(nothing, "nothing");
        return new QuantizerOutput(
            Where.Apply(keep, quantized, zero), output.Loss is null ? null : Where.Apply(keep, output.Loss, zero),
            Primitive.KeepIds(output.Ids, keep));
    }

    /// <summary>A level: its quantizer, and the factors of its vectors (1, D), null for 1.</summary>
    private readonly record struct Level(Quantizer Quantizer, Tensor<float>? Scale, Tensor<float>? Inverse);
}
