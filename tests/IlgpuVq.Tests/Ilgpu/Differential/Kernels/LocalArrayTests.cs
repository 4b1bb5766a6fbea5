using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Arrays of one thread. With constant indices they may live in registers, which must not be seen.</summary>
public sealed class LocalArrayTests(DifferentialDevices devices) : KernelTests<LocalArrayTests>(devices), IKernelSet
{
    private const int Taps = 5;

    private static readonly int Step = 3;

    private static readonly float Half = 0.5f;

    private static readonly (int Low, int High) Limits = (-20, 1000);

    public static void AddTo(KernelSet kernels)
    {
        AddArrays(kernels);
        AddLocalMemory(kernels);
        AddInlineArrays(kernels);
        AddFixedBuffers(kernels);
        AddConstants(kernels);
    }

    private static void AddArrays(KernelSet kernels)
    {
        kernels.Unary<int, int>("new T[] starts as zeros", (i, x, y) =>
        {
            var values = new int[4];
            values[1] = x[i];
            y[i] = values[0] + values[1] + values[2] + values[3];
        });
        kernels.Unary<int, int>("new T[] in constant loops", (i, x, y) =>
        {
            var values = new int[8];
            for (var k = 0; k < 8; k++)
            {
                values[k] = x[i] >> k;
            }

            var sum = 0;
            for (var k = 7; k >= 0; k--)
            {
                sum = (sum * 3) + values[k];
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("new T[] with an index known at run time", (i, x, y) =>
        {
            var counts = new int[4];
            for (var k = 0; k < 16; k++)
            {
                counts[(x[i] >> (2 * k)) & 3]++;
            }

            y[i] = counts[0] + (counts[1] * 20) + (counts[2] * 400) + (counts[3] * 8000);
        });
        kernels.Unary<int, int>("new T[] with both kinds of indices", (i, x, y) =>
        {
            var values = new int[4];
            values[0] = 1;
            values[x[i] & 3] = x[i];
            values[1] += 5;
            y[i] = values[0] + (values[1] * 3) + (values[2] * 5) + values[(x[i] >> 1) & 3];
        });
        kernels.Unary<float, float>("new float[] of length Taps", (i, x, y) =>
        {
            var window = new float[Taps];
            for (var k = 0; k < Taps; k++)
            {
                window[k] = x[Math.Clamp(i + k - 2, 0, x.IntLength - 1)];
            }

            // Insertion sort: the median of five.
            for (var k = 1; k < window.Length; k++)
            {
                var value = window[k];
                var place = k - 1;
                while (place >= 0 && window[place] > value)
                {
                    window[place + 1] = window[place];
                    place--;
                }

                window[place + 1] = value;
            }

            y[i] = window[Taps / 2];
        }, values: Samples.Floats(95, 120));
        kernels.Unary<int, int>("new T[] of structures", (i, x, y) =>
        {
            var pairs = new (int Key, int Value)[3];
            pairs[0] = (x[i], 1);
            pairs[1].Value = x[i] >> 1;
            pairs[2] = pairs[0];
            pairs[2].Key++;
            y[i] = pairs[0].Key + pairs[1].Key + (pairs[1].Value * 3) + (pairs[2].Key * 5) + pairs[2].Value;
        });
        kernels.Unary<int, int>("an array passed to a method", (i, x, y) =>
        {
            var values = new int[6];
            Fill(values, x[i]);
            y[i] = Sum(values);
        });
        kernels.Unary<int, int>("an array anew in every round", (i, x, y) =>
        {
            var sum = 0;
            for (var round = 0; round < 3; round++)
            {
                var values = new int[3];
                values[round] += x[i];
                sum = (sum * 7) + values[0] + (2 * values[1]) + (3 * values[2]);
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("arrays of bytes wrap around", (i, x, y) =>
        {
            var bytes = new byte[4];
            bytes[0] = (byte)x[i];
            bytes[0] += 100;
            bytes[x[i] & 3]--;
            y[i] = bytes[0] + (bytes[1] * 3) + (bytes[2] * 5) + (bytes[3] * 7);
        });
        kernels.Unary<int, int>("a ref to an element of an array", (i, x, y) =>
        {
            var values = new int[4];
            ref var chosen = ref values[x[i] & 3];
            chosen = 9;
            values[0]++;
            chosen *= 2;
            y[i] = values[0] + (values[1] * 3) + (values[2] * 5) + (values[3] * 7);
        });
        kernels.Unary<int, int>("two arrays exchanged every round", (i, x, y) =>
        {
            var current = new int[2];
            var next = new int[2];
            current[0] = x[i];
            for (var k = 0; k < 5; k++)
            {
                next[0] = current[1] + k;
                next[1] = current[0] ^ k;
                current[0] = next[0];
                current[1] = next[1];
            }

            y[i] = (current[0] * 3) + current[1];
        });
        kernels.Unary<float, float>("a tile of registers", (i, x, y) =>
        {
            var tile = new float[4 * 4];
            for (var k = 0; k < 3; k++)
            {
                for (var row = 0; row < 4; row++)
                {
                    for (var column = 0; column < 4; column++)
                    {
                        tile[(row * 4) + column] += x[(i + row + k) % x.IntLength] * x[(i + column + (2 * k)) % x.IntLength];
                    }
                }
            }

            var trace = 0f;
            for (var k = 0; k < 4; k++)
            {
                trace += tile[k * 5] - tile[(k * 4) + ((k + 1) & 3)];
            }

            y[i] = trace;
        }, values: Samples.Floats(96, 64));
    }

    private static void AddLocalMemory(KernelSet kernels)
    {
        kernels.Unary<int, int>("LocalMemory with constant indices", (i, x, y) =>
        {
            var memory = LocalMemory.Allocate<int>(3);
            memory[0] = x[i];
            memory[1] = 2;
            memory[2] = memory[0] * memory[1];
            y[i] = memory[2] + memory[0];
        });
        kernels.Unary<int, int>("LocalMemory with an index known at run time", (i, x, y) =>
        {
            var stack = LocalMemory.Allocate<int>(32);
            var depth = 0;
            for (var value = x[i] & 0x7FFFFFFF; value != 0; value >>= 3)
            {
                stack[depth++] = value & 7;
            }

            var result = 0;
            while (depth > 0)
            {
                result = (result * 7) + stack[--depth];
            }

            y[i] = result;
        });
        kernels.Unary<long, long>("LocalMemory of 64 bits, by sub-views", (i, x, y) =>
        {
            var memory = LocalMemory.Allocate<long>(6);
            var tail = memory.SubView(2, 4);
            for (var k = 0; k < 6; k++)
            {
                memory[k] = k;
            }

            tail[0] = x[i];
            tail[1] += memory[2];
            y[i] = (memory[3] * 3) + tail[3] + tail.Length;
        });
        kernels.Unary<float, int>("LocalMemory cast to another type", (i, x, y) =>
        {
            var memory = LocalMemory.Allocate<float>(2);
            memory[0] = x[i];
            memory[1] = i * 0.5f;
            var bits = memory.Cast<int>();
            y[i] = bits[0] ^ (bits[1] >> 3);
        });
        kernels.Unary<int, int>("LocalMemory of structures", (i, x, y) =>
        {
            var memory = LocalMemory.Allocate<Index2D>(2);
            memory[x[i] & 1] = new(x[i], 3);
            memory[~x[i] & 1] = new(5, x[i]);
            y[i] = (memory[0].X * 3) + memory[0].Y + (memory[1].X * 7) + memory[1].Y;
        });
        kernels.Unary<int, int>("LocalMemory in two dimensions", (i, x, y) =>
        {
            var tile = LocalMemory.Allocate2D<int, Stride2D.DenseX>(new(3, 2), new Stride2D.DenseX(3));
            for (var row = 0; row < 2; row++)
            {
                for (var column = 0; column < 3; column++)
                {
                    tile[column, row] = x[i] ^ (column * 10) ^ row;
                }
            }

            y[i] = tile[2, 0] + (tile[0, 1] * 3) + (int)tile.Extent.X;
        });
        kernels.Unary<int, int>("LocalMemory in a helper", (i, x, y) => y[i] = Reversed(x[i]) + Reversed(x[i] >> 4));
    }

    private static void AddInlineArrays(KernelSet kernels)
    {
        kernels.Unary<int, int>("an inline array with constant indices", (i, x, y) =>
        {
            var four = new Four();
            four[0] = x[i];
            four[3] = four[0] + 1;
            y[i] = four[0] + (four[1] * 3) + (four[3] * 5);
        });
        kernels.Unary<int, int>("an inline array with an index known at run time", (i, x, y) =>
        {
            var four = new Four();
            for (var k = 0; k < 10; k++)
            {
                four[(x[i] >> k) & 3] += k;
            }

            y[i] = four[0] + (four[1] * 50) + (four[2] * 2500) + (four[3] * 125000);
        });
        kernels.Unary<int, int>("inline arrays are copied", (i, x, y) =>
        {
            var first = new Four();
            first[1] = x[i];
            var second = first;
            second[1]++;
            y[i] = (first[1] * 3) + second[1];
        });
        kernels.Unary<int, Four>("inline arrays as elements", (i, x, y) =>
        {
            var four = new Four();
            for (var k = 0; k < 4; k++)
            {
                four[k] = x[i] * k;
            }

            y[i] = four;
            y[i][2] = 7;
        });
        kernels.Add("an inline array as an argument", run =>
        {
            var four = new Four();
            (four[0], four[1], four[2], four[3]) = (3, -1, 4, 100);
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, Four>((i, y, table) =>
                y[i] = table[i & 3] + table[2])(
                16, run.Output<int>(16), four);
        });
    }

    private static void AddFixedBuffers(KernelSet kernels)
    {
        kernels.Unary<int, int>("a fixed buffer with constant indices", FixedConstant);
        kernels.Unary<int, int>("a fixed buffer with an index known at run time", FixedVariable);
        kernels.Unary<int, Digits>("fixed buffers as elements", FixedElements);
    }

    private static void AddConstants(KernelSet kernels)
    {
        kernels.Unary<int, int>("constants and readonly static fields", (i, x, y) => y[i] = (x[i] * Step) + Taps);
        kernels.Unary<float, float>("a readonly static float", (i, x, y) => y[i] = x[i] * Half);
        kernels.Unary<int, int>("a readonly static tuple", (i, x, y) => y[i] = Math.Clamp(x[i], Limits.Low, Limits.High));
        kernels.Unary<int, int>("a readonly static field bounds a loop", (i, x, y) =>
        {
            var sum = 0;
            for (var k = 0; k < Step; k++)
            {
                sum += x[i] >> k;
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("a readonly static field chooses a branch", (i, x, y) =>
        {
            if (Step > 2)
            {
                y[i] = x[i];
            }
            else
            {
                y[i] = -x[i];
            }
        });
        kernels.Indexed<int>("readonly static fields of the API", (i, y) =>
            y[i] = Index2D.One.Size + Index3D.One.X + Index1D.Invalid + i);
    }

    private static void Fill(int[] values, int start)
    {
        for (var k = 0; k < values.Length; k++)
        {
            values[k] = start + (k * k);
        }
    }

    private static int Sum(int[] values)
    {
        var sum = 0;
        foreach (var value in values)
        {
            sum = (sum * 3) + value;
        }

        return sum;
    }

    private static int Reversed(int value)
    {
        var digits = LocalMemory.Allocate<int>(4);
        for (var k = 0; k < 4; k++)
        {
            digits[k] = (value >> (8 * k)) & 255;
        }

        return (digits[0] << 24) | (digits[1] << 16) | (digits[2] << 8) | digits[3];
    }

    private static unsafe void FixedConstant(Index1D i, ArrayView<int> x, ArrayView<int> y)
    {
        Digits digits;
        digits.Count = 2;
        digits.Values[0] = (short)x[i];
        digits.Values[1] = 7;
        y[i] = (digits.Values[0] * digits.Values[1]) + digits.Count;
    }

    private static unsafe void FixedVariable(Index1D i, ArrayView<int> x, ArrayView<int> y)
    {
        var digits = default(Digits);
        for (var value = x[i] & 0xFFFF; value > 0 && digits.Count < 6; value /= 10)
        {
            digits.Values[digits.Count++] = (short)(value % 10);
        }

        var sum = 0;
        for (var k = 0; k < digits.Count; k++)
        {
            sum = (sum * 10) + digits.Values[k];
        }

        y[i] = sum;
    }

    private static unsafe void FixedElements(Index1D i, ArrayView<int> x, ArrayView<Digits> y)
    {
        y[i] = default;
        y[i].Count = x[i];
        y[i].Values[1] = (short)(x[i] + 1);
        y[i].Values[x[i] & 3] += 5;
    }

    [InlineArray(4)]
    private struct Four
    {
        private int first;
    }

    private unsafe struct Digits
    {
        public int Count;
        public fixed short Values[6];
    }
}
