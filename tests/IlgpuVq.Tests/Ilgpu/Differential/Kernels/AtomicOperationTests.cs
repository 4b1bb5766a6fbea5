using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Atomics, in results that do not depend on the order of threads.</summary>
public sealed class AtomicOperationTests(DifferentialDevices devices) : KernelTests<AtomicOperationTests>(devices), IKernelSet
{
    private const int Threads = 500;

    public static void AddTo(KernelSet kernels)
    {
        AddInt(kernels);
        AddUInt(kernels);
        AddLong(kernels);
        AddULong(kernels);
        AddFloats(kernels);
        AddPatterns(kernels);
    }

    /// <summary>All threads change the few elements of y.</summary>
    private static void Contended<T>(KernelSet kernels, string name, T[] initial,
        Action<Index1D, ArrayView<T>, ArrayView<T>> kernel)
        where T : unmanaged => kernels.Add(name, run =>
            run.Accelerator.LoadAutoGroupedStreamKernel(kernel)(Threads, run.Input(Samples.Drawn<T>(151, Threads)),
                run.InOut(initial)));

    private static void AddInt(KernelSet kernels)
    {
        Contended(kernels, "int: Add wraps around", [0, 5, -5], (i, x, y) => Atomic.Add(ref y[i % 3], x[i]));
        Contended(kernels, "int: Min and Max", [int.MaxValue, int.MinValue], (i, x, y) =>
        {
            Atomic.Min(ref y[0], x[i]);
            Atomic.Max(ref y[1], x[i]);
        });
        Contended(kernels, "int: And, Or, Xor", [-1, 0, 0], (i, x, y) =>
        {
            Atomic.And(ref y[0], x[i] | 0xF0F0F0);
            Atomic.Or(ref y[1], x[i] & 0x0F0F0F);
            Atomic.Xor(ref y[2], x[i]);
        });
        Contended(kernels, "int: every thread draws another number", new int[Threads + 1], (i, x, y) =>
            y[1 + Atomic.Add(ref y[0], 1)] = 7);
        Contended(kernels, "int: one exchange of each number sees what was there", [.. Enumerable.Repeat(3, 8)], (i, x, y) =>
        {
            if (i < 8)
            {
                y[i] = (Atomic.Exchange(ref y[i], 100 + i) * 1000) + y[i];
            }
        });
        Contended(kernels, "int: one CompareExchange wins", [-1, 0], (i, x, y) =>
        {
            if (Atomic.CompareExchange(ref y[0], -1, 42) == -1)
            {
                Atomic.Add(ref y[1], 1);
            }
        });
        Contended(kernels, "int: CompareExchange that does not match changes nothing", [5, 0], (i, x, y) =>
            Atomic.Add(ref y[1], Atomic.CompareExchange(ref y[0], 6, i)));
        Contended(kernels, "int: old values of one thread", new int[64], (i, x, y) =>
        {
            if (i < 8)
            {
                var slot = 8 * i;
                y[slot] = 10;
                y[slot + 1] = Atomic.Add(ref y[slot], 3);
                y[slot + 2] = Atomic.Max(ref y[slot], 50);
                y[slot + 3] = Atomic.Min(ref y[slot], -i);
                y[slot + 4] = Atomic.Or(ref y[slot], 64);
                y[slot + 5] = Atomic.And(ref y[slot], ~2);
                y[slot + 6] = Atomic.Xor(ref y[slot], 0xFF);
                y[slot + 7] = Atomic.Exchange(ref y[slot], 1);
            }
        });
    }

    private static void AddUInt(KernelSet kernels)
    {
        Contended(kernels, "uint: Add wraps around", [uint.MaxValue], (i, x, y) => Atomic.Add(ref y[0], x[i]));
        Contended(kernels, "uint: Min and Max are unsigned", [uint.MaxValue, 0u], (i, x, y) =>
        {
            Atomic.Min(ref y[0], x[i] | 1);
            Atomic.Max(ref y[1], x[i]);
        });
        Contended(kernels, "uint: And, Or, Xor", [uint.MaxValue, 0u, 0u], (i, x, y) =>
        {
            Atomic.And(ref y[0], x[i] | 0xF0F0F0F0);
            Atomic.Or(ref y[1], x[i] & 0x8F0F0F0F);
            Atomic.Xor(ref y[2], x[i]);
        });
        Contended(kernels, "uint: Exchange and CompareExchange", [1u, 2u, 0u], (i, x, y) =>
        {
            Atomic.Exchange(ref y[0], 0x80000000);
            if (Atomic.CompareExchange(ref y[1], 2, 0xFFFFFFFF) == 2)
            {
                Atomic.Add(ref y[2], 1);
            }
        });
    }

    private static void AddLong(KernelSet kernels)
    {
        Contended(kernels, "long: Add wraps around", [0L, long.MaxValue], (i, x, y) => Atomic.Add(ref y[i % 2], x[i]));
        Contended(kernels, "long: Min and Max", [long.MaxValue, long.MinValue], (i, x, y) =>
        {
            Atomic.Min(ref y[0], x[i]);
            Atomic.Max(ref y[1], x[i]);
        });
        Contended(kernels, "long: And, Or", [-1L, 0L], (i, x, y) =>
        {
            Atomic.And(ref y[0], x[i] | 0xF0F0F0F0F0);
            Atomic.Or(ref y[1], x[i] & 0x0F0F0F0F0F);
        });
        Contended(kernels, "long: Exchange and CompareExchange", [1L, 2L, 0L], (i, x, y) =>
        {
            Atomic.Exchange(ref y[0], long.MinValue);
            if (Atomic.CompareExchange(ref y[1], 2, 1L << 40) == 2)
            {
                Atomic.Add(ref y[2], 1);
            }
        });
    }

