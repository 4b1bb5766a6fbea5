using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Calls: helpers, local functions, generics, static abstract members, structures that are functions.</summary>
public sealed class CallTests(DifferentialDevices devices) : KernelTests<CallTests>(devices), IKernelSet
{
    private interface IFold<T>
        where T : unmanaged
    {
        static abstract T Identity { get; }

        static abstract T Apply(T left, T right);
    }

    private interface IMap
    {
        int Apply(int value);

        /// <summary>A default implementation, which one of the structures overrides.</summary>
        int Twice(int value) => Apply(Apply(value));
    }

    private interface IShape
    {
        static abstract int Corners { get; }

        static virtual int Diagonals(int corners) => corners * (corners - 3) / 2;
    }

    public static void AddTo(KernelSet kernels)
    {
        AddHelpers(kernels);
        AddGenerics(kernels);
        AddStructures(kernels);
        AddNumbers(kernels);
    }

    private static void AddHelpers(KernelSet kernels)
    {
        kernels.Unary<int, int>("a static method as a kernel", SquareAll);
        kernels.Unary<int, int>("helpers that call helpers", (i, x, y) => y[i] = Cube(x[i]) - Square(x[i] + 1));
        kernels.Unary<int, int>("a static local function", (i, x, y) =>
        {
            y[i] = Mix(x[i], 3) ^ Mix(x[i], 5);

            static int Mix(int value, int factor) => (value * factor) + (value >> factor);
        });
        kernels.Unary<int, int>("a local function that captures locals by reference", (i, x, y) =>
        {
            var (sum, step) = (x[i], 1);
            Advance();
            Advance();
            y[i] = sum + step;

            void Advance()
            {
                sum += step;
                step *= 3;
            }
        });
        kernels.Unary<int, int>("out parameters", (i, x, y) =>
        {
            Split(x[i], out var high, out var low);
            y[i] = (high * 3) + low;
        });
        kernels.Unary<int, int>("optional and named arguments", (i, x, y) => y[i] = Scale(x[i]) + Scale(by: 5, value: x[i]));
        kernels.Unary<int, int>("a parameter that its method changes", (i, x, y) => y[i] = Shrink(x[i]) + x[i]);
        kernels.Unary<int, int>("extension methods", (i, x, y) => y[i] = x[i].ClampedTo(100) + x[i].ClampedTo(7));
        kernels.Unary<int, int>("the same method with constant and other arguments", (i, x, y) =>
            y[i] = Power(x[i], 2) + Power(3, 4) + Power(2, x[i] & 7));
        kernels.Add("a method of 14 parameters", run =>
        {
            var y = run.Output<long>(8);
            run.Accelerator.LoadAutoGroupedStreamKernel<
                Index1D, ArrayView<long>, byte, sbyte, short, ushort, int, uint, long, ulong, float, double, int, int,
                    int>(TakeAll)(
                8, y, 200, -100, -30000, 60000, -2, 4_000_000_000, long.MinValue, ulong.MaxValue, 1.5f, -2.5, 1, 2, 3);
        });
        kernels.Add("a kernel without buffers besides its output", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, int>((i, y, start) => y[i] = start - i)(
                50, run.Output<int>(50), 7));
    }

    private static void AddGenerics(KernelSet kernels)
    {
        kernels.Unary<int, int>("a generic kernel with a static abstract operation", Reduce<int, SumOfInts>);
        kernels.Unary<int, int>("the same kernel with another operation", Reduce<int, LargestInt>);
        kernels.Unary<float, float>(
            "the same kernel with another type", Reduce<float, SumOfFloats>, values: Samples.Floats(81, 64));
        kernels.Unary<int, int>("a static virtual member with a default", (i, x, y) =>
            y[i] = CountDiagonals<Square4>(x[i]) + (1000 * CountDiagonals<Hexagon>(x[i])));
        kernels.Unary<int, long>("typeof comparisons choose by the type argument", (i, x, y) =>
            y[i] = Widen<int>(x[i]) + Widen<byte>(x[i]));
        kernels.Unary<int, int>("default(T)", (i, x, y) => y[i] = x[i] + FirstNonDefault(0, x[i]) + FirstNonDefault(5, x[i]));
        kernels.Unary<int, int>("a generic method of a generic structure", (i, x, y) =>
            y[i] = new Pair<int>(x[i], 3).Swap().First + new Pair<short>(7, 8).With(x[i]));
        kernels.Unary<float, float>("a generic kernel over pairs of types", (i, x, y) =>
            y[i] = (float)Combine<float, Scaling>(x[i], new Scaling(3)));
        kernels.Unary<int, int>("Interop.SizeOf of a type argument", (i, x, y) =>
            y[i] = x[i] + SizeOfAll<int, double>() + SizeOfAll<byte, Index3D>());
    }

