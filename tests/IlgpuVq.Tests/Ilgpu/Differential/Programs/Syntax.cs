using System.Globalization;

namespace IlgpuVq.Tests.Ilgpu.Differential.Programs;

/// <summary>The types that drawn programs compute in.</summary>
internal enum NumberType
{
    Int,
    UInt,
    Long,
    ULong,
    Float,
    Double,
}

/// <summary>An expression of a known type; its text is C#.</summary>
internal abstract record Expression(NumberType Type)
{
    /// <summary>The expressions inside, for shrinking.</summary>
    public virtual IEnumerable<Expression> Parts => [];
}

/// <param name="Type">The type.</param>
/// <param name="Bits">The value: integers extended to 64 bits, floating point as the bits of a double.</param>
internal sealed record Literal(NumberType Type, long Bits) : Expression(Type)
{
    public double Real => BitConverter.Int64BitsToDouble(Bits);

    public override string ToString() => Type switch
    {
        NumberType.Int => string.Create(CultureInfo.InvariantCulture, $"{(int)Bits}"),
        NumberType.UInt => string.Create(CultureInfo.InvariantCulture, $"{(uint)Bits}u"),
        NumberType.Long => string.Create(CultureInfo.InvariantCulture, $"{Bits}L"),
        NumberType.ULong => string.Create(CultureInfo.InvariantCulture, $"{(ulong)Bits}ul"),
        NumberType.Float => string.Create(CultureInfo.InvariantCulture, $"{(float)Real:R}f"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Real:R}d"),
    };
}

/// <summary>A local variable: <paramref name="Number"/> counts those of its type.</summary>
internal sealed record Variable(NumberType Type, int Number) : Expression(Type)
{
    public override string ToString() => $"{Type.ToString().ToLowerInvariant()}{Number}";
}

/// <summary>The counter of the loop at some depth.</summary>
internal sealed record Counter(int Depth) : Expression(NumberType.Int)
{
    public override string ToString() => $"k{Depth}";
}

/// <summary>An element of the input of a type, at an index that is masked.</summary>
internal sealed record Input(NumberType Type, Expression Index) : Expression(Type)
{
    /// <summary>The inputs have one element more.</summary>
    public const int Mask = 63;

    public override IEnumerable<Expression> Parts => [Index];

    public override string ToString() => $"x{Type}[{Index} & {Mask}]";
}

/// <summary>An element of the local array, at an index that is masked.</summary>
internal sealed record Element(Expression Index) : Expression(NumberType.Int)
{
    /// <summary>The array has one element more.</summary>
    public const int Mask = 3;

    public override IEnumerable<Expression> Parts => [Index];

    public override string ToString() => $"memory[{Index} & {Mask}]";
}

internal enum UnaryOperator
{
    Negate,
    Complement,
    Abs,
    Sqrt,
}

internal sealed record Unary(UnaryOperator Operator, Expression Operand) : Expression(Operand.Type)
{
    public override IEnumerable<Expression> Parts => [Operand];

    public override string ToString() => Operator switch
    {
        UnaryOperator.Negate => $"-({Operand})",
        UnaryOperator.Complement => $"~({Operand})",
        _ => $"Math.{Operator}({Operand})",
    };
}

internal enum BinaryOperator
{
    Add,
    Subtract,
    Multiply,

    /// <summary>Of integers: by a divisor that is neither 0 nor -1.</summary>
    Divide,

    /// <inheritdoc cref="Divide"/>
    Remainder,
    And,
    Or,
    Xor,

    /// <summary>By a count that is an int, and masked.</summary>
    ShiftLeft,

    /// <inheritdoc cref="ShiftLeft"/>
    ShiftRight,

    /// <summary>Of floating point: of operands whose zeros are made positive. See <see cref="ProgramEmitter"/>.</summary>
    Min,

    /// <inheritdoc cref="Min"/>
    Max,
}

internal sealed record Binary(BinaryOperator Operator, Expression Left, Expression Right) : Expression(Left.Type)
{
    public override IEnumerable<Expression> Parts => [Left, Right];

    private bool IsIntegral => Type is not (NumberType.Float or NumberType.Double);

    public override string ToString() => Operator switch
    {
        BinaryOperator.Divide when IsIntegral => $"({Left} / (({Right} & 255) + 1))",
        BinaryOperator.Remainder when IsIntegral => $"({Left} % (({Right} & 255) + 1))",
        BinaryOperator.Min or BinaryOperator.Max when !IsIntegral => $"Math.{Operator}({Left} + 0, {Right} + 0)",
        BinaryOperator.Min or BinaryOperator.Max => $"Math.{Operator}({Left}, {Right})",
        _ => $"({Left} {Sign} {Right})",
    };

    private string Sign => Operator switch
    {
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.Remainder => "%",
        BinaryOperator.And => "&",
        BinaryOperator.Or => "|",
        BinaryOperator.Xor => "^",
        BinaryOperator.ShiftLeft => "<<",
        _ => ">>",
    };
}

internal sealed record FusedMultiplyAdd(Expression Left, Expression Right, Expression Addend) : Expression(Left.Type)
{
    public override IEnumerable<Expression> Parts => [Left, Right, Addend];

    public override string ToString() => $"Math.FusedMultiplyAdd({Left}, {Right}, {Addend})";
}

internal sealed record Conversion(NumberType Type, Expression Operand) : Expression(Type)
{
    public override IEnumerable<Expression> Parts => [Operand];

    public override string ToString() => $"({Type.ToString().ToLowerInvariant()})({Operand})";
}

internal sealed record Choice(Condition Condition, Expression WhenTrue, Expression WhenFalse) : Expression(WhenTrue.Type)
{
    public override IEnumerable<Expression> Parts => [WhenTrue, WhenFalse];

    public override string ToString() => $"({Condition} ? {WhenTrue} : {WhenFalse})";
}

/// <summary>What is true or false.</summary>
internal abstract record Condition;

internal enum Relation
{
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

internal sealed record Comparison(Relation Relation, Expression Left, Expression Right) : Condition
{
    public override string ToString() => $"{Left} {Sign} {Right}";

    private string Sign => Relation switch
    {
        Relation.Less => "<",
        Relation.LessOrEqual => "<=",
        Relation.Greater => ">",
        Relation.GreaterOrEqual => ">=",
        Relation.Equal => "==",
        _ => "!=",
    };
}

internal sealed record Negation(Condition Operand) : Condition
{
    public override string ToString() => $"!({Operand})";
}

/// <summary>Both, or one of two; the right one is not looked at where the left one decides.</summary>
internal sealed record Junction(bool IsAnd, Condition Left, Condition Right) : Condition
{
    public override string ToString() => $"({Left} {(IsAnd ? "&&" : "||")} {Right})";
}
