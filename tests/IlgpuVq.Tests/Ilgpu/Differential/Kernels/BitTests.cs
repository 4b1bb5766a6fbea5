using System.Numerics;
using ILGPU;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Bit tricks, written out and by the functions that count bits.</summary>
public sealed class BitTests(DifferentialDevices devices) : KernelTests<BitTests>(devices), IKernelSet
{
    public static void AddTo(KernelSet kernels)
    {
        AddTricks(kernels);
        AddCounts(kernels);
        AddWideProducts(kernels);
    }

    private static void AddTricks(KernelSet kernels)
    {
        kernels.Binary<uint, uint>("rotation by shifts", (i, a, b, y) =>
        {
            var count = (int)b[i] & 31;
            y[i] = (a[i] << count) | (a[i] >> (32 - count));
        });
        kernels.Unary<uint, uint>("reversal of bits", (i, x, y) =>
        {
            var v = x[i];
            v = ((v >> 1) & 0x55555555) | ((v & 0x55555555) << 1);
            v = ((v >> 2) & 0x33333333) | ((v & 0x33333333) << 2);
            v = ((v >> 4) & 0x0F0F0F0F) | ((v & 0x0F0F0F0F) << 4);
            v = ((v >> 8) & 0x00FF00FF) | ((v & 0x00FF00FF) << 8);
            y[i] = (v >> 16) | (v << 16);
        });
        kernels.Unary<uint, uint>("Morton order: every second bit", (i, x, y) =>
        {
            var v = x[i] & 0xFFFF;
            v = (v | (v << 8)) & 0x00FF00FF;
            v = (v | (v << 4)) & 0x0F0F0F0F;
            v = (v | (v << 2)) & 0x33333333;
            y[i] = (v | (v << 1)) & 0x55555555;
        });
        kernels.Unary<int, int>("lowest bit set, and without it", (i, x, y) => y[i] = (x[i] & -x[i]) ^ (x[i] & (x[i] - 1)));
        kernels.Unary<uint, uint>("the next power of two", (i, x, y) =>
        {
            var v = x[i] - 1;
            v |= v >> 1;
            v |= v >> 2;
            v |= v >> 4;
            v |= v >> 8;
            v |= v >> 16;
            y[i] = v + 1;
        });
        kernels.Unary<ulong, int>("parity", (i, x, y) =>
        {
            var v = x[i];
            v ^= v >> 32;
            v ^= v >> 16;
            v ^= v >> 8;
            v ^= v >> 4;
            y[i] = (0x6996 >> (int)(v & 15)) & 1;
        });
        kernels.Unary<int, int>("absolute value without a branch", (i, x, y) =>
        {
            var mask = x[i] >> 31;
            y[i] = (x[i] + mask) ^ mask;
        });
        kernels.Binary<int, int>("the smaller without a branch", (i, a, b, y) =>
            y[i] = b[i] ^ ((a[i] ^ b[i]) & -(a[i] < b[i] ? 1 : 0)));
        kernels.Binary<uint, uint>("the mean without overflow", (i, a, b, y) => y[i] = (a[i] & b[i]) + ((a[i] ^ b[i]) >> 1));
        kernels.Unary<ulong, ulong>("a step of xorshift64*", (i, x, y) =>
        {
            var v = x[i];
            v ^= v >> 12;
            v ^= v << 25;
            v ^= v >> 27;
            y[i] = v * 0x2545F4914F6CDD1D;
        });
        kernels.Unary<uint, uint>("the finalizer of MurmurHash3", (i, x, y) =>
        {
            var hash = x[i];
            hash ^= hash >> 16;
            hash *= 0x85EBCA6B;
            hash ^= hash >> 13;
            hash *= 0xC2B2AE35;
            y[i] = hash ^ (hash >> 16);
        });
        kernels.Unary<uint, int>("a table in the bits of a constant", (i, x, y) =>
            y[i] = (int)(0x4332322132212110 >> (int)((x[i] & 15) * 4)) & 15);
    }

