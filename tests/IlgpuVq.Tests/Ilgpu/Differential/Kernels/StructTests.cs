using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Structures as locals, arguments and results.</summary>
public sealed class StructTests(DifferentialDevices devices) : KernelTests<StructTests>(devices), IKernelSet
{
    private interface IAnswering
    {
        int Answer(int value);
    }

    public static void AddTo(KernelSet kernels)
    {
        AddLocals(kernels);
        AddCopies(kernels);
        AddTuples(kernels);
    }

    private static void AddLocals(KernelSet kernels)
    {
        kernels.Unary<int, int>("fields set one by one", (i, x, y) =>
        {
            Mutable point;
            point.X = x[i];
            point.Y = x[i] >> 3;
            point.X += point.Y;
            y[i] = (point.X * 3) ^ point.Y;
        });
        kernels.Unary<int, int>("default and object initializers", (i, x, y) =>
        {
            var zero = default(Mutable);
            var point = new Mutable { Y = x[i] };
            y[i] = zero.X + zero.Y + (point.X * 100) + point.Y;
        });
        kernels.Unary<int, int>("a constructor with computed fields", (i, x, y) =>
        {
            var interval = new Interval(x[i], 17);
            y[i] = interval.Length + (interval.Contains(5) ? 1 : 0);
        });
        kernels.Unary<int, int>("nested structures", (i, x, y) =>
        {
            var box = new Box { Low = { X = x[i], Y = 2 }, High = new() { X = 9, Y = x[i] } };
            box.Low.Y += box.High.X;
            box.High.Y *= 3;
            y[i] = box.Low.X + (box.Low.Y * 10) + (box.High.X * 100) + box.High.Y;
        });
        kernels.Unary<int, int>("a structure chosen by a ternary", (i, x, y) =>
        {
            var left = new Mutable { X = 1, Y = x[i] };
            var right = new Mutable { X = x[i], Y = 2 };
            var chosen = x[i] > 0 ? left : right;
            y[i] = (chosen.X * 31) + chosen.Y;
        });
        kernels.Unary<int, int>("a structure carried through a loop", (i, x, y) =>
        {
            var point = new Mutable { X = 1, Y = x[i] & 7 };
            for (var k = 0; k < point.Y; k++)
            {
                point = new() { X = point.X + (k * point.Y), Y = point.Y };
            }

            y[i] = point.X;
        });
        kernels.Unary<int, int>("a structure that only one branch changes", (i, x, y) =>
        {
            var point = new Mutable { X = x[i], Y = 5 };
            if (x[i] > 0)
            {
                point.Y = x[i];
            }
            else
            {
                point = default;
            }

            y[i] = (point.X * 31) + point.Y;
        });
        kernels.Unary<int, int>("this is assigned to", (i, x, y) =>
        {
            var point = new Mutable { X = x[i], Y = 5 };
            point.Reset(x[i] > 0);
            y[i] = (point.X * 31) + point.Y;
        });
        kernels.Unary<int, int>("a readonly static structure", (i, x, y) =>
            y[i] = Interval.Unit.Length + Interval.Unit.Start + x[i]);
        kernels.Unary<int, int>("a structure of one field is that field", (i, x, y) =>
        {
            var wrapped = new Wrapper<Wrapper<int>>(new(x[i]));
            y[i] = wrapped.Value.Value + new Wrapper<byte>((byte)x[i]).Value;
        });
        kernels.Unary<int, int>("an empty structure", (i, x, y) =>
        {
            var (first, second) = (new Empty(), default(Empty));
            y[i] = first.Answer(x[i]) + second.Answer(3);
        });
        kernels.Unary<int, int>("overlapping fields of an explicit layout", (i, x, y) =>
        {
            var word = new Overlap { Whole = x[i] };
            var low = word.Low;
            word.High = 3;
            y[i] = word.Whole ^ low;
        });
        kernels.Unary<int, int>("a structure with a bool inside a kernel", (i, x, y) =>
        {
            var flagged = new Flagged { IsSet = x[i] > 0, Value = x[i] };
            flagged.IsSet ^= (x[i] & 1) != 0;
            y[i] = flagged.IsSet ? flagged.Value : -1;
        });
    }

