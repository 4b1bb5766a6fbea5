using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Ways out of loops, and loops in loops.</summary>
public sealed class LoopExitTests(DifferentialDevices devices) : KernelTests<LoopExitTests>(devices), IKernelSet
{
    public static void AddTo(KernelSet kernels)
    {
        AddExits(kernels);
        AddNested(kernels);
    }

    private static void AddExits(KernelSet kernels)
    {
        kernels.Unary<int, int>("continue", (i, x, y) =>
        {
            var sum = 0;
            for (var k = 0; k < 20; k++)
            {
                if (k % 3 == (x[i] & 3))
                {
                    continue;
                }

                sum += k;
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("continue in while must not skip what the head does", (i, x, y) =>
        {
            var (k, sum) = (0, 0);
            while (k++ < 12)
            {
                if (((x[i] >> k) & 1) == 0)
                {
                    continue;
                }

                sum += k;
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("continue in do while goes to the condition", (i, x, y) =>
        {
            var (k, sum) = (0, 0);
            do
            {
                k++;
                if ((k & 1) == (x[i] & 1))
                {
                    continue;
                }

                sum += k;
            }
            while (k < 9);

            y[i] = sum;
        });
        kernels.Unary<int, int>("return inside a loop", (i, x, y) =>
        {
            y[i] = -1;
            for (var k = 0; k < 32; k++)
            {
                if (((x[i] >> k) & 3) == 3)
                {
                    y[i] = k;
                    return;
                }
            }

            y[i] = -2;
        });
        kernels.Unary<int, int>("return inside nested loops", (i, x, y) =>
        {
            for (var a = 0; a < 6; a++)
            {
                for (var b = a; b < 6; b++)
                {
                    if (a + (7 * b) == (x[i] & 31))
                    {
                        y[i] = (a * 100) + b;
                        return;
                    }
                }
            }

            y[i] = -1;
        });
        kernels.Unary<int, int>("several exits with different results", (i, x, y) =>
        {
            var (value, result) = (x[i] & 0xFFF, 0);
            while (value > 0)
            {
                if (value % 7 == 0)
                {
                    result = 7;
                    break;
                }

                if (value % 11 == 0)
                {
                    result = 11;
                    break;
                }

                value -= 5;
            }

            y[i] = (result * 10000) + value;
        });
        kernels.Unary<int, int>("a function with returns inside its loop", (i, x, y) =>
            y[i] = FirstSetBit(x[i]) + (100 * FirstSetBit(~x[i])));
        kernels.Unary<int, int>("goto out of two loops", (i, x, y) =>
        {
            var count = 0;
            for (var a = 0; a < 8; a++)
            {
                for (var b = 0; b < 8; b++)
                {
                    count++;
                    if ((a * b) == (x[i] & 15))
                    {
                        goto found;
                    }
                }
            }

            count = -count;
        found:
            y[i] = count;
        });
        kernels.Unary<int, int>("a loop that always ends in its first round", (i, x, y) =>
        {
            var value = x[i];
            while (value > 0)
            {
                value = -value;
                break;
            }

            y[i] = value;
        });
    }

    private static void AddNested(KernelSet kernels)
    {
        kernels.Unary<int, int>("three constant loops", (i, x, y) =>
        {
            var sum = 0;
            for (var a = 0; a < 3; a++)
            {
                for (var b = 0; b < 3; b++)
                {
                    for (var c = 0; c < 3; c++)
                    {
                        sum = (sum * 3) + (((x[i] >> a) ^ (b * c)) & 3);
                    }
                }
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("the inner bound is the outer counter", (i, x, y) =>
        {
            var sum = 0;
            for (var a = 0; a < 9; a++)
            {
                for (var b = 0; b < a; b++)
                {
                    sum += (a * b) ^ (x[i] & 0xFF);
                }
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("break leaves the inner loop alone", (i, x, y) =>
        {
            var sum = 0;
            for (var a = 0; a < 5; a++)
            {
                for (var b = 0; b < 10; b++)
                {
                    if (b > (x[i] & 7))
                    {
                        break;
                    }

                    if (a == b)
                    {
                        continue;
                    }

                    sum += (a * 10) + b;
                }

                sum ^= a;
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("loops in branches in loops", (i, x, y) =>
        {
            var sum = 0;
            for (var a = 0; a < (x[i] & 7); a++)
            {
                if ((a & 1) == 0)
                {
                    var k = a;
                    while (k-- > 0)
                    {
                        sum += k;
                    }
                }
                else
                {
                    for (var k = 0; k < 3; k++)
                    {
                        sum -= k * a;
                    }
                }
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("a local that lives in the body starts anew each round", (i, x, y) =>
        {
            var sum = 0;
            for (var a = 0; a < 4; a++)
            {
                var local = 0;
                for (var b = 0; b < (x[i] & 3); b++)
                {
                    local += b + a;
                }

                sum = (sum * 7) + local;
            }

            y[i] = sum;
        });
        kernels.Unary<float, float>("Horner's scheme over constant coefficients", (i, x, y) =>
        {
            var value = 0f;
            for (var k = 6; k >= 0; k--)
            {
                value = (value * x[i]) + (1f / (k + 1));
            }

            y[i] = value;
        }, values: Samples.Range(-2f, 2f));
        kernels.Unary<int, int>("primes by trial division", (i, x, y) =>
        {
            var candidate = x[i] & 0x3FF;
            var isPrime = candidate > 1;
            for (var k = 2; k * k <= candidate && isPrime; k++)
            {
                isPrime = candidate % k != 0;
            }

            y[i] = isPrime ? candidate : 0;
        });
    }

    private static int FirstSetBit(int value)
    {
        for (var bit = 0; bit < 32; bit++)
        {
            if ((value & (1 << bit)) != 0)
            {
                return bit;
            }
        }

        return 32;
    }
}
