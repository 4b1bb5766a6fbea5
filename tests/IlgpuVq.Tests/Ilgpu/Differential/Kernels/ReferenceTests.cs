using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>References to locals, fields, elements of buffers, and to one or the other.</summary>
public sealed class ReferenceTests(DifferentialDevices devices) : KernelTests<ReferenceTests>(devices), IKernelSet
{
    public static void AddTo(KernelSet kernels)
    {
        AddToLocals(kernels);
        AddToElements(kernels);
        AddReinterpretations(kernels);
    }

    private static void AddToLocals(KernelSet kernels)
    {
        kernels.Unary<int, int>("a ref local", (i, x, y) =>
        {
            var value = x[i];
            ref var alias = ref value;
            alias += 5;
            value *= 3;
            y[i] = alias;
        });
        kernels.Unary<int, int>("a ref local to a field", (i, x, y) =>
        {
            var pair = new Pair { First = x[i], Second = 2 };
            ref var second = ref pair.Second;
            second += pair.First;
            pair.First = second;
            y[i] = pair.First + (pair.Second * 3);
        });
        kernels.Unary<int, int>("a ref ternary between locals", (i, x, y) =>
        {
            var (low, high) = (x[i], -x[i]);
            ref var chosen = ref x[i] > 0 ? ref low : ref high;
            chosen = 7;
            y[i] = (low * 3) + high;
        });
        kernels.Unary<int, int>("a ref return", (i, x, y) =>
        {
            var (left, right) = (x[i], 10);
            Larger(ref left, ref right) = -1;
            Larger(ref left, ref right) += 5;
            y[i] = (left * 3) + right;
        });
        kernels.Unary<int, int>("a ref that is assigned anew", (i, x, y) =>
        {
            var (a, b) = (x[i], 2);
            ref var current = ref a;
            current++;
            if (x[i] > 0)
            {
                current = ref b;
            }

            current *= 5;
            y[i] = (a * 3) + b;
        });
        kernels.Unary<int, int>("a ref through two methods", (i, x, y) =>
        {
            var value = x[i];
            AddTwice(ref value, 3);
            y[i] = value;
        });
        kernels.Unary<int, int>("Swap by ref", (i, x, y) =>
        {
            var (a, b) = (x[i], i.X);
            Swap(ref a, ref b);
            y[i] = (a * 3) - b;
        });
        kernels.Unary<int, int>("ref and value of the same local", (i, x, y) =>
        {
            var value = x[i];
            y[i] = Mix(value, ref value, value);
        });
    }

    private static void AddToElements(KernelSet kernels)
    {
        kernels.Unary<int, int>("a ref to an element", (i, x, y) =>
        {
            ref var target = ref y[i];
            target = x[i];
            target ^= 0x55;
            target++;
        });
        kernels.Unary<int, int>("an element passed by ref", (i, x, y) =>
        {
            y[i] = x[i];
            AddTwice(ref y[i], 4);
        });
        kernels.Unary<int, int>("an element passed by in", (i, x, y) => y[i] = Sum(in x[i], in x[0]));
        kernels.Unary<int, int>("an element as out", (i, x, y) => Store(x[i], out y[i]));
        kernels.Unary<int, Pair>("a field of an element by ref", (i, x, y) =>
        {
            y[i] = default;
            AddTwice(ref y[i].Second, x[i]);
            ref var first = ref y[i].First;
            first = y[i].Second + 1;
        });
        kernels.Add("a ref ternary between two buffers", run =>
        {
            var x = Samples.Of<int>();
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<int>,
                ArrayView<int>>((i, values, a, b) =>
            {
                ref var target = ref values[i] > 0 ? ref a[i] : ref b[i];
                target = values[i];
                target += 3;
            })(x.Length, run.Input(x), run.InOut(new int[x.Length], name: "a"), run.InOut(new int[x.Length], name: "b"));
        });
        kernels.Add("a ref return into a buffer", run =>
        {
            var x = Samples.Of<int>();
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<int>>((i, values, y) =>
            {
                ElementOf(y, i) = values[i];
                ElementOf(y, i) -= 9;
            })(x.Length, run.Input(x), run.Output<int>(x.Length));
        });
        kernels.Add("elements exchanged by ref", run =>
        {
            var y = run.InOut(Samples.Ints(91, 32, -100, 100));
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>((i, values) =>
                Swap(ref values[2 * i], ref values[(2 * i) + 1]))(16, y);
        });
        kernels.Unary<int, int>("a method of an element changes it in place", (i, x, y) =>
        {
            y[i] = 1;
            var view = y.SubView(i, 1);
            view[0] += x[i];
            view.VariableView(0).Value *= 2;
        });
        kernels.Add("VariableView of a field", run =>
        {
            var y = run.InOut(Samples.Ints(92, 32, -100, 100).Select(value =>
                new Pair { First = value, Second = -value }).ToArray());
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<Pair>>((i, pairs) =>
            {
                var second = pairs.VariableView(i).SubView<int>(sizeof(int));
                second.Value += 5;
            })(32, y);
        });
    }

    private static void AddReinterpretations(KernelSet kernels)
    {
        kernels.Unary<float, int>("Unsafe.As of a local", (i, x, y) =>
        {
            var value = x[i];
            y[i] = Unsafe.As<float, int>(ref value);
        });
        kernels.Unary<int, float>("Unsafe.As of an element", (i, x, y) =>
        {
            ref var bits = ref Unsafe.As<float, int>(ref y[i]);
            bits = (x[i] & 0x007FFFFF) | 0x3F800000;
        });
        kernels.Unary<int, int>("Unsafe.Add from one element to another", (i, x, y) =>
            y[i] = Unsafe.Add(ref x[0], x.IntLength - 1 - i));
        kernels.Unary<long, int>("Unsafe.As of a structure", (i, x, y) =>
        {
            var value = x[i];
            var pair = Unsafe.As<long, Pair>(ref value);
            y[i] = pair.First ^ (pair.Second * 3);
        });
    }

    private static ref int Larger(ref int left, ref int right) => ref left > right ? ref left : ref right;

    private static void Add(ref int value, int step) => value += step;

    private static void AddTwice(ref int value, int step)
    {
        Add(ref value, step);
        Add(ref value, value & step);
    }

    private static void Swap<T>(ref T left, ref T right) => (left, right) = (right, left);

    private static int Mix(int before, ref int value, int after)
    {
        value += 10;
        return (before * 3) + (value * 5) + (after * 7);
    }

    private static int Sum(in int left, in int right) => (left * 2) + right;

    private static void Store(int value, out int target) => target = value * 11;

    private static ref int ElementOf(ArrayView<int> view, int index) => ref view[view.IntLength - 1 - index];

    private struct Pair
    {
        public int First;
        public int Second;
    }
}
