using IlgpuVq.Tests.Properties;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>How large the tensors of a random case are, and where the numbers that make them so are written down.</summary>
internal sealed class Scale
{
    private readonly int step;

    private Scale(int step, Choices choices) => (this.step, Choices) = (step, choices);

    /// <summary>A few elements per axis, sometimes one, sometimes none: references can differentiate each element.</summary>
    public static Scale Small { get; } = new(0, Choices.Unwritten);

    /// <summary>Whole vectors and register tiles, and what is left at their ends: references can be computed.</summary>
    public static Scale Medium { get; } = new(1, Choices.Unwritten);

    /// <summary>Enough elements that a host device splits the work over its threads. Never compared to a reference.</summary>
    public static Scale Large { get; } = new(2, Choices.Unwritten);

    public Choices Choices { get; }

    public bool IsLarge => step == Large.step;

    public Scale With(Choices choices) => new(step, choices);

    public T Of<T>(T small, T medium, T large) => step switch { 0 => small, 1 => medium, _ => large };
}
