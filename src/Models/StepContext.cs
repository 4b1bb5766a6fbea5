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
public readonly record struct StepContext(
    bool IsTraining, RandomState? Random = null, Scalars? Scalars = null, bool IsPart = false)
{
    /// <summary>A pass that changes nothing.</summary>
    public static StepContext Inference => new(IsTraining: false);

    /// <summary>A pass of a training step without random numbers or schedules.</summary>
    public static StepContext Training => new(IsTraining: true);

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
