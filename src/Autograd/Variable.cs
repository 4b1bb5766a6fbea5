using System.Diagnostics;
using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>A tensor on a tape: an input of the computation or what an op made of others.</summary>
/// <remarks><c>+ − * /</c> are the ops of those names; with a number on one side they are <see cref="Affine"/>.</remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Variable
{
    private Tensor<float>? value;

    internal Variable(Tape tape, int id, string op, Tensor<float> value, Variable[] inputs, bool requiresGradient)
    {
        Tape = tape;
        Id = id;
        Op = op;
        Shape = value.Shape;
        Inputs = inputs;
        RequiresGradient = requiresGradient;
        this.value = value;
    }

    public Tape Tape { get; }

    /// <summary>Its place on the tape, from 0, as the printed tape shows it.</summary>
    public int Id { get; }

    /// <summary>The op that made it, or the name of a leaf.</summary>
    public string Op { get; }

    public Shape Shape { get; }

    public Device Device => Tape.Device;

    /// <summary>The variables that the op computed it from; empty for leaves and constants.</summary>
    public IReadOnlyList<Variable> Inputs { get; }

    /// <summary>Whether anything that this was computed from wants a gradient.</summary>
    public bool RequiresGradient { get; }

    /// <summary>The numbers. Belongs to the tape; take <see cref="Tensor{T}.Share"/> to keep it longer.</summary>
    /// <exception cref="InvalidOperationException">Backward or the end of the tape has released it.</exception>
    public Tensor<float> Value => value ?? throw new InvalidOperationException(
        $"variable {this}: expected a value that is still held; got one that backward or the end of the tape released. "
        + "Call Keep() before Backward, or take Value.Share().");

    /// <summary>d loss / d this after <see cref="Tape.Backward"/>, for leaves and kept variables; null where none
    /// arrived.</summary>
    public Tensor<float>? Gradient { get; private set; }

    internal bool IsKept { get; private set; }

    /// <summary>What its op kept for backward, released or not; null where it has no backward.</summary>
    internal IReadOnlyList<SavedTensor>? SavedForBackward { get; init; }

    internal bool HasValue => value is not null;

    public static Variable operator +(Variable a, Variable b) => Add.Apply(a, b);

    public static Variable operator +(Variable x, float shift) => Affine.Apply(x, scale: 1, shift);

    public static Variable operator +(float shift, Variable x) => Affine.Apply(x, scale: 1, shift);

    public static Variable operator -(Variable a, Variable b) => Subtract.Apply(a, b);

    public static Variable operator -(Variable x, float shift) => Affine.Apply(x, scale: 1, -shift);

    public static Variable operator -(float shift, Variable x) => Affine.Apply(x, scale: -1, shift);

    public static Variable operator -(Variable x) => Affine.Apply(x, scale: -1);

    public static Variable operator *(Variable a, Variable b) => Multiply.Apply(a, b);

    public static Variable operator *(Variable x, float scale) => Affine.Apply(x, scale);

    public static Variable operator *(float scale, Variable x) => Affine.Apply(x, scale);

    public static Variable operator /(Variable a, Variable b) => Divide.Apply(a, b);

    public static Variable operator /(Variable x, float divisor) => Affine.Apply(x, 1 / divisor);

    /// <summary>Keeps value and gradient until the tape is disposed, though backward would release them.</summary>
    public Variable Keep()
    {
        IsKept = true;
        return this;
    }

    public override string ToString() => $"%{Id} {Op} {Shape}";

    /// <summary>Takes over <paramref name="gradient"/>: the first one as it is, later ones added.</summary>
    internal void Accumulate(Tensor<float> gradient) => Gradient = GradientSum.Add(Gradient, gradient);

    /// <summary>Hands the gradient over, and has none from then on.</summary>
    internal Tensor<float>? TakeGradient()
    {
        var gradient = Gradient;
        Gradient = null;
        return gradient;
    }

    internal void ReleaseGradient()
    {
        Gradient?.Dispose();
        Gradient = null;
    }

    internal void ReleaseValue()
    {
        value?.Dispose();
        value = null;
    }
}