    private static void AddStructures(KernelSet kernels)
    {
        kernels.Unary<int, int>("a structure with state as a function", (i, x, y) => y[i] = Map(x[i], new Affine(3, 4)));
        kernels.Add("a structure with state as an argument of the kernel", run =>
        {
            var x = Samples.Of<int>();
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<int>, Affine>(MapAll)(
                x.Length, run.Input(x), run.Output<int>(x.Length), new Affine(-5, 17));
        });
        kernels.Add("a structure without fields as an argument of the kernel", run =>
        {
            var x = Samples.Of<int>();
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<int>, Negation>(MapAll)(
                x.Length, run.Input(x), run.Output<int>(x.Length), default);
        });
        kernels.Unary<int, int>("a default method of an interface", (i, x, y) => y[i] = ApplyTwice(x[i], new Affine(3, 1)));
        kernels.Unary<int, int>("a default method that a structure overrides", (i, x, y) =>
            y[i] = ApplyTwice(x[i], default(Negation)));
        kernels.Unary<int, int>("functions of functions", (i, x, y) =>
            y[i] = Map(x[i], new Chain<Affine, Chain<Negation, Affine>>(new(2, 3), new(default, new(5, 7)))));
        kernels.Unary<int, int>("a structure that counts its calls", (i, x, y) =>
        {
            var counter = new Counter();
            for (var k = 0; k < (x[i] & 7); k++)
            {
                counter.Add(x[i]);
            }

            y[i] = (counter.Calls * 1000) + counter.Sum;
        });
        kernels.Unary<int, int>("a structure changed through a constrained type argument", (i, x, y) =>
        {
            var counter = new Counter();
            Feed(ref counter, x[i]);
            Feed(ref counter, 3);
            y[i] = (counter.Calls * 1000) + counter.Sum;
        });
        kernels.Unary<int, int>("operators of a structure", (i, x, y) =>
        {
            var product = (new Complex32(x[i] & 15, 2) * new Complex32(3, -1)) + new Complex32(1, 1);
            y[i] = (product.Real * 1000) + product.Imaginary;
        });
        kernels.Unary<int, int>("conversion operators and indexers of a structure", (i, x, y) =>
        {
            Complex32 number = x[i] & 0xFF;
            y[i] = number[0] + (10 * number[1]) + (int)number;
        });
    }

    private static void AddNumbers(KernelSet kernels)
    {
        kernels.Binary<int, int>("INumber<int>: operators, Zero and One", (i, a, b, y) => y[i] = Polynomial(a[i], b[i]));
        kernels.Binary<float, float>("INumber<float>: operators, Zero and One", (i, a, b, y) => y[i] = Polynomial(a[i], b[i]));
        kernels.Binary<double, double>("INumber<double>: operators, Zero and One", (i, a, b, y) => y[i] = Polynomial(a[i], b[i]));
        kernels.Binary<ulong, ulong>("INumber<ulong>: operators, Zero and One", (i, a, b, y) => y[i] = Polynomial(a[i], b[i]));
        kernels.Binary<float, float>("INumber<float>: comparisons", (i, a, b, y) => y[i] = Larger(a[i], b[i]));
        kernels.Binary<long, long>("INumber<long>: comparisons", (i, a, b, y) => y[i] = Larger(a[i], b[i]));
        kernels.Unary<int, float>("INumber<float>: CreateTruncating from int", (i, x, y) => y[i] = Halve<float>(x[i]));
        kernels.Unary<int, int>("INumber<int>: CreateTruncating from int", (i, x, y) => y[i] = Halve<int>(x[i]));
        kernels.Unary<int, double>("INumber<double>: CreateChecked from int", (i, x, y) => y[i] = Third<double>(x[i]));
        kernels.Unary<uint, uint>("IBinaryInteger<uint>: shifts and masks", (i, x, y) => y[i] = Fold(x[i], 7));
        kernels.Unary<long, long>("IBinaryInteger<long>: shifts and masks", (i, x, y) => y[i] = Fold(x[i], 7));
        kernels.Unary<float, float>("IFloatingPoint<float>: functions", (i, x, y) =>
            y[i] = Norm(x[i], 2), values: Samples.Range(-9f, 9f));
        kernels.Unary<double, double>("IFloatingPoint<double>: functions", (i, x, y) =>
            y[i] = Norm(x[i], 2), values: Samples.Range(-9.0, 9.0));
        kernels.Add("a generic kernel over INumber", run =>
        {
            var x = Samples.Floats(82, 64);
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, float>(Axpy)(
                64, run.Input(x), run.InOut(Samples.Floats(83, 64)), 0.1f);
        });
    }

