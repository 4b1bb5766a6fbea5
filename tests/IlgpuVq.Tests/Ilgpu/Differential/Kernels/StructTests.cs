using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;
using Half = ILGPU.Half;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Structures as locals, arguments, results and elements of buffers.</summary>
public sealed class StructTests(DifferentialDevices devices) : KernelTests<StructTests>(devices), IKernelSet
{
    private enum Kind : byte
    {
        Plain,
        Special = 7,
    }

    public static void AddTo(KernelSet kernels)
    {
        AddLocals(kernels);
        AddCopies(kernels);
        AddTuples(kernels);
        AddElements(kernels);
        AddArguments(kernels);
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
        kernels.Unary<int, int>("a readonly static structure", (i, x, y) => y[i] = Interval.Unit.Length + Interval.Unit.Start + x[i]);
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
            y[i] = new Vector(a[i] & 1, 2, 3) == new Vector(b[i] & 1, 2, 3) ? 1 : new Vector(a[i], 0, 0) != new Vector(b[i], 0, 0) ? 2 : 3);
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
        kernels.Binary<int, int>("tuples compare by value", (i, a, b, y) => y[i] = (a[i], 1) == (b[i], 1) ? 1 : (a[i] & 1, b[i] & 1) != (0, 1) ? 2 : 3);
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

    private static void AddElements(KernelSet kernels)
    {
        kernels.Unary<int, Mixed>("elements with padding", (i, x, y) => y[i] = Mix(x[i]));
        kernels.Add("elements with padding are read back", run =>
        {
            var x = run.Input(Samples.Of<int>().Select(Mix).ToArray());
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<Mixed>, ArrayView<double>>((i, values, y) =>
            {
                var value = values[i];
                y[i] = value.Small + value.Wide + value.Narrow + value.Real + (double)value.Exact + value.Half + (int)value.Kind;
            })(x.IntLength, x, run.Output<double>(x.Length));
        });
        kernels.Add("single fields of elements are changed", run =>
        {
            var y = run.InOut(Samples.Of<int>().Select(Mix).ToArray());
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<Mixed>>((i, values) =>
            {
                values[i].Narrow++;
                values[i].Real *= 2;
                values[i].Kind = Kind.Special;
            })(y.IntLength, y);
        });
        kernels.Unary<int, Packed>("elements without padding", (i, x, y) => y[i] = new() { Tag = (byte)x[i], Value = x[i], Tail = (short)(x[i] >> 3) });
        kernels.Unary<int, Box>("nested elements", (i, x, y) =>
        {
            y[i] = default;
            y[i].Low.X = x[i];
            y[i].High = new() { X = -1, Y = x[i] ^ 5 };
            y[i].High.X += y[i].Low.X;
        });
        kernels.Add("elements are exchanged as a whole", run =>
        {
            var y = run.InOut(Samples.Of<int>()[..32].Select(Mix).ToArray());
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<Mixed>>((i, values) =>
                (values[i], values[31 - i]) = (values[31 - i], values[i]))(16, y);
        });
        kernels.Unary<int, Index3D>("indices as elements", (i, x, y) => y[i] = new Index3D(x[i], 1, 2) + new Index3D(3, x[i], i));
        kernels.Unary<float, Vector4>("vectors of float", (i, x, y) =>
        {
            var v = new Vector4(x[i], 1, -x[i], 0.5f);
            y[i] = v.Scale(2) + new Vector4(0, x[i], 0, v.Dot(v));
        }, values: Samples.Floats(85, 64));
        kernels.Add("a generic element", run =>
        {
            var x = run.Input(Samples.Of<int>());
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<Entry<byte, Entry<short, double>>>>((i, values, y) =>
                y[i] = new((byte)values[i], new((short)values[i], values[i] * 0.25)))(
                x.IntLength, x, run.Output<Entry<byte, Entry<short, double>>>(x.Length));
        });
    }

