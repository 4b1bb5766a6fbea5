using IlgpuVq.Autograd;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>One op with its constants fixed, on inputs of fixed shapes and numbers.</summary>
/// <param name="Constants">What was fixed (stride, axes, ids, …), for the message of a failure.</param>
/// <param name="Inputs">The inputs that get a gradient.</param>
/// <param name="Op">The op on variables that hold the inputs.</param>
/// <param name="Reference">The same in double precision.</param>
internal sealed record OpCase(
    string Constants, DoubleTensor[] Inputs, Func<OpInputs, Variable> Op, Func<DoubleTensor[], DoubleTensor> Reference)
{
    /// <summary>How near the inputs are to where the op has no derivative; null for an op that has one everywhere.</summary>
    public Func<DoubleTensor[], double>? DistanceToKink { get; init; }

    /// <summary>Tensors without a gradient that the op takes as <see cref="OpInputs.Tensor(int)"/>.</summary>
    public DoubleTensor[] Tensors { get; init; } = [];

    /// <summary>Lists of ids that the op takes as <see cref="OpInputs.Ids(int)"/>.</summary>
    public int[][] Ids { get; init; } = [];

    /// <summary>The step whose numbers the op draws from <see cref="OpInputs.Random"/>.</summary>
    public long Step { get; init; }

    public override string ToString() =>
        $"inputs {string.Join(' ', Inputs.Select(input => input.Shape))}{(Constants.Length == 0 ? "" : $", {Constants}")}";
}