    private static void SquareAll(Index1D i, ArrayView<int> x, ArrayView<int> y) => y[i] = Square(x[i]);

    private static int Square(int value) => value * value;

    private static int Cube(int value) => Square(value) * value;

    private static void Split(int value, out int high, out int low)
    {
        high = value >> 16;
        low = value & 0xFFFF;
    }

    private static int Scale(int value, int by = 2) => value * by;

    private static int Shrink(int value)
    {
        while (value is > 100 or < -100)
        {
            value /= 2;
        }

        return value;
    }

    private static int Power(int value, int exponent)
    {
        var result = 1;
        for (var k = 0; k < exponent; k++)
        {
            result *= value;
        }

        return result;
    }

    private static void TakeAll(
        Index1D i, ArrayView<long> y, byte a, sbyte b, short c, ushort d, int e, uint f, long g, ulong h, float k, double l,
        int m, int n, int o) => y[i] = (int)i switch
        {
            0 => a + b,
            1 => c + d,
            2 => e,
            3 => f,
            4 => g,
            5 => (long)h,
            6 => (long)(k * l * 100),
            _ => (m * 100) + (n * 10) + o,
        };

    private static void Reduce<T, TFold>(Index1D i, ArrayView<T> x, ArrayView<T> y)
        where T : unmanaged
        where TFold : IFold<T>
    {
        var result = TFold.Identity;
        for (var k = 0; k <= i; k++)
        {
            result = TFold.Apply(result, x[k]);
        }

        y[i] = result;
    }

    private static int CountDiagonals<TShape>(int factor)
        where TShape : IShape => TShape.Diagonals(TShape.Corners) * (factor & 3);

    private static long Widen<T>(T value)
        where T : unmanaged => typeof(T) == typeof(int) ? 100L : typeof(T) == typeof(byte) ? 7 : 1;

    private static long Widen<T>(int value)
        where T : unmanaged => Widen<T>(default(T)) * value;

    private static T FirstNonDefault<T>(T first, T second)
        where T : unmanaged, IEquatable<T> => first.Equals(default) ? second : first;

    private static double Combine<T, TMap>(T value, TMap map)
        where T : INumber<T>
        where TMap : struct, IScaling => map.Scale(value + T.One) - map.Scale(T.One);

    private static int SizeOfAll<TFirst, TSecond>()
        where TFirst : unmanaged
        where TSecond : unmanaged => Interop.SizeOf<TFirst>() + (100 * Interop.SizeOf<TSecond>());

    private static int Map<TMap>(int value, TMap map)
        where TMap : struct, IMap => map.Apply(value);

    private static int ApplyTwice<TMap>(int value, TMap map)
        where TMap : struct, IMap => map.Twice(value);

    private static void MapAll<TMap>(Index1D i, ArrayView<int> x, ArrayView<int> y, TMap map)
        where TMap : struct, IMap => y[i] = map.Apply(x[i]);

    private static void Feed<TSink>(ref TSink sink, int value)
        where TSink : struct, ISink => sink.Add(value);

    private static T Polynomial<T>(T a, T b)
        where T : INumber<T> => (((a * b) + T.One) * (a - b)) + (a == b ? T.Zero : -T.One) + (T.One + T.One);

