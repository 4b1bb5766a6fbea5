using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Branches, ternaries, short-circuit logic and goto.</summary>
public sealed class BranchTests(DifferentialDevices devices) : KernelTests<BranchTests>(devices), IKernelSet
{
    public static void AddTo(KernelSet kernels)
    {
        AddBranches(kernels);
        AddLogic(kernels);
    }

    private static void AddBranches(KernelSet kernels)
    {
        kernels.Unary<int, int>("if without else", (i, x, y) =>
        {
            var value = x[i];
            if (value < 0)
            {
                value = -value;
            }

            y[i] = value;
        });
        kernels.Unary<int, int>("a chain of else if", (i, x, y) =>
        {
            if (x[i] < -100)
            {
                y[i] = 1;
            }
            else if (x[i] < 0)
            {
                y[i] = 2;
            }
            else if (x[i] == 0)
            {
                y[i] = 3;
            }
            else if (x[i] <= 100)
            {
                y[i] = 4;
            }
            else
            {
                y[i] = 5;
            }
        });
        kernels.Binary<int, int>("nested branches that change several locals", (i, a, b, y) =>
        {
            var (low, high, swaps) = (a[i], b[i], 0);
            if (low > high)
            {
                (low, high) = (high, low);
                swaps++;
                if (high > 1000)
                {
                    high = 1000;
                    swaps += 10;
                }
            }
            else
            {
                if (low < -1000)
                {
                    low = -1000;
                    swaps += 100;
                }

                high ^= 1;
            }

            y[i] = (low * 31) + (high * 7) + swaps;
        });
        kernels.Unary<int, int>("early returns", (i, x, y) =>
        {
            y[i] = 1;
            if (x[i] < 0)
            {
                return;
            }

            y[i] = 2;
            if ((x[i] & 1) == 0)
            {
                y[i] = 3;
                return;
            }

            y[i] += x[i];
        });
        kernels.Unary<int, int>("nested ternaries", (i, x, y) =>
            y[i] = x[i] > 0 ? x[i] > 10 ? x[i] > 100 ? 3 : 2 : 1 : x[i] < -10 ? x[i] < -100 ? -3 : -2 : -1);
        kernels.Binary<int, int>("ternaries in conditions and operands", (i, a, b, y) =>
            y[i] = ((a[i] > 0 ? b[i] : -b[i]) > (b[i] > 0 ? 5 : -5) ? a[i] : b[i]) + (a[i] == b[i] ? 1 : 2));
        kernels.Unary<long, long>("a ternary of mixed widths", (i, x, y) => y[i] = x[i] > 0 ? (int)x[i] : x[i] >> 1);
        kernels.Unary<int, float>("a ternary of int and float", (i, x, y) => y[i] = x[i] > 0 ? x[i] : 0.5f);
        kernels.Unary<int, int>("a branch on a constant disappears", (i, x, y) =>
        {
            const bool isWide = true;
            y[i] = isWide ? x[i] * 2 : throw new NotSupportedException();
        });
        kernels.Unary<int, int>("goto forwards and backwards", (i, x, y) =>
        {
            var (value, steps) = (x[i] & 0xFFFF, 0);
        again:
            if (value <= 1 || steps >= 40)
            {
                goto done;
            }

            value = (value & 1) == 0 ? value >> 1 : (3 * value) + 1;
            steps++;
            goto again;
        done:
            y[i] = (steps << 16) | (value & 0xFFFF);
        });
        kernels.Unary<int, int>("goto into a common tail", (i, x, y) =>
        {
            int result;
            if (x[i] < 0)
            {
                result = 1;
                goto store;
            }

            if (x[i] > 1000)
            {
                result = 2;
                goto store;
            }

            result = x[i];
        store:
            y[i] = result * 3;
        });
    }

    private static void AddLogic(KernelSet kernels)
    {
        kernels.Binary<int, int>("&& does not evaluate its right side after false", (i, a, b, y) =>
            y[i] = b[i] != 0 && a[i] / b[i] > 2 ? 1 : 0, where: (a, b) => !(a == int.MinValue && b == -1));
        kernels.Binary<int, int>("|| does not evaluate its right side after true", (i, a, b, y) =>
            y[i] = b[i] == 0 || a[i] % b[i] == 0 ? 1 : 0, where: (a, b) => !(a == int.MinValue && b == -1));
        kernels.Binary<int, int>("side effects of short-circuit operands", (i, a, b, y) =>
        {
            var count = 0;
            var isSet = (a[i] > 0 && Count(ref count, 1)) || (b[i] > 0 && Count(ref count, 10)) || Count(ref count, 100);
            y[i] = count + (isSet ? 1000 : 0);
        });
        kernels.Binary<int, int>("side effects of & and | happen always", (i, a, b, y) =>
        {
            var count = 0;
            var isSet = (a[i] > 0 & Count(ref count, 1)) | (b[i] > 0 & Count(ref count, 10));
            y[i] = count + (isSet ? 1000 : 0);
        });
        kernels.Binary<int, int>("nested && and || with negations", (i, a, b, y) =>
            y[i] = !(a[i] > 0 && b[i] > 0) && (a[i] < -5 || !(b[i] < -5 || a[i] == 0)) ? a[i] : b[i]);
        kernels.Binary<int, int>("conditions kept in locals and combined", (i, a, b, y) =>
        {
            var isInside = a[i] >= 0 && a[i] < 64;
            var isEven = (b[i] & 1) == 0;
            isInside &= !isEven;
            isEven |= isInside;
            y[i] = (isInside ? 1 : 0) + (isEven ? 2 : 0) + (isInside != isEven ? 4 : 0);
        });
        kernels.Unary<int, int>("a bool that a function returns", (i, x, y) =>
            y[i] = IsBetween(x[i], -50, 50) ? IsBetween(x[i], -5, 5) ? 2 : 1 : 0);
        kernels.Unary<int, int>("the order of evaluation is from left to right", (i, x, y) =>
        {
            var value = x[i] & 0xFF;
            y[i] = (value++ * 2) + (value * 3) + (value-- * 5) + Next(ref value) - (value * 7);
        });
    }

    private static bool Count(ref int count, int step)
    {
        count += step;
        return step != 10;
    }

    private static bool IsBetween(int value, int low, int high) => value >= low && value <= high;

    private static int Next(ref int value) => ++value;
}
