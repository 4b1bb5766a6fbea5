using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Residual;

/// <summary>Rows cut into groups of equal width, each with a residual quantizer of its own (HiFi-Codec,
/// arXiv:2305.02765).</summary>
/// <remarks>
/// <para>x (N, G·D) = x₁ … x_G side by side, y = Q₁(x₁) … Q_G(x_G); Loss = Σ of theirs. Ids (N, G·L): all levels of the first
/// group, then those of the second, ….</para>
/// <para>With quantize dropout all groups leave out the same levels.</para>
/// <para>Keys: those of the groups below <c>rvqs.0</c>, <c>rvqs.1</c>, ….</para>
/// </remarks>
public sealed class GroupedQuantizer : Quantizer
{
    private readonly ResidualQuantizer[] groups;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">How many groups, and what each is.</param>
    public GroupedQuantizer(ModuleScope scope, GroupedOptions options)
        : base(scope)
    {
        groups = [.. Enumerable.Range(0, options.Groups).Select(
            g => AddChild(options.GroupOptions.Build(scope.In("rvqs").In($"{g}"), randomPlace: scope)))];
        CodebookSizes = [.. groups.SelectMany(group => group.CodebookSizes)];
    }

    public override int Width => groups.Length * groups[0].Width;

    public override ImmutableArray<int> CodebookSizes { get; }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        var width = groups[0].Width;
        var quantized = new List<Variable>();
        var ids = new List<Tensor<int>>();
        Variable? loss = null;
        foreach (var group in groups)
        {
            var output = group.Forward(Slice.Apply(rows, axis: 1, quantized.Count * width, width), context);
            quantized.Add(output.Quantized);
            ids.Add(output.Ids);
            loss = loss is null || output.Loss is null ? loss ?? output.Loss : loss + output.Loss;
        }

        var all = Primitive.Concat<int>(1, [.. ids]);
        ids.ForEach(group => group.Dispose());
        return new QuantizerOutput(Concat.Apply(1, [.. quantized]), loss, all);
    }

    protected override Tensor<float> Find(Tensor<int> ids)
    {
        var parts = new List<Tensor<float>>();
        foreach (var group in groups)
        {
            var levels = group.CodebookSizes.Length;
            using var own = Primitive.Slice(ids, axis: 1, parts.Count * levels, levels);
            parts.Add(group.Lookup(own));
        }

        var all = Primitive.Concat<float>(1, [.. parts]);
        parts.ForEach(part => part.Dispose());
        return all;
    }
}
