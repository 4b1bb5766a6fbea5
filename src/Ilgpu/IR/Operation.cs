namespace ILGPU.IR;

/// <summary>What an instruction does. Operands and detail are named in this order.</summary>
internal enum Operation
{
    // Arithmetic on two operands of the kind of the result; integers wrap around, shift counts are below the width.
    Add,
    Subtract,
    Multiply,
    Divide,
    DivideUnsigned,
    Remainder,
    RemainderUnsigned,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
    ShiftRightUnsigned,

    // Arithmetic on one.
    Negate,
    Not,

    /// <summary>Two operands; a <see cref="Comparison"/>.</summary>
    Compare,

    /// <summary>A condition, the value if true, the value if false.</summary>
    Select,

    /// <summary>A value; a <see cref="Conversion"/>.</summary>
    Convert,

    /// <summary>A value of the same size, whose bits are kept.</summary>
    Reinterpret,

    /// <summary>One to three values; a <see cref="MathFunction"/>.</summary>
    Math,

    /// <summary>A register of the launch; a <see cref="ThreadRegister"/>.</summary>
    Thread,

    /// <summary>A pointer and a 64-bit index; a <see cref="Step"/>.</summary>
    Address,

    /// <summary>A pointer, to be read as pointing to a <see cref="NumberType"/>.</summary>
    CastPointer,

    /// <summary>A pointer, which is a multiple of so many bytes: a power of two.</summary>
    AlignPointer,

    /// <summary>Memory of the thread or of the group; an <see cref="Allocation"/>.</summary>
    Allocate,

    /// <summary>A pointer; a <see cref="NumberType"/>.</summary>
    Load,

    /// <summary>A pointer and a value; a <see cref="NumberType"/>.</summary>
    Store,

    /// <summary>A pointer; a <see cref="VectorShape"/>.</summary>
    LoadVector,

    /// <summary>A <see cref="LoadVector"/>; the number of the element.</summary>
    VectorElement,

    /// <summary>A pointer and as many values; a <see cref="VectorShape"/>.</summary>
    StoreVector,

    /// <summary>A <see cref="Variable"/>; gone once variables are values.</summary>
    LoadVariable,

    /// <summary>A value; a <see cref="Variable"/>.</summary>
    StoreVariable,

    /// <summary>A pointer, a value and, for an exchange on condition, what is expected; an <see cref="AtomicDetail"/>.</summary>
    Atomic,

    /// <summary>All threads of the group wait for each other.</summary>
    Barrier,

    /// <summary>Orders accesses to memory; a <see cref="FenceScope"/>.</summary>
    Fence,

    /// <summary>A value and the number of the lane of the warp that gives it to this thread.</summary>
    Shuffle,

    /// <summary>A value and the number of the thread of the group that gives it to all.</summary>
    Broadcast,

    /// <summary>What is read; an <see cref="AssemblyDetail"/>.</summary>
    Assembly,

    /// <summary>An <see cref="Assembly"/>; the number of the argument that it wrote.</summary>
    AssemblyResult,

    /// <summary>A pointer, to be read as a number: the address in its own memory.</summary>
    AddressNumber,
}

internal enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,

    // Of integers without sign.
    Below,
    BelowOrEqual,
    Above,
    AboveOrEqual,
}

/// <summary>
/// A change of type as the operators of C# have it: integers are cut off or extended by the sign of <paramref name="To"/>, floats
/// become the nearest integer towards zero that exists, NaN becomes zero.
/// </summary>
/// <param name="To">What the value becomes.</param>
/// <param name="FromUnsigned">An integer that becomes a float has no sign.</param>
internal readonly record struct Conversion(NumberType To, bool FromUnsigned = false);

/// <summary>A step from a pointer: index · <paramref name="Scale"/> + <paramref name="Offset"/> bytes.</summary>
internal readonly record struct Step(long Scale, long Offset);

/// <summary>Neighbours in memory that are accessed at once.</summary>
internal readonly record struct VectorShape(NumberType Element, int Count);

/// <summary>Memory that a kernel asks for.</summary>
/// <param name="Space">Shared or private.</param>
/// <param name="Element">What is mostly stored there.</param>
/// <param name="Bytes">Its size; -1 for the memory that the launch brings.</param>
internal sealed record Allocation(AddressSpace Space, NumberType Element, long Bytes);

internal enum AtomicOperation
{
    Add,
    Exchange,
    CompareExchange,
    Min,
    Max,
    And,
    Or,
    Xor,
}

internal readonly record struct AtomicDetail(AtomicOperation Operation, NumberType Type);

/// <summary>Instructions in the language of the device.</summary>
/// <param name="Text">With <c>%n</c> for the arguments.</param>
/// <param name="Arguments">What the instruction does with each of them; those that it reads are the operands, in order.</param>
internal sealed record AssemblyDetail(string Text, IReadOnlyList<AssemblyArgument> Arguments)
{
    public override string ToString() => $"\"{Text}\"";
}

/// <summary>An argument of instructions in the language of the device.</summary>
/// <param name="Kind">The kind of its register.</param>
/// <param name="Type">Its type in the source.</param>
/// <param name="IsRead">It has a value before.</param>
/// <param name="IsWritten">It is given a value.</param>
internal readonly record struct AssemblyArgument(ValueKind Kind, NumberType Type, bool IsRead, bool IsWritten);

internal enum FenceScope
{
    Group,
    Device,
}

/// <summary>What a thread knows of its place. Axis X is 0.</summary>
internal enum ThreadRegister
{
    GlobalIndexX,
    GlobalIndexY,
    GlobalIndexZ,
    GroupIndexX,
    GroupIndexY,
    GroupIndexZ,
    GroupDimensionX,
    GroupDimensionY,
    GroupDimensionZ,
    GridIndexX,
    GridIndexY,
    GridIndexZ,
    GridDimensionX,
    GridDimensionY,
    GridDimensionZ,
    GroupLinearIndex,

    /// <summary>The size of the shared memory that the launch brings, in bytes.</summary>
    DynamicSharedBytes,
}

/// <summary>Functions of numbers that devices bring along.</summary>
internal enum MathFunction
{
    Abs,
    Sqrt,
    ReciprocalSqrt,
    Exp,
    Exp2,
    Log,
    Log2,
    Log10,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Asinh,
    Acosh,
    Atanh,
    Cbrt,
    Floor,
    Ceiling,
    Truncate,

    /// <summary>To the nearest, halves to even.</summary>
    Round,

    /// <summary>To the nearest, halves away from zero.</summary>
    RoundAway,
    Pow,
    Atan2,
    IEEERemainder,
    CopySign,
    FusedMultiplyAdd,

    // Of floats as IEEE 754-2019 has them: NaN if one is NaN, and -0 below +0.
    Min,
    Max,
    MinUnsigned,
    MaxUnsigned,
    PopCount,
    LeadingZeroCount,
    TrailingZeroCount,

    /// <summary>The upper half of the product.</summary>
    MultiplyHigh,
    MultiplyHighUnsigned,

    // 16-bit floating-point numbers are kept as their bits.
    HalfToFloat,
    FloatToHalf,
    DoubleToHalf,
}
