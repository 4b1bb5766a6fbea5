using FsCheck;
using FsCheck.Fluent;

namespace IlgpuVq.Tests.Ilgpu.Differential.Programs;

/// <summary>Random programs. All of them end, divide by nothing that is 0 or -1, and stay within their arrays.</summary>
internal sealed class DrawProgram
{
    private const int ExpressionDepth = 3;

    private static readonly NumberType[] Integers = [NumberType.Int, NumberType.UInt, NumberType.Long, NumberType.ULong];
    private static readonly NumberType[] All = [.. Integers, NumberType.Float, NumberType.Double];
    private static readonly long[] IntegerEdges =
        [0, 1, 2, 3, 5, 31, 32, 63, 255, 1000, -1, -2, -128, int.MaxValue, int.MinValue, uint.MaxValue, long.MinValue,
            long.MaxValue];
    private static readonly double[] RealEdges =
        [0, -0.0, 1, -1, 0.5, 2, 3, 0.1, -7.25, 1e9, -1e10, 1e-6, 1e30, double.NaN, double.PositiveInfinity,
            double.NegativeInfinity];

    private readonly NumberType[] types;
    private readonly Dictionary<(NumberType, int), Gen<Expression>> expressions = [];

    private DrawProgram(NumberType[] types)
    {
        this.types = types;
    }

    /// <summary>Programs on integers alone.</summary>
    public static Gen<Program> OfIntegers { get; } = new DrawProgram(Integers).Whole();

    /// <summary>Programs on integers and floating point.</summary>
    public static Gen<Program> OfNumbers { get; } = new DrawProgram(All).Whole();

    /// <summary>The programs that are one step smaller.</summary>
    public static IEnumerable<Program> Shrink(Program program) =>
        ShrinkList(program.Body).Select(body => new Program(body));

    private static IEnumerable<IReadOnlyList<Statement>> ShrinkList(IReadOnlyList<Statement> statements)
    {
        for (var i = 0; i < statements.Count; i++)
        {
            var (before, after) = (statements.Take(i), statements.Skip(i + 1));
            yield return [.. before, .. after];
            foreach (var smaller in ShrinkStatement(statements[i]))
            {
                yield return [.. before, .. smaller, .. after];
            }
        }
    }

    private static IEnumerable<IReadOnlyList<Statement>> ShrinkStatement(Statement statement) => statement switch
    {
        Assignment assignment => ShrinkExpression(assignment.Value)
            .Select(value => (IReadOnlyList<Statement>)[assignment with { Value = value }]),
        ElementAssignment assignment => ShrinkExpression(assignment.Value)
            .Select(value => (IReadOnlyList<Statement>)[assignment with { Value = value }]),
        Branch branch =>
        [
            branch.WhenTrue,
            branch.WhenFalse,
            .. ShrinkList(branch.WhenTrue).Select(body => (IReadOnlyList<Statement>)[branch with { WhenTrue = body }]),
            .. ShrinkList(branch.WhenFalse).Select(body => (IReadOnlyList<Statement>)[branch with { WhenFalse = body }]),
        ],
        Loop loop =>
        [
            loop.Body,
            .. ShrinkList(loop.Body).Select(body => (IReadOnlyList<Statement>)[loop with { Body = body }]),
        ],
        _ => [],
    };

