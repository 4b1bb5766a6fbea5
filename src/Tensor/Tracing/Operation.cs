using System.Collections.Immutable;

namespace IlgpuVq.Tensors.Tracing;

/// <summary>What a primitive computes, without its operands: its numbers that do not follow from shapes.</summary>
/// <remarks>Operands, in the order of <see cref="TracedOperation.Inputs"/>, stand with each kind. Two of one kind are equal where
/// they compute the same.</remarks>
public abstract record Operation;

/// <summary>A function of each element of one to three operands, which broadcast.</summary>
/// <param name="Formula">The function.</param>
public sealed record ElementwiseOperation(Formula Formula) : Operation;

/// <summary>Another shape of the same numbers; the result's shape says which.</summary>
public sealed record ReshapeOperation : Operation;

/// <summary>A convolution of x by a weight, with a bias and a residual or null: y = activation(x * weight + bias +
/// residual).</summary>
/// <param name="How">Strides, padding, dilation, groups.</param>
/// <param name="Activation">What is done to the sum.</param>
public sealed record ConvolutionOperation(Conv2dParams How, Activation Activation) : Operation;

/// <summary>A transposed convolution of x by a weight, with a bias or null.</summary>
/// <param name="How">Strides, padding, dilation, groups.</param>
/// <param name="OutputPadding">Rows and columns more at the end.</param>
/// <param name="Activation">What is done to the sum.</param>
public sealed record TransposedConvolutionOperation(Conv2dParams How, Pair OutputPadding, Activation Activation) : Operation;

/// <summary>The product of two matrices, or of as many pairs of them.</summary>
/// <param name="Transpose">Which of them are read transposed.</param>
public sealed record ProductOperation(Transpose Transpose) : Operation;

/// <summary>What a reduction makes of elements.</summary>
public enum ReductionKind
{
    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The largest of them.</summary>
    Max,
}

/// <summary>Elements along axes become one.</summary>
/// <param name="Kind">What becomes of them.</param>
/// <param name="Axes">The axes, from 0.</param>
/// <param name="KeepDims">Whether they stay, of length 1.</param>
public sealed record ReductionOperation(ReductionKind Kind, ImmutableArray<int> Axes, bool KeepDims) : Operation
{
    public bool Equals(ReductionOperation? other) =>
        other is not null && (Kind, KeepDims) == (other.Kind, other.KeepDims) && Axes.SequenceEqual(other.Axes);

    public override int GetHashCode() => HashCode.Combine(Kind, KeepDims, Axes.Length);
}

/// <summary>Axes in another order: axis i of the result is axis <c>Axes[i]</c> of x.</summary>
/// <param name="Axes">Each axis once.</param>
public sealed record PermutationOperation(ImmutableArray<int> Axes) : Operation
{
    public bool Equals(PermutationOperation? other) => other is not null && Axes.SequenceEqual(other.Axes);

    public override int GetHashCode() => Axes.Length;
}

/// <summary>A part of an axis, in steps; as long as the result's axis is.</summary>
/// <param name="Axis">The axis, from 0.</param>
/// <param name="Start">The first element.</param>
/// <param name="Step">From one to the next; below 0 backwards.</param>
public sealed record SliceOperation(int Axis, int Start, int Step) : Operation;

/// <summary>Operands one after another along an axis.</summary>
/// <param name="Axis">The axis, from 0.</param>
public sealed record ConcatOperation(int Axis) : Operation;

/// <summary>A border around x, or less of it where a width is below 0.</summary>
/// <param name="Before">Elements before each axis.</param>
/// <param name="After">Elements behind each axis.</param>
/// <param name="Mode">What the border shows.</param>
/// <param name="Value">The number of a constant border.</param>
public sealed record PadOperation(ImmutableArray<int> Before, ImmutableArray<int> After, PadMode Mode, float Value) : Operation
{
    public bool Equals(PadOperation? other) => other is not null && Before.SequenceEqual(other.Before) &&
        After.SequenceEqual(other.After) && Mode == other.Mode && Value.Equals(other.Value);

    public override int GetHashCode() => HashCode.Combine(Before.Length, Mode, Value);
}

