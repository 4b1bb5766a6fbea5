using FsCheck;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>All that the laws need to know of one op, or of one variant of it.</summary>
internal sealed record OpRow
{
    /// <param name="name">The row's own name, as the tests show it.</param>
    /// <param name="op">The class whose Apply it calls.</param>
    /// <param name="cases">Random cases of a scale.</param>
    public OpRow(string name, Type op, Func<Scale, Gen<OpCase>> cases) => (Name, Op, Cases) = (name, op, cases);

    public string Name { get; }

    public Type Op { get; }

    public Func<Scale, Gen<OpCase>> Cases { get; init; }

    /// <summary>What the tape calls the op; null for a composition, which is recorded as the ops it is made of.</summary>
    public required string? TapeName { get; init; }

    public required Tolerance Forward { get; init; }

    public required Tolerance Backward { get; init; }

    /// <summary>For gradients of larger tensors; <see cref="Backward"/> unless they sum many more terms.</summary>
    public Tolerance BackwardOfLarger
    {
        get => field ?? Backward;
        init;
    }

    /// <summary>The op has points without a derivative; its cases say how near they are.</summary>
    public bool HasKinks { get; init; }

    /// <summary>Groups of inputs in which, together, the op is linear while others are fixed; null for none.</summary>
    public Func<OpCase, int[][]>? LinearIn { get; init; }

    /// <summary>How many inputs, from the first, have a documented way for NaN and infinities.</summary>
    public int InputsWithSpecialNumbers { get; init; } = int.MaxValue;

    /// <summary>False where every axis must have an element.</summary>
    public bool AllowsEmptyAxes { get; init; } = true;

    public IReadOnlyList<BadInput> BadInputs { get; init; } = [];
}

/// <summary>Inputs that the op must refuse before it allocates anything.</summary>
/// <param name="Message">The exact text of the error.</param>
/// <param name="Inputs">Shapes of the variables.</param>
/// <param name="Op">The call.</param>
internal sealed record BadInput(string Message, Shape[] Inputs, Func<OpInputs, Variable> Op);
