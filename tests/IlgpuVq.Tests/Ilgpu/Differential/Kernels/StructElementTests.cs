using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;
using Half = ILGPU.Half;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Structures as elements of buffers and as arguments of kernels.</summary>
public sealed class StructElementTests(DifferentialDevices devices) : KernelTests<StructElementTests>(devices), IKernelSet
{
    private enum Kind : byte
    {
        Plain,
        Special = 7,
    }

    public static void AddTo(KernelSet kernels)
    {
        AddElements(kernels);
        AddArguments(kernels);
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
        kernels.Unary<int, Packed>("elements without padding", (i, x, y) =>
            y[i] = new() { Tag = (byte)x[i], Value = x[i], Tail = (short)(x[i] >> 3) });
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
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>,
                ArrayView<Entry<byte, Entry<short, double>>>>((i, values, y) =>
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
                result[i] = (value.Small * i) + value.Wide + value.Narrow + (long)(value.Real * 8) + (long)value.Exact +
                    (int)value.Kind)(
                40, y, Mix(-12345));
        });
        kernels.Add("a structure with views as an argument", run =>
        {
            var x = Samples.Of<int>();
            var columns = new Columns { Factor = 3, X = run.Input(x), Y = run.Output<int>(x.Length).BaseView, Offset = -7 };
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, Columns>((i, table) =>
                table.Y[i] = (table.X[i] * table.Factor) + table.Offset)(
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
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, (int A, short B),
                Kind>((i, result, pair, kind) =>
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

    private readonly record struct Wrapper<T>(T Value)
        where T : struct;
}
