using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;
using Approximation = IlgpuVq.Tests.Ptx.Decoding.FloatApproximations;
using Directed = IlgpuVq.Tests.Ptx.Decoding.DirectedRounding;
using Op = IlgpuVq.Tests.Ptx.Decoding.FloatOperators;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Arithmetic of floats.</summary>
internal static class FloatInstructions
{
    private static readonly string[] Roundings = ["rn", "rz", "rm", "rp"];

    public static IEnumerable<(string Opcode, Decoder Decode)> All =>
    [
        ("fma", FusedMultiplyAdd),
        ("rcp", Reciprocal),
        ("sqrt", Sqrt),
        ("rsqrt", ReciprocalSqrt),
        ("sin", Approximate<Approximation.Sin>),
        ("cos", Approximate<Approximation.Cos>),
        ("lg2", Approximate<Approximation.Log2>),
        ("ex2", Approximate<Approximation.Exp2>),
        ("tanh", Tanh),
        ("copysign", reader => FloatSteps.Binary<Op.CopySign>(reader, reader.ExpectType("f32", "f64"))),
        ("testp", TestProperty),
    ];

    public static Step Add(InstructionReader reader) => Sum<
        Op.Add, Directed.Sum<TowardZero>, Directed.Sum<Downward>, Directed.Sum<Upward>>(reader);

    public static Step Subtract(InstructionReader reader) => Sum<
        Op.Subtract, Directed.Difference<TowardZero>, Directed.Difference<Downward>, Directed.Difference<Upward>>(reader);

    public static Step Multiply(InstructionReader reader) => Sum<
        Op.Multiply, Directed.Product<TowardZero>, Directed.Product<Downward>, Directed.Product<Upward>>(reader);

    public static Step FusedMultiplyAdd(InstructionReader reader)
    {
        var rounding = reader.Expect(Roundings);
        var (flushes, saturates, type) = Modes(reader, rounding);
        return rounding switch
        {
            "rn" => FloatSteps.Ternary<Op.FusedMultiplyAdd>(reader, type, flushes, saturates),
            "rz" => FloatSteps.Ternary<Directed.Fused<TowardZero>>(reader, type, flushes, saturates),
            "rm" => FloatSteps.Ternary<Directed.Fused<Downward>>(reader, type, flushes, saturates),
            _ => FloatSteps.Ternary<Directed.Fused<Upward>>(reader, type, flushes, saturates),
        };
    }

    public static Step Divide(InstructionReader reader)
    {
        var kind = reader.Expect(["approx", "full", .. Roundings]);
        var flushes = reader.Take("ftz");
        var type = reader.ExpectType(flushes || kind is "approx" or "full" ? ["f32"] : ["f32", "f64"]);
        CheckDirected(reader, kind, type);
        return kind switch
        {
            "approx" => FloatSteps.Binary<Op.DivideApproximately>(reader, type, flushes),
            "full" or "rn" => FloatSteps.Binary<Op.Divide>(reader, type, flushes),
            "rz" => FloatSteps.Binary<Directed.Quotient<TowardZero>>(reader, type, flushes),
            "rm" => FloatSteps.Binary<Directed.Quotient<Downward>>(reader, type, flushes),
            _ => FloatSteps.Binary<Directed.Quotient<Upward>>(reader, type, flushes),
        };
    }

    public static Step Negate(InstructionReader reader) => Sign<Op.Negate>(reader);

    public static Step Abs(InstructionReader reader) => Sign<Op.Abs>(reader);

    public static Step Min(InstructionReader reader) => Extreme<Op.MinNumber, Op.MinNaN>(reader);

    public static Step Max(InstructionReader reader) => Extreme<Op.MaxNumber, Op.MaxNaN>(reader);

    /// <summary>Two operands, and a rounding that may be left out.</summary>
    private static Step Sum<TNearest, TZero, TDown, TUp>(InstructionReader reader)
        where TNearest : struct, IFloatBinary
        where TZero : struct, IFloatBinary
        where TDown : struct, IFloatBinary
        where TUp : struct, IFloatBinary
    {
        var rounding = reader.TakeAny(Roundings) ?? "rn";
        var (flushes, saturates, type) = Modes(reader, rounding);
        return rounding switch
        {
            "rn" => FloatSteps.Binary<TNearest>(reader, type, flushes, saturates),
            "rz" => FloatSteps.Binary<TZero>(reader, type, flushes, saturates),
            "rm" => FloatSteps.Binary<TDown>(reader, type, flushes, saturates),
            _ => FloatSteps.Binary<TUp>(reader, type, flushes, saturates),
        };
    }

    private static (bool Flushes, bool Saturates, PtxType Type) Modes(InstructionReader reader, string rounding)
    {
        var (flushes, saturates) = (reader.Take("ftz"), reader.Take("sat"));
        var type = reader.ExpectType(flushes || saturates ? ["f32"] : ["f16", "f32", "f64"]);
        CheckDirected(reader, rounding, type);
        if (type.Name == "f16")
        {
            reader.Require(4, 2, 53);
        }

        return (flushes, saturates, type);
    }

