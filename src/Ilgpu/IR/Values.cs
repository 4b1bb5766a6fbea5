namespace ILGPU.IR;

/// <summary>Something that instructions can use.</summary>
internal abstract class Value(ValueKind kind)
{
    public ValueKind Kind { get; } = kind;

    /// <summary>What the source calls it, if it does.</summary>
    public string? Name { get; set; }
}

/// <summary>A number known when the kernel is compiled; floats by their bits, a pointer only null.</summary>
internal sealed class Constant : Value
{
    private Constant(ValueKind kind, long bits)
        : base(kind)
    {
        Bits = bits;
    }

    public long Bits { get; }

    public bool IsZero => Bits == 0;

    public float AsFloat => BitConverter.Int32BitsToSingle((int)Bits);

    public double AsDouble => BitConverter.Int64BitsToDouble(Bits);

    /// <summary>The number in the widest type of its kind.</summary>
    public double Number => Kind switch
    {
        ValueKind.Float32 => AsFloat,
        ValueKind.Float64 => AsDouble,
        _ => Bits,
    };

    public static Constant Of(ValueKind kind, long bits) => new(kind, kind switch
    {
        ValueKind.Bool => bits & 1,
        ValueKind.Int32 or ValueKind.Float32 => (int)bits,
        _ => bits,
    });

    public static Constant Int(int value) => new(ValueKind.Int32, value);

    public static Constant Long(long value) => new(ValueKind.Int64, value);

    public static Constant Bool(bool value) => new(ValueKind.Bool, value ? 1 : 0);

    public static Constant Float(float value) => new(ValueKind.Float32, BitConverter.SingleToInt32Bits(value));

    public static Constant Double(double value) => new(ValueKind.Float64, BitConverter.DoubleToInt64Bits(value));

    public override bool Equals(object? obj) => obj is Constant other && Kind == other.Kind && Bits == other.Bits;

    public override int GetHashCode() => HashCode.Combine(Kind, Bits);
}

/// <summary>An argument of the launch.</summary>
/// <param name="kind">Its kind in a register.</param>
/// <param name="type">Its type when it is passed; of a buffer, what it holds.</param>
internal sealed class Parameter(ValueKind kind, NumberType type) : Value(kind)
{
    public NumberType Type { get; } = type;
}

/// <summary>A value that depends on the edge on which its block is entered.</summary>
internal sealed class BlockParameter(ValueKind kind) : Value(kind);

/// <summary>One operation. Its result is a value that never changes.</summary>
internal sealed class Instruction(Operation operation, ValueKind kind, Value[] operands, object? detail = null) : Value(kind)
{
    public Operation Operation { get; } = operation;

    public Value[] Operands { get; } = operands;

    /// <summary>What the operation needs beside values: see <see cref="IR.Operation"/>.</summary>
    public object? Detail { get; } = detail;

    /// <summary>It stands in a block; not so one that was only made to see what it folds to.</summary>
    public bool IsPlaced { get; set; }

    public Value this[int operand] => Operands[operand];

    /// <summary>It does nothing but give a value, the same at every time and place where the operands are there.</summary>
    public bool IsPure => Operation is not
        (Operation.Load or Operation.LoadVector or Operation.LoadVariable or Operation.Allocate) && !HasEffect;

    /// <summary>It has to stay, and where it is, even if nobody uses its result.</summary>
    public bool HasEffect => Operation is Operation.Store or Operation.StoreVector or Operation.StoreVariable or Operation.Atomic or Operation.Barrier
        or Operation.Fence or Operation.Shuffle or Operation.Broadcast or Operation.Assembly;

    /// <summary>It may run although the program would not have run it: it is cheap and cannot fail.</summary>
    public bool IsSpeculable => IsPure && Operation is not
        (Operation.Divide or Operation.DivideUnsigned or Operation.Remainder or Operation.RemainderUnsigned);
}

/// <summary>A local variable of scalar type, while the program is read; afterwards there are only values.</summary>
internal sealed class Variable(ValueKind kind, string? name)
{
    public ValueKind Kind { get; } = kind;

    public string? Name { get; } = name;
}
