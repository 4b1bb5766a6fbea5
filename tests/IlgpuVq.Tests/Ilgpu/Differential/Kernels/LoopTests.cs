using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Loops of every form; with constant bounds they may be unrolled, which must not be seen.</summary>
public sealed class LoopTests(DifferentialDevices devices) : KernelTests<LoopTests>(devices), IKernelSet
{
    public static void AddTo(KernelSet kernels)
    {
        AddCounted(kernels);
        AddOpenEnded(kernels);
    }

    private static void AddCounted(KernelSet kernels)
    {
        kernels.Unary<int, int>("constant bounds", (i, x, y) =>
        {
            var sum = 0;
            for (var k = 0; k < 8; k++)
            {
                sum += (x[i] >> k) * k;
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("constant bounds, counting down", (i, x, y) =>
        {
            var sum = 0;
            for (var k = 7; k >= 0; k--)
            {
                sum = (sum * 3) + ((x[i] >> k) & 1);
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("constant bounds, steps other than one", (i, x, y) =>
        {
            var sum = 0;
            for (var k = 1; k <= 20; k += 3)
            {
                sum ^= x[i] * k;
            }

            for (var k = 1; k < 100; k *= 2)
            {
                sum += x[i] / k;
            }

            for (var k = 40; k > 3; k -= 7)
            {
                sum -= k;
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("a loop that does not run at all", (i, x, y) =>
        {
            var sum = x[i];
            for (var k = 5; k < 5; k++)
            {
                sum = 0;
            }

            for (var k = 3; k < (x[i] & 3); k++)
            {
                sum = 1;
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("bounds known at run time", (i, x, y) =>
        {
            var sum = 0;
            for (var k = 0; k < (x[i] & 15); k++)
            {
                sum += k * k;
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("an unsigned counter that counts down to zero", (i, x, y) =>
        {
            var sum = 0;
            for (var k = (uint)(x[i] & 15); k-- > 0;)
            {
                sum = (sum * 2) + (int)k;
            }

            y[i] = sum;
        });
        kernels.Unary<int, long>("a counter of 64 bits", (i, x, y) =>
        {
            var sum = 0L;
            for (var k = 5_000_000_000L; k < 5_000_000_005L; k++)
            {
                sum += k ^ x[i];
            }

            y[i] = sum;
        });
        kernels.Unary<int, float>("a counter of float", (i, x, y) =>
        {
            var sum = 0f;
            for (var t = 0f; t < 1; t += 0.125f)
            {
                sum += t * (x[i] & 15);
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("the counter after the loop", (i, x, y) =>
        {
            int k;
            for (k = 0; k < 10; k++)
            {
                if ((x[i] & (1 << k)) != 0)
                {
                    break;
                }
            }

            y[i] = k;
        });
        kernels.Unary<int, int>("a counter that the body changes", (i, x, y) =>
        {
            var sum = 0;
            for (var k = 0; k < 16; k++)
            {
                sum += k;
                if (((x[i] >> k) & 1) != 0)
                {
                    k += 2;
                }
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("a bound that the body changes", (i, x, y) =>
        {
            var (count, bound) = (0, 4);
            for (var k = 0; k < bound; k++)
            {
                count += k;
                if (k == 2 && (x[i] & 1) == 0)
                {
                    bound = 9;
                }
            }

            y[i] = count;
        });
        kernels.Unary<int, int>("two counters", (i, x, y) =>
        {
            var sum = 0;
            for (int low = 0, high = 10; low < high; low++, high -= 2)
            {
                sum = (sum * 5) + (low * high) + (x[i] & 1);
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("a long loop with constant bounds", (i, x, y) =>
        {
            var hash = (uint)x[i];
            for (var k = 0; k < 2000; k++)
            {
                hash = (hash * 1664525) + 1013904223;
            }

            y[i] = (int)hash;
        });
    }

    private static void AddOpenEnded(KernelSet kernels)
    {
        kernels.Binary<int, int>("the greatest common divisor", (i, a, b, y) =>
        {
            var (left, right) = (a[i] & 0xFFFF, b[i] & 0xFFFF);
            while (right != 0)
            {
                (left, right) = (right, left % right);
            }

            y[i] = left;
        });
        kernels.Unary<int, int>("do while runs once at least", (i, x, y) =>
        {
            var (value, digits) = (x[i] & int.MaxValue, 0);
            do
            {
                value /= 10;
                digits++;
            }
            while (value != 0);

            y[i] = digits;
        });
        kernels.Unary<float, float>("Newton's iteration until it stands still", (i, x, y) =>
        {
            var root = x[i] > 1 ? x[i] : 1;
            for (var previous = 0f; previous != root;)
            {
                previous = root;
                root = 0.5f * (root + (x[i] / root));
                if (root >= previous)
                {
                    break;
                }
            }

            y[i] = root;
        }, values: Samples.Range(0.5f, 50f));
        kernels.Unary<int, int>("while (true) with a break in the middle", (i, x, y) =>
        {
            var (value, rounds) = ((uint)x[i], 0);
            while (true)
            {
                rounds++;
                if ((value & 1) == 0 || rounds > 32)
                {
                    break;
                }

                value >>= 1;
            }

            y[i] = rounds;
        });
        kernels.Unary<int, int>("locals swapped every round", (i, x, y) =>
        {
            var (a, b, c) = (x[i], x[i] ^ 0x55, 7);
            for (var k = 0; k < (x[i] & 7); k++)
            {
                (a, b, c) = (b, c, a);
            }

            y[i] = (a * 3) + (b * 5) + (c * 7);
        });
        kernels.Unary<int, int>("Fibonacci numbers", (i, x, y) =>
        {
            var (current, next) = (0, 1);
            for (var k = x[i] & 31; k > 0; k--)
            {
                (current, next) = (next, current + next);
            }

            y[i] = current;
        });
        kernels.Unary<int, int>("Collatz' steps", (i, x, y) =>
        {
            var (value, steps) = ((x[i] & 0xFFF) + 1L, 0);
            while (value != 1)
            {
                value = value % 2 == 0 ? value / 2 : (3 * value) + 1;
                steps++;
            }

            y[i] = steps;
        });
        kernels.Unary<int, int>("binary search", (i, x, y) =>
        {
            var (low, high) = (0, 46341);
            var target = x[i] & int.MaxValue;
            while (low < high)
            {
                var middle = (low + high) >>> 1;
                if ((long)middle * middle < target)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle;
                }
            }

            y[i] = low;
        });
    }
}
