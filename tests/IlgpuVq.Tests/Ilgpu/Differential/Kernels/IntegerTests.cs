using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>The operators of the integers that arithmetic is done in.</summary>
public sealed class IntegerTests(DifferentialDevices devices) : KernelTests<IntegerTests>(devices), IKernelSet
{
    public static void AddTo(KernelSet kernels)
    {
        AddInt(kernels);
        AddUInt(kernels);
        AddLong(kernels);
        AddULong(kernels);
        AddMixed(kernels);
    }

    private static void AddInt(KernelSet kernels)
    {
        kernels.Binary<int, int>("int: a + b wraps around", (i, a, b, y) => y[i] = a[i] + b[i]);
        kernels.Binary<int, int>("int: a - b wraps around", (i, a, b, y) => y[i] = a[i] - b[i]);
        kernels.Binary<int, int>("int: a * b wraps around", (i, a, b, y) => y[i] = a[i] * b[i]);
        kernels.Binary<int, int>("int: a / b rounds to zero", (i, a, b, y) => y[i] = a[i] / b[i], where: IsDivisible);
        kernels.Binary<int, int>("int: a % b has the sign of a", (i, a, b, y) => y[i] = a[i] % b[i], where: IsDivisible);
        kernels.Binary<int, int>("int: a << b masks the count", (i, a, b, y) => y[i] = a[i] << b[i]);
        kernels.Binary<int, int>("int: a >> b keeps the sign and masks the count", (i, a, b, y) => y[i] = a[i] >> b[i]);
        kernels.Binary<int, int>("int: a >>> b fills with zeros", (i, a, b, y) => y[i] = a[i] >>> b[i]);
        kernels.Binary<int, int>("int: & | ^ ~", (i, a, b, y) => y[i] = (a[i] & b[i]) ^ (~a[i] | (b[i] & 0x55)));
        kernels.Binary<int, int>("int: comparisons are signed", (i, a, b, y) =>
            y[i] = (a[i] < b[i] ? 1 : 0) | (a[i] <= b[i] ? 2 : 0) | (a[i] > b[i] ? 4 : 0) | (a[i] >= b[i] ? 8 : 0) |
                (a[i] == b[i] ? 16 : 0) | (a[i] != b[i] ? 32 : 0));
        kernels.Unary<int, int>("int: -x of the smallest is itself", (i, x, y) => y[i] = -x[i]);
        kernels.Unary<int, int>("int: division by constants", (i, x, y) =>
            y[i] = (x[i] / 3) + (x[i] / -7) + (x[i] / 16) + (x[i] % 10) + (x[i] % 8));
        kernels.Unary<int, int>("int: shifts by constants beyond the width", (i, x, y) =>
            y[i] = (x[i] << 33) ^ (x[i] >> 35) ^ (x[i] >>> 63));
    }

    private static void AddUInt(KernelSet kernels)
    {
        kernels.Binary<uint, uint>("uint: a + b wraps around", (i, a, b, y) => y[i] = a[i] + b[i]);
        kernels.Binary<uint, uint>("uint: a - b wraps around", (i, a, b, y) => y[i] = a[i] - b[i]);
        kernels.Binary<uint, uint>("uint: a * b wraps around", (i, a, b, y) => y[i] = a[i] * b[i]);
        kernels.Binary<uint, uint>("uint: a / b is unsigned", (i, a, b, y) => y[i] = a[i] / b[i], where: (_, b) => b != 0);
        kernels.Binary<uint, uint>("uint: a % b is unsigned", (i, a, b, y) => y[i] = a[i] % b[i], where: (_, b) => b != 0);
        kernels.Binary<uint, uint>("uint: a << b masks the count", (i, a, b, y) => y[i] = a[i] << (int)b[i]);
        kernels.Binary<uint, uint>("uint: a >> b fills with zeros", (i, a, b, y) => y[i] = a[i] >> (int)b[i]);
        kernels.Binary<uint, uint>("uint: & | ^ ~", (i, a, b, y) => y[i] = (a[i] & ~b[i]) | (a[i] ^ 0xFFFF0000u));
        kernels.Binary<uint, int>("uint: comparisons are unsigned", (i, a, b, y) =>
            y[i] = (a[i] < b[i] ? 1 : 0) | (a[i] <= b[i] ? 2 : 0) | (a[i] > b[i] ? 4 : 0) | (a[i] >= b[i] ? 8 : 0) |
                (a[i] == b[i] ? 16 : 0) | (a[i] != b[i] ? 32 : 0));
        kernels.Unary<uint, uint>("uint: division by constants", (i, x, y) =>
            y[i] = (x[i] / 3) + (x[i] / 0x80000001u) + (x[i] / 16) + (x[i] % 10));
    }