    private static void AddCopies(KernelSet kernels)
    {
        kernels.Unary<int, int>("copies do not alias", (i, x, y) =>
        {
            var first = new Mutable { X = x[i], Y = 1 };
            var second = first;
            second.X++;
            first.Y = 7;
            y[i] = (first.X * 3) + first.Y + (second.X * 5) + second.Y;
        });
        kernels.Unary<int, int>("arguments by value do not alias", (i, x, y) =>
        {
            var point = new Mutable { X = x[i], Y = 1 };
            var changed = Changed(point);
            y[i] = (point.X * 3) + point.Y + (changed.X * 5) + changed.Y;
        });
        kernels.Unary<int, int>("arguments by ref alias", (i, x, y) =>
        {
            var point = new Mutable { X = x[i], Y = 1 };
            Change(ref point);
            Change(ref point);
            y[i] = (point.X * 3) + point.Y;
        });
        kernels.Unary<int, int>("arguments by in and out", (i, x, y) =>
        {
            var point = new Mutable { X = x[i], Y = 4 };
            Mirror(point, out var mirrored);
            Mirror(in mirrored, out point);
            y[i] = (point.X * 3) + point.Y + (mirrored.X * 5);
        });
        kernels.Unary<int, int>("in and ref to the same structure", (i, x, y) =>
        {
            var point = new Mutable { X = x[i], Y = 4 };
            y[i] = AddTo(ref point, in point) + point.X;
        });
        kernels.Unary<int, int>("a nested structure is copied with its owner", (i, x, y) =>
        {
            var box = new Box { Low = new() { X = x[i], Y = 1 } };
            var copy = box;
            var low = box.Low;
            box.Low.X = 5;
            low.Y = 9;
            y[i] = box.Low.X + (copy.Low.X * 3) + (low.X * 7) + low.Y + box.Low.Y;
        });
        kernels.Unary<int, int>("methods of a readonly copy change the copy", (i, x, y) =>
        {
            var point = new Mutable { X = x[i], Y = 4 };
            y[i] = Peek(in point) + point.X;
        });
        kernels.Unary<int, int>("with-expressions", (i, x, y) =>
        {
            var vector = new Vector(x[i], 2, 3);
            var moved = vector with { Y = x[i] * 2, Z = vector.X + 1 };
            y[i] = vector.Y + (moved.X * 3) + (moved.Y * 5) + (moved.Z * 7);
        });
        kernels.Unary<int, int>("record structures are taken apart", (i, x, y) =>
        {
            var (a, b, c) = new Vector(x[i], x[i] >> 1, 7);
            y[i] = a - b + c;
        });
        kernels.Binary<int, int>("record structures compare by value", (i, a, b, y) =>
            y[i] = new Vector(a[i] & 1, 2, 3) == new Vector(b[i] & 1, 2, 3) ? 1
                : new Vector(a[i], 0, 0) != new Vector(b[i], 0, 0) ? 2
                : 3);
    }

    private static void AddTuples(KernelSet kernels)
    {
        kernels.Unary<int, int>("a tuple as a result", (i, x, y) =>
        {
            var (quotient, remainder) = Divide(x[i], 7);
            y[i] = (quotient * 10) + remainder;
        });
        kernels.Unary<int, int>("named fields of a tuple", (i, x, y) =>
        {
            var result = Divide(x[i], 9);
            result.Remainder += 1;
            y[i] = result.Quotient ^ result.Remainder;
        });
        kernels.Unary<int, int>("swaps of three", (i, x, y) =>
        {
            var (a, b, c) = (x[i], 2, 3);
            (a, b, c) = (c, a, b);
            (a, b) = (b, a);
            y[i] = (a * 3) + (b * 5) + (c * 7);
        });
        kernels.Binary<int, int>("tuples compare by value", (i, a, b, y) =>
            y[i] = (a[i], 1) == (b[i], 1) ? 1 : (a[i] & 1, b[i] & 1) != (0, 1) ? 2 : 3);
        kernels.Unary<int, int>("nested tuples, discards", (i, x, y) =>
        {
            var (a, (b, _)) = (x[i], (x[i] >> 2, 5));
            var ((_, c), d) = ((1, x[i] & 3), 4);
            y[i] = a + (b * 3) + (c * 5) + d;
        });
        kernels.Unary<int, double>("a tuple of mixed types", (i, x, y) =>
        {
            (byte Small, double Large, long Wide) mixed = ((byte)x[i], x[i] * 0.5, x[i]);
            y[i] = mixed.Small + mixed.Large + (mixed.Wide * 2);
        });
        kernels.Unary<int, long>("a tuple of eight", (i, x, y) =>
        {
            var all = (1, 2L, (short)3, x[i], 5u, 6ul, (byte)7, 8);
            y[i] = all.Item1 + all.Item2 + all.Item3 + all.Item4 + all.Item5 + (long)all.Item6 + all.Item7 + all.Item8;
        });
        kernels.Unary<int, (int Sum, int Product)>("tuples as elements", (i, x, y) => y[i] = (x[i] + 1, x[i] * 3));
    }

    private static Mutable Changed(Mutable point)
    {
        point.X *= 2;
        point.Y = -point.Y;
        return point;
    }

    private static void Change(ref Mutable point)
    {
        point.X *= 2;
        point.Y -= 3;
    }

    private static void Mirror(in Mutable point, out Mutable mirrored) => mirrored = new() { X = point.Y, Y = point.X + 1 };

    private static int AddTo(ref Mutable target, in Mutable source)
    {
        target.X += 1;
        return source.X + source.Y;
    }

    private static int Peek(in Mutable point)
    {
        point.Reset(true);
        return point.X;
    }

    private static (int Quotient, int Remainder) Divide(int a, int b) => (a / b, a % b);

    private struct Mutable
    {
        public int X;
        public int Y;

        public void Reset(bool isZero) => this = isZero ? default : new Mutable { X = Y, Y = X };
    }

    private struct Box
    {
        public Mutable Low;
        public Mutable High;
    }

    private readonly struct Interval(int start, int end)
    {
        public static readonly Interval Unit = new(-1, 1);

        public int Start { get; } = start < end ? start : end;

        public int Length { get; } = start < end ? end - start : start - end;

        public bool Contains(int value) => value >= Start && value < Start + Length;
    }

    private readonly record struct Vector(int X, int Y, int Z);

    private readonly record struct Wrapper<T>(T Value)
        where T : struct;

    private readonly struct Empty : IAnswering
    {
        [SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "An instance method is what is tested.")]
        public int Answer(int value) => value + 42;
    }

    [StructLayout(LayoutKind.Explicit)]
    private struct Overlap
    {
        [FieldOffset(0)]
        public int Whole;
        [FieldOffset(0)]
        public short Low;
        [FieldOffset(2)]
        public short High;
    }

    private struct Flagged
    {
        public bool IsSet;
        public int Value;
    }
}
