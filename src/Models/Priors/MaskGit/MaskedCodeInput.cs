using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Priors.MaskGit;

/// <summary>Indices of which some are hidden as vectors of their places: the sum, over levels, of an index's learned vector, or
/// of one that stands for all hidden ones.</summary>
/// <remarks>Keys <c>{level}.weight</c> (K, C) and <c>{level}.mask</c> (C), from N(0, 1).</remarks>
public sealed class MaskedCodeInput : Module
{
    private readonly (EmbeddingLayer Codes, Parameter Mask)[] levels;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="layout">Of the indices.</param>
    /// <param name="width">Numbers of a vector, C.</param>
    public MaskedCodeInput(ModuleScope scope, CodeLayout layout, int width)
        : base(scope) => levels = [.. layout.CodebookSizes.Select((k, level) => (
            AddChild(new EmbeddingLayer(scope.In($"{level}"), k, width)),
            AddParameter($"{level}.mask", [width], Initializers.Normal(1))))];

    /// <summary>Vectors (B, T, C) of indices (B, L, h, w), of which those are hidden where the mask (B, L, h, w) is 1.</summary>
    /// <remarks>What a hidden index is does not matter, nor whether it stands for a code; one that is not hidden and stands for
    /// none gives NaN.</remarks>
    public Variable Forward(Tape tape, Tensor<int> ids, Tensor<float> mask)
    {
        Variable? sum = null;
        for (var level = 0; level < levels.Length; level++)
        {
            var (codes, hidden) = levels[level];
            using var its = CodeInput.LevelOf(ids, level);
            using var isHidden = Primitive.Slice(mask, axis: 1, start: level, length: 1);
            using var column = isHidden.Reshape([its.Size, 1]);
            var rows = Where.Apply(column, tape.Watch(hidden), codes.Forward(tape, its)); // (B·T, C)
            sum = sum is null ? rows : sum + rows;
        }

        var (b, width) = (ids.Shape[0], sum!.Shape[1]);
        return Reshape.Apply(sum, [b, ids.Shape[2] * ids.Shape[3], width]);
    }
}
