using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Integers of 8 and 16 bits: computed as int, cut off when stored, extended by sign or zeros when read.</summary>
public sealed class NarrowIntegerTests(DifferentialDevices devices) : KernelTests<NarrowIntegerTests>(devices), IKernelSet
{
    public static void AddTo(KernelSet kernels)
    {
        kernels.Binary<sbyte, sbyte>("sbyte: sums wrap around", (i, a, b, y) => y[i] = (sbyte)(a[i] + b[i]));
        kernels.Binary<sbyte, sbyte>("sbyte: products wrap around", (i, a, b, y) => y[i] = (sbyte)(a[i] * b[i]));
        kernels.Binary<sbyte, int>("sbyte: quotients are those of int", (i, a, b, y) =>
            y[i] = a[i] / b[i], where: (_, b) => b != 0);
        kernels.Binary<sbyte, sbyte>("sbyte: shifts extend the sign", (i, a, b, y) =>
            y[i] = (sbyte)((a[i] >> (b[i] & 7)) ^ (a[i] << 1)));
        kernels.Binary<sbyte, int>("sbyte: comparisons are signed", (i, a, b, y) =>
            y[i] = a[i] < b[i] ? a[i] : a[i] == b[i] ? 1000 : -1000);
        kernels.Unary<sbyte, sbyte>("sbyte: a local keeps 8 bits", (i, x, y) =>
        {
            var value = x[i];
            value++;
            value += 100;
            value = (sbyte)-value;
            y[i] = value;
        });

        kernels.Binary<byte, byte>("byte: sums wrap around", (i, a, b, y) => y[i] = (byte)(a[i] + b[i]));
        kernels.Binary<byte, byte>("byte: differences wrap around", (i, a, b, y) => y[i] = (byte)(a[i] - b[i]));
        kernels.Binary<byte, int>("byte: sums in int do not wrap around", (i, a, b, y) => y[i] = (a[i] + b[i]) * a[i]);
        kernels.Binary<byte, int>("byte: differences in int are signed", (i, a, b, y) =>
            y[i] = a[i] - b[i] < 0 ? -1 : a[i] % (b[i] | 1));
        kernels.Binary<byte, int>("byte: complement is that of int", (i, a, b, y) => y[i] = ~a[i] ^ -b[i]);
        kernels.Unary<byte, byte>("byte: a local keeps 8 bits", (i, x, y) =>
        {
            var value = x[i];
            value += 200;
            value <<= 1;
            value--;
            y[i] = value;
        });
        kernels.Unary<byte, int>("byte: a loop over a narrow counter wraps around", (i, x, y) =>
        {
            var rounds = 0;
            for (var count = x[i]; count != 3 && rounds < 300; count++)
            {
                rounds++;
            }

            y[i] = rounds;
        });

        kernels.Binary<short, short>("short: sums wrap around", (i, a, b, y) => y[i] = (short)(a[i] + b[i]));
        kernels.Binary<short, short>("short: products wrap around", (i, a, b, y) => y[i] = (short)(a[i] * b[i]));
        kernels.Binary<short, int>("short: remainders have the sign of a", (i, a, b, y) =>
            y[i] = a[i] % b[i], where: (_, b) => b != 0);
        kernels.Binary<short, int>("short: comparisons are signed", (i, a, b, y) => y[i] = a[i] >= b[i] ? a[i] : b[i]);
        kernels.Unary<short, short>("short: the smallest negated is itself", (i, x, y) => y[i] = (short)-x[i]);

        kernels.Binary<ushort, ushort>("ushort: sums wrap around", (i, a, b, y) => y[i] = (ushort)(a[i] + b[i]));
        kernels.Binary<ushort, int>("ushort: products overflow into the sign of int", (i, a, b, y) => y[i] = a[i] * b[i]);
        kernels.Binary<ushort, int>("ushort: quotients", (i, a, b, y) =>
            y[i] = (a[i] / b[i]) - (a[i] % b[i]), where: (_, b) => b != 0);
        kernels.Binary<ushort, int>("ushort: comparisons are unsigned", (i, a, b, y) => y[i] = a[i] > b[i] ? a[i] : -b[i]);
        kernels.Binary<ushort, ushort>("ushort: shifts to the right fill with zeros", (i, a, b, y) =>
            y[i] = (ushort)((a[i] >> (b[i] & 15)) | (a[i] << 3)));

        kernels.Binary<byte, ushort>("two bytes make a ushort", (i, a, b, y) => y[i] = (ushort)((a[i] << 8) | b[i]));
        kernels.Binary<sbyte, long>("an sbyte extends its sign to 64 bits", (i, a, b, y) =>
            y[i] = a[i] * (long)b[i] * int.MaxValue);
        kernels.Binary<ushort, ulong>("a ushort extends with zeros to 64 bits", (i, a, b, y) =>
            y[i] = ((ulong)a[i] << 48) | b[i]);
    }
}