    private static void AddULong(KernelSet kernels)
    {
        Contended(kernels, "ulong: Add wraps around", [ulong.MaxValue], (i, x, y) => Atomic.Add(ref y[0], x[i]));
        Contended(kernels, "ulong: Min and Max are unsigned", [ulong.MaxValue, 0ul], (i, x, y) =>
        {
            Atomic.Min(ref y[0], x[i] | 1);
            Atomic.Max(ref y[1], x[i]);
        });
        Contended(kernels, "ulong: And, Or, Xor", [ulong.MaxValue, 0ul, 0ul], (i, x, y) =>
        {
            Atomic.And(ref y[0], x[i] | 0xF0F0F0F0F0);
            Atomic.Or(ref y[1], x[i] & 0x0F0F0F0F0F);
            Atomic.Xor(ref y[2], x[i]);
        });
    }

    private static void AddFloats(KernelSet kernels)
    {
        // Sums of small integers are exact in any order.
        Contended(kernels, "float: Add", [0f, 0f, 0f], (i, x, y) => Atomic.Add(ref y[i % 3], i - 250));
        Contended(kernels, "double: Add", [0.0, 0.5], (i, x, y) => Atomic.Add(ref y[i % 2], (i - 250) * 0.25));
        Contended(kernels, "float: Min and Max", [float.MaxValue, float.MinValue], (i, x, y) =>
        {
            Atomic.Min(ref y[0], x[i]);
            Atomic.Max(ref y[1], x[i]);
        });
        Contended(kernels, "double: Min and Max", [double.MaxValue, double.MinValue], (i, x, y) =>
        {
            Atomic.Min(ref y[0], x[i]);
            Atomic.Max(ref y[1], x[i]);
        });
        Contended(kernels, "float: Exchange and CompareExchange", [1f, 2f, 0f], (i, x, y) =>
        {
            Atomic.Exchange(ref y[0], 0.25f);
            if (Atomic.CompareExchange(ref y[1], 2, 8) == 2)
            {
                Atomic.Add(ref y[2], 1);
            }
        });
        Contended(kernels, "double: Exchange and CompareExchange", [1.0, 2.0, 0.0], (i, x, y) =>
        {
            Atomic.Exchange(ref y[0], 0.25);
            if (Atomic.CompareExchange(ref y[1], 2, 8) == 2)
            {
                Atomic.Add(ref y[2], 1);
            }
        });
        Contended(kernels, "float: old values of one thread", new float[32], (i, x, y) =>
        {
            if (i < 8)
            {
                y[4 * i] = 1.5f;
                y[(4 * i) + 1] = Atomic.Add(ref y[4 * i], i);
                y[(4 * i) + 2] = Atomic.Max(ref y[4 * i], 4);
                y[(4 * i) + 3] = Atomic.Exchange(ref y[4 * i], -1);
            }
        });
    }

    private static void AddPatterns(KernelSet kernels)
    {
        Contended(kernels, "a histogram in global memory", new int[16], (i, x, y) => Atomic.Add(ref y[x[i] & 15], 1));
        kernels.Add("a histogram in shared memory", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>((x, y) =>
            {
                var bins = SharedMemory.Allocate<int>(16);
                if (Group.IdxX < 16)
                {
                    bins[Group.IdxX] = 0;
                }

                Group.Barrier();
                for (var i = Grid.GlobalLinearIndex; i < x.IntLength; i += Grid.GridStrideLoopStride)
                {
                    Atomic.Add(ref bins[x[i] & 15], 1);
                }

                Group.Barrier();
                if (Group.IdxX < 16)
                {
                    Atomic.Add(ref y[Group.IdxX], bins[Group.IdxX]);
                }
            })((3, 32), run.Input(Samples.Drawn<int>(152, Threads)), run.InOut(new int[16])));
        Contended(kernels, "a loop around CompareExchange: saturating sums", [0, 0], (i, x, y) =>
        {
            ref var target = ref y[i & 1];
            var seen = target;
            int assumed;
            do
            {
                assumed = seen;
                seen = Atomic.CompareExchange(ref target, assumed, Math.Min(assumed + (x[i] & 15), 1000));
            }
            while (seen != assumed);
        });
        kernels.Add("atomics on fields of structures", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<Statistics>>((i, y) =>
            {
                ref var bucket = ref y[i % 3];
                Atomic.Add(ref bucket.Count, 1);
                Atomic.Add(ref bucket.Sum, i * 2L);
                Atomic.Max(ref bucket.Largest, i);
            })(Threads, run.InOut(new Statistics[3])));
        kernels.Add("elements in no order, counted", run =>
        {
            var x = run.Input(Samples.Drawn<int>(153, Threads));
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<int>,
                ArrayView<int>>((i, values, slots, counts) =>
            {
                if (values[i] > 0)
                {
                    var slot = Atomic.Add(ref counts[0], 1);
                    slots[slot] = 1;
                    Atomic.Xor(ref counts[1], values[i]);
                }
            })(Threads, x, run.InOut(new int[Threads], name: "slots"), run.InOut(new int[2], name: "counts"));
        });
    }

    private struct Statistics
    {
        public int Count;
        public long Sum;
        public int Largest;
    }
}