/// <summary>Images of another size by repeating or dropping pixels, y[i] = x[⌊i·length / outLength⌋].</summary>
public sealed record NearestResizeOperation : Operation;

/// <summary>Images of another size by linear interpolation.</summary>
/// <param name="AlignsCorners">Whether the outermost pixels show the outermost pixels.</param>
public sealed record BilinearResizeOperation(bool AlignsCorners) : Operation;

/// <summary>Means, or maxima, of windows of images.</summary>
/// <param name="IsMax">Whether they are maxima.</param>
/// <param name="Kernel">Pixels of a window.</param>
/// <param name="Stride">From one window to the next.</param>
/// <param name="Padding">Pixels around the image.</param>
/// <param name="CountsPadding">Whether a mean counts those.</param>
public sealed record PoolOperation(bool IsMax, Pair Kernel, Pair Stride, Padding Padding, bool CountsPadding) : Operation;

/// <summary>Means of windows that share the image among them: window i has rows ⌊i·H / OutH⌋ to ⌈(i + 1)·H / OutH⌉.</summary>
public sealed record AdaptivePoolOperation : Operation;

/// <summary>Softmax along an axis.</summary>
/// <param name="Axis">The axis, from 0.</param>
/// <param name="IsLog">Whether its logarithm is taken.</param>
public sealed record SoftmaxOperation(int Axis, bool IsLog) : Operation;

/// <summary>x (B, C, …), weight and bias (C) or null: mean 0 and variance 1 of each group of channels of an image, then scale and
/// shift.</summary>
/// <param name="Groups">Groups of channels.</param>
/// <param name="Epsilon">Added to the variance.</param>
public sealed record GroupNormOperation(int Groups, float Epsilon) : Operation;

/// <summary>x (B, C, …), mean and reciprocal deviation (C), weight and bias (C) or null: (x − mean)·deviation·weight +
/// bias.</summary>
public sealed record ChannelNormOperation : Operation;

/// <summary>Queries (B, T, D), keys (B, S, D) and values (B, S, DV): softmax(q·k / √(D/heads))·v of each head.</summary>
/// <param name="Heads">Equal parts of the last axis.</param>
/// <param name="Diagonal">A query t sees the keys s ≤ t + diagonal; null for all.</param>
public sealed record AttentionOperation(int Heads, int? Diagonal) : Operation;

/// <summary>Elements of an axis of x by ids (N).</summary>
/// <param name="Axis">The axis, from 0.</param>
public sealed record GatherOperation(int Axis) : Operation;

/// <summary>A row for each of ids (N): 1 at the id, else 0.</summary>
/// <param name="Classes">Its length.</param>
public sealed record OneHotOperation(int Classes) : Operation;

/// <summary>The place of the largest or smallest element along an axis, the first of equal ones.</summary>
/// <param name="Axis">The axis, from 0.</param>
/// <param name="KeepDims">Whether it stays, of length 1.</param>
/// <param name="IsMax">Whether the largest is meant.</param>
public sealed record ArgExtremeOperation(int Axis, bool KeepDims, bool IsMax) : Operation;

/// <summary>The row of a codebook (K, D) that is nearest to each row of x (N, D).</summary>
public sealed record NearestCodeOperation : Operation;

/// <summary>Ids (N) of digits (N, D) and radices (D), the first digit counting fastest.</summary>
public sealed record ComposeDigitsOperation : Operation;

/// <summary>Digits (N, D) of ids (N) and radices (D).</summary>
public sealed record SplitDigitsOperation : Operation;

/// <summary>1 where an id is not −1, else 0.</summary>
public sealed record IdMaskOperation : Operation;

/// <summary>One number everywhere.</summary>
/// <param name="Value">The number.</param>
public sealed record FillOperation(float Value) : Operation;

/// <summary>x repeated along axes of length 1, to the result's shape.</summary>
public sealed record ExpandOperation : Operation;

/// <summary>Something that is known by its name alone, such as a loss.</summary>
/// <param name="Name">What tapes call it.</param>
public sealed record NamedOperation(string Name) : Operation;