    private static T Larger<T>(T a, T b)
        where T : INumber<T> => a > b ? a : b >= a ? b : T.Zero;

    private static T Halve<T>(int value)
        where T : INumber<T> => T.CreateTruncating(value) / T.CreateTruncating(2);

    private static T Third<T>(int value)
        where T : INumber<T> => T.CreateChecked(value) / T.CreateChecked(3);

    private static T Fold<T>(T value, int count)
        where T : IBinaryInteger<T> => ((value << count) ^ (value >> 3)) & ~(value | T.One);

    private static T Norm<T>(T a, T b)
        where T : IFloatingPoint<T>, IRootFunctions<T> => T.Sqrt((a * a) + (b * b)) + T.Abs(a) - T.Floor(b / (a * a + T.One));

    private static void Axpy<T>(Index1D i, ArrayView<T> x, ArrayView<T> y, T factor)
        where T : unmanaged, INumber<T> => y[i] += factor * x[i];

    private interface ISink
    {
        void Add(int value);
    }

    private interface IScaling
    {
        double Scale<T>(T value)
            where T : INumber<T>;
    }

    private readonly struct Scaling(int factor) : IScaling
    {
        public double Scale<T>(T value)
            where T : INumber<T>
        {
            var result = 0.0;
            var sum = T.Zero;
            for (var k = 0; k < factor; k++)
            {
                sum += value;
                result += sum > T.Zero ? 1 : 0.5;
            }

            return result;
        }
    }

    private readonly struct SumOfInts : IFold<int>
    {
        public static int Identity => 0;

        public static int Apply(int left, int right) => left + right;
    }

    private readonly struct LargestInt : IFold<int>
    {
        public static int Identity => int.MinValue;

        public static int Apply(int left, int right) => Math.Max(left, right);
    }

    private readonly struct SumOfFloats : IFold<float>
    {
        public static float Identity => 0;

        public static float Apply(float left, float right) => left + right;
    }

    private readonly struct Square4 : IShape
    {
        public static int Corners => 4;
    }

    private readonly struct Hexagon : IShape
    {
        public static int Corners => 6;

        public static int Diagonals(int corners) => corners + 3;
    }

    private readonly struct Affine(int factor, int offset) : IMap
    {
        public int Apply(int value) => (value * factor) + offset;
    }

    private readonly struct Negation : IMap
    {
        public int Apply(int value) => -value;

        public int Twice(int value) => value ^ 1;
    }

    private readonly struct Chain<TInner, TOuter>(TInner inner, TOuter outer) : IMap
        where TInner : struct, IMap
        where TOuter : struct, IMap
    {
        public int Apply(int value) => outer.Apply(inner.Apply(value));
    }

    private struct Counter : ISink
    {
        public int Calls { get; private set; }

        public int Sum { get; private set; }

        public void Add(int value)
        {
            Calls++;
            Sum += value;
        }
    }

    private readonly record struct Pair<T>(T First, T Second)
        where T : unmanaged
    {
        public Pair<T> Swap() => new(Second, First);

        [SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "An instance method is what is tested.")]
        public TOther With<TOther>(TOther other)
            where TOther : unmanaged => Interop.SizeOf(First) > 2 ? default : other;
    }

    private readonly record struct Complex32(int Real, int Imaginary)
    {
        public int this[int index] => index == 0 ? Real : Imaginary;

        public static implicit operator Complex32(int real) => new(real, -real);

        public static explicit operator int(Complex32 number) => number.Real * number.Imaginary;

        public static Complex32 operator +(Complex32 left, Complex32 right) =>
            new(left.Real + right.Real, left.Imaginary + right.Imaginary);

        public static Complex32 operator *(Complex32 left, Complex32 right) => new(
            (left.Real * right.Real) - (left.Imaginary * right.Imaginary),
            (left.Real * right.Imaginary) + (left.Imaginary * right.Real));
    }
}

/// <summary>What a kernel of <see cref="CallTests"/> calls as an extension.</summary>
internal static class IntExtensions
{
    extension(int value)
    {
        public int ClampedTo(int limit) => value > limit ? limit : value < -limit ? -limit : value;
    }
}
