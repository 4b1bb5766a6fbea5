using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Arguments that are constants inside the kernel: every value makes a kernel of its own.</summary>
public sealed class SpecializationTests(DifferentialDevices devices) : KernelTests<SpecializationTests>(devices), IKernelSet
{
    private enum Mode
    {
        Copy,
        Negate,
        Square,
    }

    public static void AddTo(KernelSet kernels)
    {
        AddScalars(kernels);
        AddLoops(kernels);
        AddOthers(kernels);
    }

    private static void AddScalars(KernelSet kernels)
    {
        Specialized(kernels, "int: a factor", [3, -1, 0, int.MaxValue], (i, x, y, factor) =>
            y[i] = (x[i] * factor) + factor.Value);
        Specialized(kernels, "int: a divisor", [1, 7, -8, 1024], (i, x, y, divisor) =>
            y[i] = (x[i] / divisor) + (x[i] % (divisor + 100000)));
        Specialized(kernels, "long: a mask", [0x00FF00FF00L, -1L], (i, x, y, mask) =>
            y[i] = (int)((x[i] * 3_000_000_001L) & mask));
        Specialized(kernels, "float: a scale", [0.5f, -0f, float.NaN, float.PositiveInfinity], (i, x, y, scale) =>
            y[i] = float.IsNaN(scale) ? -1 : 1 / scale.Value < 0 ? -2 : (int)(x[i] * 0.001f * scale));
        Specialized(kernels, "double: a scale", [0.1, 1e300], (i, x, y, scale) => y[i] = (int)(x[i] * scale.Value));
        Specialized(kernels, "byte: a small constant wraps around", [(byte)200, (byte)1], (i, x, y, step) =>
            y[i] = (byte)(x[i] + step) + (sbyte)step.Value);
        Specialized(kernels, "uint: comparisons are unsigned", [0u, 0x80000000u, uint.MaxValue], (i, x, y, limit) =>
            y[i] = (uint)x[i] < limit.Value ? 1 : 0);
    }

    private static void AddLoops(KernelSet kernels)
    {
        Specialized(kernels, "the number of rounds", [0, 1, 5, 200], (i, x, y, rounds) =>
        {
            var sum = x[i];
            for (var k = 0; k < rounds; k++)
            {
                sum = (sum * 3) + k;
            }

            y[i] = sum;
        });
        Specialized(kernels, "the radius of a window", [0, 1, 3], (i, x, y, radius) =>
        {
            var sum = 0;
            for (var k = -radius.Value; k <= radius; k++)
            {
                var place = i + k;
                if (place >= 0 && place < x.IntLength)
                {
                    sum += x[place] * (radius + 1 - Math.Abs(k));
                }
            }

            y[i] = sum;
        });
        Specialized(kernels, "two nested loops", [1, 2, 4], (i, x, y, size) =>
        {
            var hash = x[i];
            for (var row = 0; row < size; row++)
            {
                for (var column = row; column < size; column++)
                {
                    hash = (hash * 31) ^ (row + (column * size));
                }
            }

            y[i] = hash;
        });
        Specialized(kernels, "the length of local memory", [2, 4, 8], (i, x, y, length) =>
        {
            var memory = LocalMemory.Allocate<int>(length);
            for (var k = 0; k < length; k++)
            {
                memory[k] = x[i] >> k;
            }

            y[i] = memory[length - 1] + memory[x[i] & (length - 1)];
        });
        Specialized(kernels, "the length of an array", [1, 3, 6], (i, x, y, length) =>
        {
            var values = new int[length];
            for (var k = 0; k < values.Length; k++)
            {
                values[k] = x[i] ^ (k * k);
            }

            var sum = 0;
            for (var k = 0; k < values.Length; k++)
            {
                sum = (sum * 3) + values[values.Length - 1 - k];
            }

            y[i] = sum;
        });
    }

    private static void AddOthers(KernelSet kernels)
    {
        Specialized(kernels, "an enum chooses a branch", [Options.Copy, Options.Negate, Options.Square], (i, x, y, option) =>
            y[i] = option.Value.Mode switch
            {
                Mode.Copy => x[i],
                Mode.Negate => -x[i],
                _ => x[i] * x[i],
            });
        Specialized(kernels, "a structure of settings", [new Options(Mode.Square, 2, 0.5f), new Options(Mode.Copy, 0, 4)],
            (i, x, y, options) =>
        {
            var value = options.Value.Mode == Mode.Square ? x[i] * x[i] : x[i];
            for (var k = 0; k < options.Value.Rounds; k++)
            {
                value = (int)((value & 0xFFFF) * options.Value.Scale) + k;
            }

            y[i] = value;
        });
        Specialized(kernels, "a branch that divides by zero where it is not taken", [0, 4], (i, x, y, divisor) =>
            y[i] = divisor == 0 ? x[i] : x[i] / divisor);
        Specialized(kernels, "passed on to helpers", [2, 3, 9], (i, x, y, exponent) =>
            y[i] = Power(x[i], exponent) - Power(exponent, 3));
        Specialized(kernels, "two uses that differ", [5, 6], (i, x, y, value) => y[i] = (value % 2 == 0 ? x[i] : -x[i]) << value);
        kernels.Add("shared memory of a specialized length", run =>
        {
            var kernel = run.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>,
                SpecializedValue<int>>((x, y, threads) =>
            {
                var shared = SharedMemory.Allocate<int>(threads);
                shared[Group.IdxX] = x[Grid.GlobalLinearIndex];
                Group.Barrier();
                y[Grid.GlobalLinearIndex] = shared[threads - 1 - Group.IdxX];
            });
            var x = run.Input(Samples.Ints(161, 64, -9, 9));
            kernel((4, 16), x, run.Output<int>(64), SpecializedValue.New(16));
            kernel((2, 32), x, run.Output<int>(64), SpecializedValue.New(32));
        });
        kernels.Add("two specialized values and one that is not", run =>
        {
            var kernel = run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, SpecializedValue<int>, int,
                SpecializedValue<long>>(
                (i, y, a, b, c) => y[i] = (a * i) + b + (int)(c >> 3));
            foreach (var (a, b, c) in new[] { (1, 2, 80L), (3, 4, 80L), (1, 5, -800L), (1, 2, 80L) })
            {
                kernel(20, run.Output<int>(20), SpecializedValue.New(a), b, SpecializedValue.New(c));
            }
        });
    }

    /// <summary>One kernel, launched with every value; each writes to a buffer of its own.</summary>
    private static void Specialized<T>(
        KernelSet kernels,
        string name,
        T[] values,
        Action<Index1D, ArrayView<int>, ArrayView<int>, SpecializedValue<T>> kernel)
        where T : unmanaged, IEquatable<T> => kernels.Add(name, run =>
        {
            var x = run.Input(Samples.Of<int>());
            var launch = run.Accelerator.LoadAutoGroupedStreamKernel(kernel);
            foreach (var value in values)
            {
                launch(x.IntLength, x, run.Output<int>(x.Length, name: $"y for {value}"), SpecializedValue.New(value));
            }
        });

    private static int Power(int value, int exponent)
    {
        var result = 1;
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0)
            {
                result *= value;
            }

            value *= value;
        }

        return result;
    }

    private readonly record struct Options(Mode Mode, int Rounds, float Scale)
    {
        public static Options Copy => new(Mode.Copy, 0, 0);

        public static Options Negate => new(Mode.Negate, 0, 0);

        public static Options Square => new(Mode.Square, 0, 0);
    }
}