    private static void AddLong(KernelSet kernels)
    {
        kernels.Binary<long, long>("long: a + b wraps around", (i, a, b, y) => y[i] = a[i] + b[i]);
        kernels.Binary<long, long>("long: a - b wraps around", (i, a, b, y) => y[i] = a[i] - b[i]);
        kernels.Binary<long, long>("long: a * b wraps around", (i, a, b, y) => y[i] = a[i] * b[i]);
        kernels.Binary<long, long>("long: a / b rounds to zero", (i, a, b, y) => y[i] = a[i] / b[i], where: IsDivisible);
        kernels.Binary<long, long>("long: a % b has the sign of a", (i, a, b, y) => y[i] = a[i] % b[i], where: IsDivisible);
        kernels.Binary<long, long>("long: a << b masks the count by 63", (i, a, b, y) => y[i] = a[i] << (int)b[i]);
        kernels.Binary<long, long>("long: a >> b keeps the sign", (i, a, b, y) => y[i] = a[i] >> (int)b[i]);
        kernels.Binary<long, long>("long: a >>> b fills with zeros", (i, a, b, y) => y[i] = a[i] >>> (int)b[i]);
        kernels.Binary<long, long>("long: & | ^ ~ -", (i, a, b, y) => y[i] = (a[i] & b[i]) ^ (~a[i] | -b[i]));
        kernels.Binary<long, int>("long: comparisons are signed", (i, a, b, y) =>
            y[i] = (a[i] < b[i] ? 1 : 0) | (a[i] <= b[i] ? 2 : 0) | (a[i] > b[i] ? 4 : 0) | (a[i] >= b[i] ? 8 : 0) |
                (a[i] == b[i] ? 16 : 0) | (a[i] != b[i] ? 32 : 0));
        kernels.Unary<long, long>("long: constants of 64 bits", (i, x, y) =>
            y[i] = (x[i] ^ 0x0123456789ABCDEF) + long.MinValue - 5_000_000_000);
        kernels.Unary<long, long>("long: division by constants", (i, x, y) =>
            y[i] = (x[i] / 3) + (x[i] / -1_000_000_007) + (x[i] % 1024));
    }

    private static void AddULong(KernelSet kernels)
    {
        kernels.Binary<ulong, ulong>("ulong: a + b wraps around", (i, a, b, y) => y[i] = a[i] + b[i]);
        kernels.Binary<ulong, ulong>("ulong: a - b wraps around", (i, a, b, y) => y[i] = a[i] - b[i]);
        kernels.Binary<ulong, ulong>("ulong: a * b wraps around", (i, a, b, y) => y[i] = a[i] * b[i]);
        kernels.Binary<ulong, ulong>("ulong: a / b is unsigned", (i, a, b, y) => y[i] = a[i] / b[i], where: (_, b) => b != 0);
        kernels.Binary<ulong, ulong>("ulong: a % b is unsigned", (i, a, b, y) => y[i] = a[i] % b[i], where: (_, b) => b != 0);
        kernels.Binary<ulong, ulong>("ulong: a << b masks the count", (i, a, b, y) => y[i] = a[i] << (int)b[i]);
        kernels.Binary<ulong, ulong>("ulong: a >> b fills with zeros", (i, a, b, y) => y[i] = a[i] >> (int)b[i]);
        kernels.Binary<ulong, ulong>("ulong: & | ^ ~", (i, a, b, y) => y[i] = (a[i] & ~b[i]) | (a[i] ^ 0xFFFF0000FFFF0000));
        kernels.Binary<ulong, int>("ulong: comparisons are unsigned", (i, a, b, y) =>
            y[i] = (a[i] < b[i] ? 1 : 0) | (a[i] <= b[i] ? 2 : 0) | (a[i] > b[i] ? 4 : 0) | (a[i] >= b[i] ? 8 : 0) |
                (a[i] == b[i] ? 16 : 0) | (a[i] != b[i] ? 32 : 0));
    }

    private static void AddMixed(KernelSet kernels)
    {
        kernels.Binary<int, long>("int * int in 64 bits", (i, a, b, y) => y[i] = (long)a[i] * b[i]);
        kernels.Binary<uint, ulong>("uint * uint in 64 bits", (i, a, b, y) => y[i] = (ulong)a[i] * b[i]);
        kernels.Binary<uint, long>("uint - uint in long", (i, a, b, y) => y[i] = (long)a[i] - b[i]);
        kernels.Binary<int, int>("int: results that wrap around compare by their sign", (i, a, b, y) =>
            y[i] = (a[i] + b[i] < 0 ? 1 : 0) + (a[i] * b[i] > a[i] - b[i] ? 2 : 0));
        kernels.Binary<int, long>("int and uint compare as long", (i, a, b, y) =>
        {
            var unsigned = (uint)b[i];
            y[i] = a[i] < unsigned ? a[i] : unsigned;
        });
        kernels.Binary<int, int>("branches on unsigned comparisons", (i, a, b, y) =>
        {
            var (left, right) = ((uint)a[i], (uint)b[i]);
            if (left < right)
            {
                y[i] = 1;
            }
            else if (left > right)
            {
                y[i] = 2;
            }
            else
            {
                y[i] = 3;
            }
        });
        kernels.Binary<long, int>("branches on unsigned comparisons of 64 bits", (i, a, b, y) =>
        {
            var result = 0;
            while ((ulong)a[i] >= (ulong)b[i] && result < 2)
            {
                result += 2;
            }

            y[i] = result;
        });
        kernels.Binary<int, int>("the range check by one unsigned comparison", (i, a, b, y) =>
            y[i] = (uint)(a[i] - 5) <= (uint)(b[i] - 5) ? 1 : 0);
        kernels.Binary<int, int>("compound assignments on elements", (i, a, b, y) =>
        {
            y[i] = a[i];
            y[i] += b[i];
            y[i] ^= 0x1234;
            y[i] <<= 3;
            y[i] -= a[i] >> 2;
            y[i]++;
            --y[i];
            y[i] *= y[i];
        });
        kernels.Unary<int, int>("increments give old and new values", (i, x, y) =>
        {
            var value = x[i];
            var old = value++;
            var current = ++value;
            y[i] = (old * 31) + (current * 7) + value-- - --value;
        });
        kernels.Unary<int, int>("a checked sum that fits", (i, x, y) => y[i] = checked((x[i] & 0xFFFF) + (x[i] & 0xFF)),
            values: Samples.Ints(71, 64, -1000, 1000));
    }

    private static bool IsDivisible(int a, int b) => b != 0 && !(a == int.MinValue && b == -1);

    private static bool IsDivisible(long a, long b) => b != 0 && !(a == long.MinValue && b == -1);
}
