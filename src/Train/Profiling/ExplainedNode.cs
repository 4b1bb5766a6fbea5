using IlgpuVq.Autograd;

namespace IlgpuVq.Train.Profiling;

/// <summary>What work in one direction of an op takes.</summary>
/// <param name="Milliseconds">The median of some steps.</param>
/// <param name="Calls">The primitives that are called, each with its operands' shapes.</param>
/// <param name="Codes">The types of the calls, whose host forms run on the processor.</param>
/// <param name="Kernels">The types of the kernels that are launched on an accelerator, in that order.</param>
internal sealed record WorkCost(
    double Milliseconds, IReadOnlyList<string> Calls, IReadOnlyList<Type> Codes, IReadOnlyList<Type> Kernels)
{
    /// <summary>No call at all, as of a view.</summary>
    public static WorkCost None { get; } = new(0, [], [], []);
}

/// <summary>A node of the tape and what it takes.</summary>
/// <param name="Tape">The name of its tape.</param>
/// <param name="Node">The node, as before backward; numbers go on from one tape to the next.</param>
/// <param name="Module">The part of the model that it belongs to.</param>
/// <param name="IsParameter">Whether it is learnt.</param>
/// <param name="Forward">What computes its value.</param>
/// <param name="Backward">What sends its gradient on.</param>
internal sealed record ExplainedNode(
    string Tape, TapeNode Node, string Module, bool IsParameter, WorkCost Forward, WorkCost Backward)
{
    /// <summary>Until when its value is in memory, in words.</summary>
    public string KeptUntil => IsParameter ? "always" : Node.IsReleasedByBackward ? $"backward of %{Node.Id}" : "end of step";
}

/// <summary>Work of a step that is no op of the tape, such as the optimizer's.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="Cost">What it takes.</param>
internal sealed record OtherWork(string Name, WorkCost Cost);
