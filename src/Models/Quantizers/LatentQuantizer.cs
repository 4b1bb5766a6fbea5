using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>Latent quantization: each number of a row becomes the nearest of a few scalars, which are learnt for each dimension
/// (arXiv:2305.18378, section 3).</summary>
/// <remarks>
/// <para>q[d] = v[d][argminₖ |x[d] − v[d][k]|]; the gradient goes straight through to the row.</para>
/// <para>Loss = α·mse(sg x, q) + β·mse(x, sg q): the first moves the scalars to the numbers that chose them, the second the
/// numbers to their scalars.</para>
/// <para>At first the L scalars of a dimension lie evenly between −½ and ½, one of them at 0: k/(L − 1) − ½ for odd L and k/L − ½
/// for even. The index is that of <see cref="FiniteScalarQuantizer"/>, of the places k in the tables.</para>
/// <para>Keys: <c>values_per_latent.{d}</c> (L). NaN gets the first scalar, as a <see cref="VectorQuantizer"/> gives the first
/// code.</para>
/// </remarks>
public sealed class LatentQuantizer : Quantizer
{
    private readonly float quantizeWeight, commitment;
    private readonly Parameter[] tables;
    private readonly Tensor<int>[] lengths;
    private readonly Tensor<int> levels;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">The levels of each dimension, and the losses' weights.</param>
    public LatentQuantizer(ModuleScope scope, LatentQuantizerOptions options)
        : base(scope)
    {
        CodebookSizes = [MixedRadix.CodesOf(options.Levels)];
        (quantizeWeight, commitment) = ((float)options.QuantizeWeight, (float)options.Commitment);
        tables = [.. options.Levels.Select((level, d) => AddParameter($"values_per_latent.{d}", [level], Evenly))];
        lengths = [.. options.Levels.Select(level => AddConstant(Device.From<int>([level], [1])))];
        levels = AddConstant(Device.From<int>(options.Levels.AsSpan(), [options.Levels.Length]));
    }

    public override int Width => tables.Length;

    public override ImmutableArray<int> CodebookSizes { get; }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        var tape = rows.Tape;
        var (chosen, digits) = (new Variable[Width], new Tensor<float>[Width]);
        for (var d = 0; d < Width; d++)
        {
            var table = Reshape.Apply(tape.Watch(tables[d]), [tables[d].Shape[0], 1]);
            using var column = Primitive.Slice(rows.Value, axis: 1, d, length: 1);
            using var places = Primitive.NearestCode(column, table.Value);
            digits[d] = Primitive.SplitDigits(places, lengths[d]);
            chosen[d] = Embedding.Apply(places, table);
        }

        var q = Concat.Apply(1, chosen);
        using var row = Primitive.Concat(1, digits);
        using var ids = Primitive.ComposeDigits(row, levels);
        Array.ForEach(digits, digit => digit.Dispose());
        return new QuantizerOutput(StraightThrough.Apply(rows, q), Loss(rows, q), ids.Reshape([ids.Size, 1]));
    }

    protected override Tensor<float> Find(Tensor<int> ids)
    {
        using var flat = ids.Reshape([ids.Size]);
        using var digits = Primitive.SplitDigits(flat, levels);
        var columns = new Tensor<float>[Width];
        for (var d = 0; d < Width; d++)
        {
            using var digit = Primitive.Slice(digits, axis: 1, d, length: 1);
            using var places = Primitive.ComposeDigits(digit, lengths[d]);
            using var table = tables[d].Value.Reshape([tables[d].Shape[0], 1]);
            columns[d] = Primitive.GatherRows(table, places);
        }

        var rows = Primitive.Concat(1, columns);
        Array.ForEach(columns, column => column.Dispose());
        return rows;
    }

    private Variable? Loss(Variable rows, Variable q)
    {
        var quantize = quantizeWeight > 0 ? MeanSquaredError.Apply(q, StopGradient.Apply(rows)) * quantizeWeight : null;
        var commit = commitment > 0 ? MeanSquaredError.Apply(rows, StopGradient.Apply(q)) * commitment : null;
        return quantize is not null && commit is not null ? quantize + commit : quantize ?? commit;
    }

    private static Tensor<float> Evenly(Device device, Shape shape, ulong seed, ulong stream)
    {
        var level = shape[0];
        double steps = level % 2 == 0 ? level : level - 1;
        return device.From<float>([.. Enumerable.Range(0, level).Select(k => (float)(k / steps - 0.5))], shape);
    }
}