    private static void AddArguments(KernelSet kernels)
    {
        kernels.Add("a structure as an argument", run =>
        {
            var y = run.Output<long>(40);
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<long>, Mixed>((i, result, value) =>
                result[i] = (value.Small * i) + value.Wide + value.Narrow + (long)(value.Real * 8) + (long)value.Exact + (int)value.Kind)(
                40, y, Mix(-12345));
        });
        kernels.Add("a structure with views as an argument", run =>
        {
            var x = Samples.Of<int>();
            var columns = new Columns { Factor = 3, X = run.Input(x), Y = run.Output<int>(x.Length).BaseView, Offset = -7 };
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, Columns>((i, table) => table.Y[i] = (table.X[i] * table.Factor) + table.Offset)(
                x.Length, columns);
        });
        kernels.Add("a structure with views is passed on, and used by its methods", run =>
        {
            var x = Samples.Of<int>();
            var columns = new Columns { Factor = 3, X = run.Input(x), Y = run.Output<int>(x.Length).BaseView, Offset = -7 };
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, Wrapper<Columns>, int>((i, table, limit) =>
            {
                var inner = table.Value;
                if (i < limit)
                {
                    inner.Store(i);
                }
                else
                {
                    inner.Store(i, -1);
                }
            })(x.Length, new(columns), x.Length / 2);
        });
        kernels.Add("tuples and enums as arguments", run =>
        {
            var y = run.Output<int>(20);
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, (int A, short B), Kind>((i, result, pair, kind) =>
                result[i] = pair.A + (pair.B * i) + (kind == Kind.Special ? 1000 : 0))(20, y, (5, -3), Kind.Special);
        });
        kernels.Add("views in a tuple", run =>
        {
            var x = Samples.Of<int>();
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, (ArrayView<int> X, ArrayView<int> Y)>((i, views) =>
            {
                var (from, to) = views;
                to[i] = from[i] ^ 1;
            })(x.Length, (run.Input(x), run.Output<int>(x.Length)));
        });
        kernels.Add("a view chosen by a condition", run =>
        {
            var x = Samples.Of<int>();
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<int>, ArrayView<int>>((i, a, b, y) =>
            {
                var chosen = (i & 1) == 0 ? a : b;
                y[i] = chosen[i] + chosen.IntLength;
            })(x.Length, run.Input(x), run.Input([.. x.Select(value => ~value)]), run.Output<int>(x.Length));
        });
    }

    private static Mixed Mix(int value) => new()
    {
        Small = (sbyte)value,
        Wide = (long)value * 1000,
        Narrow = (short)(value >> 2),
        Real = value * 0.5f,
        Exact = value / 3,
        Half = (Half)(value & 15),
        Kind = (value & 1) == 0 ? Kind.Plain : Kind.Special,
    };

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

    private readonly struct Empty
    {
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

    private struct Mixed
    {
        public sbyte Small;
        public long Wide;
        public short Narrow;
        public float Real;
        public Half Half;
        public double Exact;
        public Kind Kind;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct Packed
    {
        public byte Tag;
        public int Value;
        public short Tail;
    }

    private readonly record struct Entry<TKey, TValue>(TKey Key, TValue Value)
        where TKey : unmanaged
        where TValue : unmanaged;

    private struct Columns
    {
        public int Factor;
        public ArrayView<int> X;
        public ArrayView<int> Y;
        public short Offset;

        public readonly void Store(int index) => Y[index] = X[index] * Factor;

        public readonly void Store(int index, int value) => Y[index] = value + Offset;
    }

    private readonly struct Vector4(float x, float y, float z, float w)
    {
        public readonly float X = x;
        public readonly float Y = y;
        public readonly float Z = z;
        public readonly float W = w;

        public static Vector4 operator +(Vector4 left, Vector4 right) =>
            new(left.X + right.X, left.Y + right.Y, left.Z + right.Z, left.W + right.W);

        public Vector4 Scale(float factor) => new(X * factor, Y * factor, Z * factor, W * factor);

        public float Dot(Vector4 other) => (X * other.X) + (Y * other.Y) + (Z * other.Z) + (W * other.W);
    }
}
