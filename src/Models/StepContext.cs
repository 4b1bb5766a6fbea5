using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models;

/// <summary>What a forward pass knows beyond its inputs.</summary>
/// <remarks>All that changes from step to step is on the device, so that a pass can be recorded: a C# number would stay what it
/// was.</remarks>
/// <param name="IsTraining">Whether state that follows the data, such as an EMA codebook, learns from this batch, and noise is
/// added.</param>
/// <param name="Random">The step's random numbers; null where a model needs none.</param>
/// <param name="Scalars">What <see cref="Module.Schedules"/> are at this step; null where a model has none.</param>
/// <param name="IsPart">Whether the batch is a part of the step's, and not its last: state that follows the data gathers it, and
/// learns with the last part, as from one whole batch. So an EMA codebook counts each image once when gradients are
/// accumulated.</param>
/// <param name="Recomputation">Whether what lies within blocks is computed again in the backward pass instead of kept.</param>
public readonly record struct StepContext(
    bool IsTraining, RandomState? Random = null, Scalars? Scalars = null, bool IsPart = false,
    Recomputation Recomputation = Recomputation.Off)
{
    /// <summary>A pass that changes nothing.</summary>
    public static StepContext Inference => new(IsTraining: false);

    /// <summary>A pass of a training step without random numbers or schedules.</summary>
    public static StepContext Training => new(IsTraining: true);

    /// <summary>Whether state that a layer keeps of its batches, such as running averages, follows this one: in training, and
    /// not again when a segment is computed again.</summary>
    public bool Learns => IsTraining && Recomputation != Recomputation.Again;

    /// <summary>A part of a model: where the pass recomputes, as a segment of <see cref="Recompute"/>, whose parts are not cut
    /// further; else as it is.</summary>
    /// <param name="x">What it is of.</param>
    /// <param name="part">Its forward pass.</param>
    public Variable Segment(Variable x, Part part)
    {
        if (Recomputation != Recomputation.On || !x.Tape.IsRecording)
        {
            return part(x, this);
        }

        var (first, again) = Passes;
        return Recompute.Apply([x], (inputs, isAgain) => part(inputs[0], isAgain ? again : first));
    }

    /// <summary>The same of a part that looks at a second variable.</summary>
    /// <param name="x">What it is of.</param>
    /// <param name="guide">What it looks at.</param>
    /// <param name="part">Its forward pass.</param>
    public Variable Segment(Variable x, Variable guide, GuidedPart part)
    {
        if (Recomputation != Recomputation.On || !x.Tape.IsRecording)
        {
            return part(x, guide, this);
        }

        var (first, again) = Passes;
        return Recompute.Apply([x, guide], (inputs, isAgain) => part(inputs[0], inputs[1], isAgain ? again : first));
    }

    /// <summary>What both passes of a segment get.</summary>
    private (StepContext First, StepContext Again) Passes =>
        (this with { Recomputation = Recomputation.Within }, this with { Recomputation = Recomputation.Again });

    /// <summary>For one that cannot be part of a segment.</summary>
    /// <param name="user">Who that is, for the message.</param>
    /// <exception cref="InvalidOperationException">The pass is that of a segment.</exception>
    public void CheckOutsideOfSegments(string user)
    {
        if (Recomputation is Recomputation.Within or Recomputation.Again)
        {
            throw new InvalidOperationException(
                $"{user}: expected a pass outside of recomputed segments, since what it learns and hands out counts once; got "
                + "one within. End the segment before it, and begin another behind.");
        }
    }

    /// <summary>The random numbers, for one that cannot do without.</summary>
    /// <param name="user">Who that is, for the message.</param>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public RandomState RandomFor(string user) => Random ?? throw new InvalidOperationException(
        $"{user}: expected random numbers in the step's context; got none. "
        + "Give the StepContext a RandomState, and set it before each step.");

    /// <summary>The scalars, for one that cannot do without.</summary>
    /// <param name="user">Who that is, for the message.</param>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public Scalars ScalarsFor(string user) => Scalars ?? throw new InvalidOperationException(
        $"{user}: expected scalars in the step's context; got none. "
        + "Give the StepContext Scalars of the model's Schedules, and set them before each step.");
}
