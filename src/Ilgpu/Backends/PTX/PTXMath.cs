using ILGPU.IR;

namespace ILGPU.Backends.PTX;

/// <summary>Functions of numbers that devices have; all others are C# that the frontend puts in place.</summary>
internal sealed class PTXMath(PTXEmitter emitter, PTXTarget target)
{
    /// <summary>log₂ e.</summary>
    private static readonly Constant Log2OfE = Constant.Float(1.44269504f);

    /// <summary>ln 2.</summary>
    private static readonly Constant LogOf2 = Constant.Float(0.693147181f);

    public void Write(MathFunction function, Instruction instruction)
    {
        var (result, x) = (emitter.NameOf(instruction), emitter.Register(instruction[0]));
        var kind = instruction[0].Kind;
        var (signed, unsigned, isFloat) = (PTXText.Signed(kind), PTXText.Unsigned(kind), ValueKinds.IsFloat(kind));
        string Second() => emitter.Operand(instruction[1]);
        switch (function)
        {
            case MathFunction.Abs:
                emitter.Emit($"abs.{signed}", result, x);
                break;
            case MathFunction.Min or MathFunction.Max when isFloat:
                MinMax(function == MathFunction.Min ? "min" : "max", signed, result, x, emitter.Register(instruction[1]));
                break;
            case MathFunction.Min or MathFunction.Max:
                emitter.Emit($"{(function == MathFunction.Min ? "min" : "max")}.{signed}", result, x, Second());
                break;
            case MathFunction.MinUnsigned or MathFunction.MaxUnsigned:
                emitter.Emit($"{(function == MathFunction.MinUnsigned ? "min" : "max")}.{unsigned}", result, x, Second());
                break;
            case MathFunction.MultiplyHigh:
                emitter.Emit($"mul.hi.{signed}", result, x, Second());
                break;
            case MathFunction.MultiplyHighUnsigned:
                emitter.Emit($"mul.hi.{unsigned}", result, x, Second());
                break;
            case MathFunction.FusedMultiplyAdd:
                emitter.Emit($"fma.rn.{signed}", result, x, emitter.Register(instruction[1]), emitter.Register(instruction[2]));
                break;
            case MathFunction.CopySign:
                // The sign comes first.
                emitter.Emit($"copysign.{signed}", result, emitter.Register(instruction[1]), x);
                break;
            case MathFunction.Sqrt:
                emitter.Emit($"sqrt.{(target.FastMath && kind == ValueKind.Float32 ? "approx" : "rn")}.{signed}", result, x);
                break;
            case MathFunction.Floor or MathFunction.Ceiling or MathFunction.Truncate or MathFunction.Round:
                emitter.Emit($"cvt.{RoundingOf(function)}.{signed}.{signed}", result, x);
                break;
            case MathFunction.PopCount:
                emitter.Emit($"popc.{PTXText.Bits(kind)}", result, x);
                break;
            case MathFunction.LeadingZeroCount:
                emitter.Emit($"clz.{PTXText.Bits(kind)}", result, x);
                break;
            case MathFunction.TrailingZeroCount:
                var reversed = emitter.FreshLike(instruction[0]);
                emitter.Emit($"brev.{PTXText.Bits(kind)}", reversed, x);
                emitter.Emit($"clz.{PTXText.Bits(kind)}", result, reversed);
                break;
            case MathFunction.HalfToFloat:
                var half = emitter.Registers.Bits16();
                emitter.Emit("cvt.u16.u32", half, x);
                emitter.Emit("cvt.f32.f16", result, half);
                break;
            case MathFunction.FloatToHalf or MathFunction.DoubleToHalf:
                var rounded = emitter.Registers.Bits16();
                emitter.Emit($"cvt.rn.f16.{signed}", rounded, x);
                emitter.Emit("cvt.u32.u16", result, rounded);
                break;
            default:
                Approximate(function, kind, result, x);
                break;
        }
    }

    private static string RoundingOf(MathFunction function) => function switch
    {
        MathFunction.Floor => "rmi",
        MathFunction.Ceiling => "rpi",
        MathFunction.Truncate => "rzi",
        _ => "rni",
    };

    /// <summary>NaN if one is NaN, and -0 below +0, as devices have it too.</summary>
    private void MinMax(string function, string type, string result, string x, string y)
    {
        if (type == "f32" && target.IsAtLeast(8, 0))
        {
            emitter.Emit($"{function}.NaN.{type}", result, x, y);
            return;
        }

        var (sum, areNumbers) = (type == "f32" ? emitter.Registers.Of(ValueKind.Float32) : emitter.Registers.Of(ValueKind.Float64),
            emitter.Registers.Predicate());
        emitter.Emit($"add.rn.{type}", sum, x, y);
        emitter.Emit($"setp.num.{type}", areNumbers, x, y);
        emitter.Emit($"{function}.{type}", result, x, y);
        emitter.Emit($"selp.{type}", result, result, sum, areNumbers);
    }

    /// <summary>Fast math: the device's own functions.</summary>
    private void Approximate(MathFunction function, ValueKind kind, string result, string x)
    {
        if (!target.FastMath || kind != ValueKind.Float32)
        {
            throw new InternalCompilerException($"PTX: expected a function that devices have; got {function} of {kind}.");
        }

        switch (function)
        {
            case MathFunction.Exp:
                emitter.Emit("mul.f32", result, x, PTXText.Constant(Log2OfE));
                emitter.Emit("ex2.approx.f32", result, result);
                break;
            case MathFunction.Log:
                emitter.Emit("lg2.approx.f32", result, x);
                emitter.Emit("mul.f32", result, result, PTXText.Constant(LogOf2));
                break;
            default:
                emitter.Emit(
                    function switch
                    {
                        MathFunction.Exp2 => "ex2.approx.f32",
                        MathFunction.Log2 => "lg2.approx.f32",
                        MathFunction.Sin => "sin.approx.f32",
                        MathFunction.Cos => "cos.approx.f32",
                        MathFunction.Tanh => "tanh.approx.f32",
                        MathFunction.ReciprocalSqrt => "rsqrt.approx.f32",
                        _ => throw new InternalCompilerException($"PTX: expected a function that devices have; got {function}."),
                    },
                    result,
                    x);
                break;
        }
    }
}