    /// <summary>Parts of the same type, and expressions with one part replaced.</summary>
    private static IEnumerable<Expression> ShrinkExpression(Expression expression)
    {
        var parts = expression.Parts.Where(part => part.Type == expression.Type);
        return expression switch
        {
            Binary binary =>
            [
                .. parts,
                .. ShrinkExpression(binary.Left).Select(left => binary with { Left = left }),
                .. ShrinkExpression(binary.Right).Select(right => binary with { Right = right }),
            ],
            Unary unary => [.. parts, .. ShrinkExpression(unary.Operand).Select(operand => unary with { Operand = operand })],
            Conversion conversion =>
                ShrinkExpression(conversion.Operand).Select(operand => conversion with { Operand = operand }),
            _ => parts,
        };
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Elements(values);

    private static Gen<Expression> Widened<T>(Gen<T> generator)
        where T : Expression => generator.Select(expression => (Expression)expression);

    private Gen<Program> Whole() =>
        from count in Gen.Choose(3, 7)
        from body in Statements(count, loops: 0, nesting: 2)
        select new Program(body);

    private Gen<IReadOnlyList<Statement>> Statements(int count, int loops, int nesting) =>
        Gen.ListOf(StatementIn(loops, nesting), count).Select(list => (IReadOnlyList<Statement>)[.. list]);

    private Gen<Statement> StatementIn(int loops, int nesting)
    {
        var simple = new (int, Gen<Statement>)[]
        {
            (10, from type in OneOf(types)
                 from number in Gen.Choose(0, Program.VariablesPerType - 1)
                 from value in Of(type, ExpressionDepth)
                 select (Statement)new Assignment(new(type, number), value)),
            (2, from index in Of(NumberType.Int, 1)
                from value in Of(NumberType.Int, 2)
                select (Statement)new ElementAssignment(index, value)),
            (loops > 0 ? 2 : 0, from kind in OneOf(JumpKind.Break, JumpKind.Continue)
                                from condition in ConditionOf(1)
                                select (Statement)new Jump(kind, condition)),
            (1, from condition in ConditionOf(1) select (Statement)new Jump(JumpKind.Exit, condition)),
        };
        if (nesting == 0)
        {
            return Gen.Frequency(simple);
        }

        return Gen.Frequency(
        [
            .. simple,
            (4, from condition in ConditionOf(2)
                from whenTrue in Gen.Choose(1, 3).SelectMany(count => Statements(count, loops, nesting - 1))
                from whenFalse in Gen.Choose(0, 2).SelectMany(count => Statements(count, loops, nesting - 1))
                select (Statement)new Branch(condition, whenTrue, whenFalse)),
            (loops < Program.MaxLoopDepth ? 5 : 0, LoopIn(loops, nesting - 1)),
        ]);
    }

    private Gen<Statement> LoopIn(int loops, int nesting) => loops >= Program.MaxLoopDepth
        ? Gen.Constant<Statement>(new Loop(0, LoopForm.Up, new Literal(NumberType.Int, 0), []))
        : from form in OneOf(LoopForm.Up, LoopForm.Down, LoopForm.AtLeastOnce)
          from bound in Gen.Frequency(
              (2, Gen.Choose(0, Loop.Mask).Select(rounds => (Expression)new Literal(NumberType.Int, rounds))),
              (1, Of(NumberType.Int, 1)))
          from body in Gen.Choose(1, 3).SelectMany(count => Statements(count, loops + 1, nesting))
          select (Statement)new Loop(loops, form, bound, body);

    private Gen<Condition> ConditionOf(int depth)
    {
        var comparison =
            from type in OneOf(types)
            from relation in OneOf(Enum.GetValues<Relation>())
            from left in Of(type, 1)
            from right in Of(type, 1)
            select (Condition)new Comparison(relation, left, right);
        return depth == 0 ? comparison : Gen.Frequency(
            (4, comparison),
            (1, ConditionOf(depth - 1).Select(operand => (Condition)new Negation(operand))),
            (2, from isAnd in OneOf(true, false)
                from left in ConditionOf(depth - 1)
                from right in ConditionOf(depth - 1)
                select (Condition)new Junction(isAnd, left, right)));
    }

    /// <summary>Expressions of a type; kept, because those of a depth are built from those of the depth below.</summary>
    private Gen<Expression> Of(NumberType type, int depth)
    {
        if (!expressions.TryGetValue((type, depth), out var generator))
        {
            expressions[(type, depth)] = generator = depth == 0 ? Leaf(type) : Gen.Frequency(
            [
                (3, Leaf(type)),
                (2, Widened(from index in Of(NumberType.Int, depth - 1) select new Input(type, index))),
                (6, BinaryOf(type, depth - 1)),
                (2, UnaryOf(type, depth - 1)),
                (2, from source in OneOf(types)
                    from operand in Of(source, depth - 1)
                    select (Expression)new Conversion(type, operand)),
                (2, from condition in ConditionOf(0)
                    from whenTrue in Of(type, depth - 1)
                    from whenFalse in Of(type, depth - 1)
                    select (Expression)new Choice(condition, whenTrue, whenFalse)),
                .. Special(type, depth - 1),
            ]);
        }

        return generator;
    }

    private IEnumerable<(int, Gen<Expression>)> Special(NumberType type, int depth)
    {
        if (type == NumberType.Int)
        {
            yield return (2, Widened(Of(type, depth).Select(index => new Element(index))));
        }
        else if (type is NumberType.Float or NumberType.Double)
        {
            yield return (1,
                from left in Of(type, depth)
                from right in Of(type, depth)
                from addend in Of(type, depth)
                select (Expression)new FusedMultiplyAdd(left, right, addend));
        }
    }

    private static Gen<Expression> Leaf(NumberType type) => Gen.Frequency(
        (4, Widened(Gen.Choose(0, Program.VariablesPerType - 1).Select(number => new Variable(type, number)))),
        (2, type is NumberType.Float or NumberType.Double
            ? Widened(OneOf(RealEdges).Select(value => new Literal(type, BitConverter.DoubleToInt64Bits(value))))
            : Widened(OneOf(IntegerEdges).Select(value => new Literal(type, value)))),
        (type == NumberType.Int ? 2 : 0, Widened(Gen.Choose(0, Program.MaxLoopDepth - 1).Select(depth => new Counter(depth)))));

    private Gen<Expression> BinaryOf(NumberType type, int depth)
    {
        BinaryOperator[] common =
            [BinaryOperator.Add, BinaryOperator.Subtract, BinaryOperator.Multiply, BinaryOperator.Divide, BinaryOperator.Min,
                BinaryOperator.Max];
        var operators = type is NumberType.Float or NumberType.Double
            ? common
            :
            [
                .. common, BinaryOperator.Remainder, BinaryOperator.And, BinaryOperator.Or, BinaryOperator.Xor,
                BinaryOperator.ShiftLeft, BinaryOperator.ShiftRight,
            ];
        return
            from choice in OneOf(operators)
            from left in Of(type, depth)
            from right in Of(choice is BinaryOperator.ShiftLeft or BinaryOperator.ShiftRight ? NumberType.Int : type, depth)
            select (Expression)new Binary(choice, left, right);
    }

    private Gen<Expression> UnaryOf(NumberType type, int depth)
    {
        UnaryOperator[] operators = type switch
        {
            NumberType.Float or NumberType.Double => [UnaryOperator.Negate, UnaryOperator.Abs, UnaryOperator.Sqrt],
            NumberType.Int or NumberType.Long => [UnaryOperator.Negate, UnaryOperator.Complement],
            _ => [UnaryOperator.Complement],
        };
        return
            from choice in OneOf(operators)
            from operand in Of(type, depth)
            select (Expression)new Unary(choice, operand);
    }
}
