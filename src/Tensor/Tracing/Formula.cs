namespace IlgpuVq.Tensors.Tracing;

/// <summary>What a step of a formula computes of its arguments.</summary>
public enum FormulaStep
{
    /// <summary>a + b.</summary>
    Add,

    /// <summary>a − b.</summary>
    Subtract,

    /// <summary>a·b.</summary>
    Multiply,

    /// <summary>a / b.</summary>
    Divide,

    /// <summary>−a.</summary>
    Negate,

    /// <summary>|a|.</summary>
    Abs,

    /// <summary>The larger of a and b.</summary>
    Max,

    /// <summary>The smaller of a and b.</summary>
    Min,

    /// <summary>√a.</summary>
    Sqrt,

    /// <summary>The nearest whole number, the even one of two.</summary>
    Round,

    /// <summary>eᵃ.</summary>
    Exp,

    /// <summary>ln a.</summary>
    Log,

    /// <summary>tanh a.</summary>
    Tanh,

    /// <summary>1 / (1 + e⁻ᵃ).</summary>
    Sigmoid,

    /// <summary>The standard normal's distribution function.</summary>
    NormalDistribution,

    /// <summary>sin a.</summary>
    Sine,

    /// <summary>cos a.</summary>
    Cosine,

    /// <summary>c where a is less than b, else d.</summary>
    IfLess,

    /// <summary>c where a is greater than b, else d.</summary>
    IfGreater,

    /// <summary>c where a equals b, else d.</summary>
    IfEqual,
}

/// <summary>The formula of an element-wise function, as a value to look at.</summary>
public abstract record Formula
{
    private Formula()
    {
    }

    /// <summary>A number of an operand.</summary>
    /// <param name="Index">Which operand.</param>
    public sealed record Operand(int Index) : Formula;

    /// <summary>A constant.</summary>
    /// <param name="Value">The number.</param>
    public sealed record Number(float Value) : Formula;

    /// <summary>One step, of as many arguments as it has.</summary>
    /// <param name="Step">What is computed.</param>
    /// <param name="A">The first argument.</param>
    /// <param name="B">The second.</param>
    /// <param name="C">The third.</param>
    /// <param name="D">The fourth.</param>
    public sealed record Applied(FormulaStep Step, Formula A, Formula? B = null, Formula? C = null, Formula? D = null) : Formula;
}
