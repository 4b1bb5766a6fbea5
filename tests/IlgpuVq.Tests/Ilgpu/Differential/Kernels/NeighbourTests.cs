using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Elements that lie side by side, which compilers may read or write at once, and constants in indices.</summary>
public sealed class NeighbourTests(DifferentialDevices devices) : KernelTests<NeighbourTests>(devices), IKernelSet
{
    private const int Quads = 24;

    private static readonly float[] Floats = [.. Samples.Ints(171, 4 * Quads, -1000, 1000).Select(number => number / 8f)];
    private static readonly int[] Ints = Samples.Ints(172, 4 * Quads, -1000, 1000);
    private static readonly double[] Doubles = [.. Samples.Ints(173, 4 * Quads, -1000, 1000).Select(number => number / 8.0)];

    public static void AddTo(KernelSet kernels)
    {
        AddAligned(kernels);
        AddOrder(kernels);
        AddIndices(kernels);
    }

    private static void AddAligned(KernelSet kernels)
    {
        Quad<float>(kernels, "four floats at once", Floats, (i, x, y) =>
        {
            var (a, b) = (x.AsAligned(16), y.AsAligned(16));
            float p = a[4 * i], q = a[4 * i + 1], r = a[4 * i + 2], s = a[4 * i + 3];
            b[4 * i] = s;
            b[4 * i + 1] = r;
            b[4 * i + 2] = q;
            b[4 * i + 3] = p;
        });
        Quad<int>(kernels, "the middle two of four", Ints, (i, x, y) =>
        {
            var a = x.AsAligned(16);
            int first = a[4 * i + 1], second = a[4 * i + 2];
            y[4 * i] = first - second;
            y[4 * i + 1] = second;
            y[4 * i + 2] = first;
            y[4 * i + 3] = first + second;
        });
        Quad<double>(kernels, "two doubles at once", Doubles, (i, x, y) =>
        {
            var (a, b) = (x.AsAligned(16), y.AsAligned(16));
            for (var half = 0; half < 2; half++)
            {
                double p = a[4 * i + 2 * half], q = a[4 * i + 2 * half + 1];
                b[4 * i + 2 * half] = q;
                b[4 * i + 2 * half + 1] = p;
            }
        });
        Quad<int>(kernels, "an alignment that a sub-view does not have", Ints, (i, x, y) =>
        {
            // The second element is no multiple of eight bytes.
            var a = x.AsAligned(16).SubView(1);
            int first = a[2 * (i % 8)], second = a[2 * (i % 8) + 1];
            y[4 * i] = first;
            y[4 * i + 1] = second;
            y[4 * i + 2] = -first;
            y[4 * i + 3] = -second;
        });
        Quad<int>(kernels, "sub-views that begin at odd elements", Ints, (i, x, y) =>
        {
            var a = x.AsAligned(16).SubView(2 * i + 1);
            for (var j = 0; j < 4; j++)
            {
                var at = 2 * (x[i + j] & 7);
                int first = a[at], second = a[at + 1];
                y[4 * i + j] = first - 3 * second;
            }
        });
        kernels.Grouped<int, int>("quads of shared and local arrays", (2, 4 * Quads / 2), Ints, (x, y) =>
        {
            var shared = SharedMemory.Allocate<int>(4 * Quads / 2);
            var local = LocalMemory.Allocate<int>(8);
            var i = Grid.GlobalLinearIndex;
            shared[Group.IdxX] = x[i];
            Group.Barrier();
            var quad = Group.IdxX / 4;
            int p = shared[4 * quad], q = shared[4 * quad + 1], r = shared[4 * quad + 2], s = shared[4 * quad + 3];
            for (var j = 0; j < 8; j++)
            {
                local[j] = j % 2 == 0 ? p - j * q : r + j * s;
            }

            y[i] = local[x[i] & 7];
        });
    }

    private static void AddOrder(KernelSet kernels)
    {
        Quad<int>(kernels, "a load between two stores to the same place", Ints, (i, x, y) =>
        {
            var b = y.AsAligned(16);
            b[4 * i] = x[4 * i];
            b[4 * i + 1] = b[4 * i] + 1;
            b[4 * i] = b[4 * i + 1] * 2;
            b[4 * i + 2] = b[4 * i] + b[4 * i + 1];
            b[4 * i + 3] = 4;
        });
        Quad<int>(kernels, "a place that is written twice", Ints, (i, x, y) =>
        {
            var b = y.AsAligned(16);
            b[4 * i] = 1;
            b[4 * i + 1] = 2;
            b[4 * i] = x[4 * i];
            b[4 * i + 2] = 3;
            b[4 * i + 3] = x[4 * i + 1];
        });
        Quad<int>(kernels, "two views of one buffer", Ints, (i, x, y) =>
        {
            var (a, b) = (y.AsAligned(16), y.AsAligned(16));
            a[4 * i] = x[4 * i];
            b[4 * i] = -1;
            a[4 * i + 1] = b[4 * i];
            b[4 * i + 1] -= 5;
            a[4 * i + 2] = 7;
            a[4 * i + 3] = b[4 * i + 2];
        });
        Quad<float>(kernels, "in place", Floats, (i, x, y) =>
        {
            var b = y.AsAligned(16);
            for (var j = 0; j < 4; j++)
            {
                b[4 * i + j] = x[4 * i + j];
            }

            float p = b[4 * i], q = b[4 * i + 1], r = b[4 * i + 2], s = b[4 * i + 3];
            b[4 * i] = p + q;
            b[4 * i + 1] = q + r;
            b[4 * i + 2] = r + s;
            b[4 * i + 3] = s + p;
        });
    }

    private static void AddIndices(KernelSet kernels)
    {
        Quad<int>(kernels, "constants that add up in an index", Ints, (i, x, y) =>
        {
            for (var j = 0; j < 4; j++)
            {
                y[4 * i + j] = x[((i + 2) % Quads + 0) * 4 + j] - x[(i - (i + 1) / 2 + 1) * 2 - 2 + j % 2];
            }
        });
        kernels.Grouped<int, int>("indices of shared memory that pass below zero", (2, 4 * Quads / 2), Ints, (x, y) =>
        {
            var shared = SharedMemory.Allocate<int>(4 * Quads / 2 + 8);
            var i = Grid.GlobalLinearIndex;
            shared[Group.IdxX + 4] = x[i];
            if (Group.IdxX < 4)
            {
                shared[Group.IdxX] = -1;
                shared[4 * Quads / 2 + 4 + Group.IdxX] = -2;
            }

            Group.Barrier();

            // (i − 3) · 2 − 2·i + i + 10 = i + 4.
            y[i] = shared[(Group.IdxX - 3) * 2 - 2 * Group.IdxX + Group.IdxX + 10] - shared[Group.IdxX - 4 + 4] + shared[Group.IdxX + 8];
        });
        kernels.Unary<int, int>("an index from a number that wraps around", (i, x, y) =>
        {
            var large = x[i] | int.MinValue;
            y[i] = x[(large + int.MaxValue + 1 + (int)x.Length - 1) & 15];
        });
    }

    private static void Quad<T>(KernelSet kernels, string name, T[] values, Action<Index1D, ArrayView<T>, ArrayView<T>> kernel)
        where T : unmanaged => kernels.Add(
            name, run => run.Accelerator.LoadAutoGroupedStreamKernel(kernel)(Quads, run.Input(values), run.Output<T>(4 * Quads)), kernel);
}