    private static void AddCounts(KernelSet kernels)
    {
        kernels.Unary<uint, int>("BitOperations.PopCount of 32 bits", (i, x, y) => y[i] = BitOperations.PopCount(x[i]));
        kernels.Unary<ulong, int>("BitOperations.PopCount of 64 bits", (i, x, y) => y[i] = BitOperations.PopCount(x[i]));
        kernels.Unary<uint, int>("BitOperations.LeadingZeroCount of 32 bits", (i, x, y) =>
            y[i] = BitOperations.LeadingZeroCount(x[i]));
        kernels.Unary<ulong, int>("BitOperations.LeadingZeroCount of 64 bits", (i, x, y) =>
            y[i] = BitOperations.LeadingZeroCount(x[i]));
        kernels.Unary<int, int>("BitOperations.TrailingZeroCount of 32 bits", (i, x, y) =>
            y[i] = BitOperations.TrailingZeroCount(x[i]));
        kernels.Unary<ulong, int>("BitOperations.TrailingZeroCount of 64 bits", (i, x, y) =>
            y[i] = BitOperations.TrailingZeroCount(x[i]));
        kernels.Binary<uint, uint>("BitOperations.RotateLeft and RotateRight of 32 bits", (i, a, b, y) =>
            y[i] = BitOperations.RotateLeft(a[i], (int)b[i]) ^ BitOperations.RotateRight(b[i], (int)a[i]));
        kernels.Binary<ulong, ulong>("BitOperations.RotateLeft and RotateRight of 64 bits", (i, a, b, y) =>
            y[i] = BitOperations.RotateLeft(a[i], (int)b[i]) ^ BitOperations.RotateRight(b[i], (int)a[i]));
        kernels.Unary<uint, int>("BitOperations.Log2", (i, x, y) => y[i] = BitOperations.Log2(x[i] | 1));
        kernels.Unary<int, int>("BitOperations.IsPow2", (i, x, y) => y[i] = BitOperations.IsPow2(x[i]) ? 1 : 0);
        kernels.Unary<int, int>("IntrinsicMath counts of int", (i, x, y) =>
            y[i] = IntrinsicMath.PopCount(x[i]) + (100 * IntrinsicMath.LeadingZeroCount(x[i])) +
                (10000 * IntrinsicMath.TrailingZeroCount(x[i])));
        kernels.Unary<long, int>("IntrinsicMath counts of long", (i, x, y) =>
            y[i] = IntrinsicMath.PopCount(x[i]) + (100 * IntrinsicMath.LeadingZeroCount(x[i])) +
                (10000 * IntrinsicMath.TrailingZeroCount(x[i])));
        kernels.Unary<int, int>("int.PopCount, LeadingZeroCount and TrailingZeroCount", (i, x, y) =>
            y[i] = int.PopCount(x[i]) + (100 * int.LeadingZeroCount(x[i])) + (10000 * int.TrailingZeroCount(x[i])));
        kernels.Binary<int, int>("IntrinsicMath.Min, Max, Clamp and Abs of int", (i, a, b, y) =>
            y[i] = IntrinsicMath.Min(a[i], b[i]) ^ (3 * IntrinsicMath.Max(a[i], b[i])) ^ IntrinsicMath.Clamp(a[i], -10, 10) ^
                IntrinsicMath.Abs(b[i]));
        kernels.Binary<ulong, ulong>("IntrinsicMath.Min, Max and Clamp of ulong", (i, a, b, y) =>
            y[i] = IntrinsicMath.Min(a[i], b[i]) ^ (3 * IntrinsicMath.Max(a[i], b[i])) ^
                IntrinsicMath.Clamp(a[i], 5ul, 1ul << 60));
        kernels.Binary<int, int>("IntrinsicMath.DivRoundUp and DivRoundDown", (i, a, b, y) =>
            y[i] = IntrinsicMath.DivRoundUp(a[i] & 0xFFFFFF, (b[i] & 0xFFFF) + 1) - IntrinsicMath.DivRoundDown(a[i], 7));
        kernels.Binary<long, long>("Math.Min, Max and Abs of long", (i, a, b, y) =>
            y[i] = Math.Min(a[i], b[i]) ^ (3 * Math.Max(a[i], b[i])) ^ Math.Abs(a[i] | 1), where: (a, _) =>
                (a | 1) != long.MinValue);
        kernels.Binary<uint, uint>("Math.Min, Max and Clamp of uint", (i, a, b, y) =>
            y[i] = Math.Min(a[i], b[i]) ^ (3 * Math.Max(a[i], b[i])) ^ Math.Clamp(a[i], 3u, 0xF0000000u));
        kernels.Unary<int, int>("Math.Sign, and Math.Clamp of int", (i, x, y) =>
            y[i] = (Math.Sign(x[i]) * 100) + Math.Clamp(x[i], -5, 5));
    }

    private static void AddWideProducts(KernelSet kernels)
    {
        kernels.Binary<ulong, ulong>("Math.BigMul: both halves of 128 bits", (i, a, b, y) =>
        {
            var high = Math.BigMul(a[i], b[i], out var low);
            y[i] = high ^ (low * 3);
        });
        kernels.Binary<ulong, ulong>("the high half of a product, by halves", (i, a, b, y) =>
        {
            var (aLow, aHigh) = (a[i] & 0xFFFFFFFF, a[i] >> 32);
            var (bLow, bHigh) = (b[i] & 0xFFFFFFFF, b[i] >> 32);
            var middle = (aHigh * bLow) + ((aLow * bLow) >> 32);
            var carry = (aLow * bHigh) + (middle & 0xFFFFFFFF);
            y[i] = (aHigh * bHigh) + (middle >> 32) + (carry >> 32);
        });
        kernels.Binary<int, long>("Math.BigMul of int", (i, a, b, y) => y[i] = Math.BigMul(a[i], b[i]));
        kernels.Binary<uint, uint>("the high half of 32 bits", (i, a, b, y) => y[i] = (uint)(((ulong)a[i] * b[i]) >> 32));
        kernels.Binary<uint, uint>("a round of Philox", (i, a, b, y) =>
        {
            var product = (ulong)a[i] * 0xD2511F53;
            y[i] = (uint)(product >> 32) ^ b[i] ^ 0x9E3779B9 ^ (uint)product;
        });
        kernels.Binary<int, int>("Math.DivRem as a tuple", (i, a, b, y) =>
        {
            var (quotient, remainder) = Math.DivRem(a[i], (b[i] & 0xFF) + 1);
            y[i] = quotient ^ (remainder << 8);
        });
    }
}