    private static void CheckDirected(InstructionReader reader, string rounding, PtxType type)
    {
        if (rounding is "rz" or "rm" or "rp" && type.Name != "f32")
        {
            throw reader.Error($"rounding .{rounding} of {type} is not interpreted");
        }
    }

    private static Step Sign<TOperator>(InstructionReader reader)
        where TOperator : struct, IFloatUnary
    {
        var flushes = reader.Take("ftz");
        var type = reader.ExpectType(flushes ? ["f32"] : ["f16", "f32", "f64"]);
        if (type.Name == "f16")
        {
            reader.Require(6, 0, 53);
        }

        return FloatSteps.Unary<TOperator>(reader, type, flushes);
    }

    private static Step Extreme<TNumber, TNaN>(InstructionReader reader)
        where TNumber : struct, IFloatBinary
        where TNaN : struct, IFloatBinary
    {
        var (flushes, keepsNaN) = (reader.Take("ftz"), reader.Take("NaN"));
        var type = reader.ExpectType(flushes || keepsNaN ? ["f32"] : ["f32", "f64"]);
        if (keepsNaN)
        {
            reader.Require(7, 0, 80);
        }

        return keepsNaN ? FloatSteps.Binary<TNaN>(reader, type, flushes) : FloatSteps.Binary<TNumber>(reader, type, flushes);
    }

    private static Step Reciprocal(InstructionReader reader)
    {
        var kind = reader.Expect(["approx", .. Roundings]);
        var flushes = reader.Take("ftz");
        var type = reader.ExpectType(flushes || kind == "approx" ? ["f32"] : ["f32", "f64"]);
        CheckDirected(reader, kind, type);
        return kind switch
        {
            "approx" or "rn" => FloatSteps.Unary<Op.Reciprocal>(reader, type, flushes),
            "rz" => FloatSteps.Unary<Op.ReciprocalDirected<TowardZero>>(reader, type, flushes),
            "rm" => FloatSteps.Unary<Op.ReciprocalDirected<Downward>>(reader, type, flushes),
            _ => FloatSteps.Unary<Op.ReciprocalDirected<Upward>>(reader, type, flushes),
        };
    }

    private static Step Sqrt(InstructionReader reader)
    {
        var kind = reader.Expect(["approx", .. Roundings]);
        var flushes = reader.Take("ftz");
        var type = reader.ExpectType(flushes || kind == "approx" ? ["f32"] : ["f32", "f64"]);
        CheckDirected(reader, kind, type);
        return kind switch
        {
            "approx" or "rn" => FloatSteps.Unary<Op.Sqrt>(reader, type, flushes),
            "rz" => FloatSteps.Unary<Directed.Root<TowardZero>>(reader, type, flushes),
            "rm" => FloatSteps.Unary<Directed.Root<Downward>>(reader, type, flushes),
            _ => FloatSteps.Unary<Directed.Root<Upward>>(reader, type, flushes),
        };
    }

    private static Step ReciprocalSqrt(InstructionReader reader)
    {
        reader.Expect("approx");
        var flushes = reader.Take("ftz");
        return FloatSteps.Unary<Approximation.ReciprocalSqrt>(
            reader, reader.ExpectType(flushes ? ["f32"] : ["f32", "f64"]), flushes);
    }

    private static Step Approximate<TOperator>(InstructionReader reader)
        where TOperator : struct, IFloatUnary
    {
        reader.Expect("approx");
        var flushes = reader.Take("ftz");
        return FloatSteps.Unary<TOperator>(reader, reader.ExpectType("f32"), flushes);
    }

    private static Step Tanh(InstructionReader reader)
    {
        reader.Expect("approx");
        reader.Require(7, 0, 75);
        return FloatSteps.Unary<Approximation.Tanh>(reader, reader.ExpectType("f32"));
    }

    private static unsafe Step TestProperty(InstructionReader reader)
    {
        var property = reader.Expect("finite", "infinite", "number", "notanumber", "normal", "subnormal");
        var type = reader.ExpectType("f32", "f64");
        reader.EndModifiers();
        var (p, a) = (reader.Destination(PtxType.Pred), reader.Source(type));
        return new LaneStep((warp, lane) =>
        {
            var x = type.Bytes == 4 ? warp.Register<float>(a)[lane] : warp.Register<double>(a)[lane];
            var isSubnormal = type.Bytes == 4 ? float.IsSubnormal((float)x) : double.IsSubnormal(x);
            var holds = property switch
            {
                "finite" => double.IsFinite(x),
                "infinite" => double.IsInfinity(x),
                "number" => !double.IsNaN(x),
                "notanumber" => double.IsNaN(x),
                "subnormal" => isSubnormal,
                _ => double.IsFinite(x) && x != 0 && !isSubnormal,
            };
            warp.SetPredicate(p, lane, holds);
        });
    }
}
