using ILGPU.IR;

namespace ILGPU.Backends.PTX;

/// <summary>Changes of type, as the operators of C# have them.</summary>
internal static class PTXConversions
{
    public static void Write(PTXEmitter emitter, Conversion conversion, Instruction instruction)
    {
        var (value, to, result) = (instruction[0], conversion.To, emitter.NameOf(instruction));
        if (value.Kind == ValueKind.Bool)
        {
            var (one, zero) = ValueKinds.IsFloat(to)
                ? (to == NumberType.Float32 ? (Constant.Float(1), Constant.Float(0)) : (Constant.Double(1), Constant.Double(0)))
                : (Constant.Int(1), Constant.Int(0));
            emitter.Emit(
                $"selp.{PTXText.Bits(instruction.Kind)}", result, PTXText.Constant(one), PTXText.Constant(zero), emitter.Register(value));
        }
        else if (ValueKinds.IsFloat(to))
        {
            ToFloat(emitter, conversion, value, result);
        }
        else if (ValueKinds.IsFloat(value.Kind))
        {
            FromFloat(emitter, to, value, result);
        }
        else
        {
            BetweenIntegers(emitter, to, value, result);
        }
    }

    private static void ToFloat(PTXEmitter emitter, Conversion conversion, Value value, string result)
    {
        var to = PTXText.TypeOf(conversion.To);
        var source = emitter.Register(value);
        if (!ValueKinds.IsFloat(value.Kind))
        {
            var from = conversion.FromUnsigned ? PTXText.Unsigned(value.Kind) : PTXText.Signed(value.Kind);
            emitter.Emit($"cvt.rn.{to}.{from}", result, source);
        }
        else if (value.Kind == ValueKinds.KindOf(conversion.To))
        {
            emitter.Emit($"mov.{to}", result, source);
        }
        else
        {
            emitter.Emit(conversion.To == NumberType.Float64 ? "cvt.f64.f32" : "cvt.rn.f32.f64", result, source);
        }
    }

    /// <summary>What does not fit becomes the nearest that does, NaN becomes zero; small types are cut from 32 bits.</summary>
    private static void FromFloat(PTXEmitter emitter, NumberType to, Value value, string result)
    {
        var wide = ValueKinds.SizeOf(to) < 4 ? NumberType.Int32 : to;
        var (from, source) = (PTXText.Signed(value.Kind), emitter.Register(value));
        emitter.Emit($"cvt.rzi.{PTXText.TypeOf(wide)}.{from}", result, source);
        if (value.Kind == ValueKind.Float64 || ValueKinds.SizeOf(wide) == 8)
        {
            // With 64 bits on either side, devices make another number of NaN.
            var isNumber = emitter.Registers.Predicate();
            emitter.Emit($"setp.num.{from}", isNumber, source, source);
            emitter.Emit(ValueKinds.SizeOf(wide) == 8 ? "selp.b64" : "selp.b32", result, result, "0", isNumber);
        }

        if (wide != to)
        {
            Cut(emitter, to, result, result);
        }
    }

    private static void BetweenIntegers(PTXEmitter emitter, NumberType to, Value value, string result)
    {
        var source = emitter.Register(value);
        switch (ValueKinds.SizeOf(to), value.Kind)
        {
            case (8, ValueKind.Int32):
                emitter.Emit(to == NumberType.UInt64 ? "cvt.u64.u32" : "cvt.s64.s32", result, source);
                break;
            case (8, _):
                emitter.Emit("mov.b64", result, source);
                break;
            case (4, ValueKind.Int64):
                emitter.Emit("cvt.u32.u64", result, source);
                break;
            case (4, _):
                emitter.Emit("mov.b32", result, source);
                break;
            case (_, ValueKind.Int64):
                emitter.Emit("cvt.u32.u64", result, source);
                Cut(emitter, to, result, result);
                break;
            default:
                Cut(emitter, to, result, source);
                break;
        }
    }

    /// <summary>The low bits of a 32-bit number, extended again by the sign of the type.</summary>
    private static void Cut(PTXEmitter emitter, NumberType to, string result, string source)
    {
        var type = PTXText.TypeOf(to);
        emitter.Emit($"cvt.{type[0]}32.{type}", result, source);
    }
}
