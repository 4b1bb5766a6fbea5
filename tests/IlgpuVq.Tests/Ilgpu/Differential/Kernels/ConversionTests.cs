using ILGPU;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;
using Half = ILGPU.Half;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Every numeric type converted to every other. Floating point to integer saturates, and NaN gives zero.</summary>
public sealed class ConversionTests(DifferentialDevices devices) : KernelTests<ConversionTests>(devices), IKernelSet
{
    /// <summary>One number as every type.</summary>
    private record struct Converted
    {
        public sbyte SByte;
        public byte Byte;
        public short Short;
        public ushort UShort;
        public int Int;
        public uint UInt;
        public long Long;
        public ulong ULong;
        public float Float;
        public double Double;
    }

    public static void AddTo(KernelSet kernels)
    {
        AddToAll(kernels);
        AddHalf(kernels);
        AddChains(kernels);
        AddBits(kernels);
    }

    private static void AddToAll(KernelSet kernels)
    {
        kernels.Unary<sbyte, Converted>("sbyte to every type", (i, x, y) => y[i] = new()
        {
            SByte = x[i],
            Byte = (byte)x[i],
            Short = x[i],
            UShort = (ushort)x[i],
            Int = x[i],
            UInt = (uint)x[i],
            Long = x[i],
            ULong = (ulong)x[i],
            Float = x[i],
            Double = x[i],
        });
        kernels.Unary<byte, Converted>("byte to every type", (i, x, y) => y[i] = new()
        {
            SByte = (sbyte)x[i],
            Byte = x[i],
            Short = x[i],
            UShort = x[i],
            Int = x[i],
            UInt = x[i],
            Long = x[i],
            ULong = x[i],
            Float = x[i],
            Double = x[i],
        });
        kernels.Unary<short, Converted>("short to every type", (i, x, y) => y[i] = new()
        {
            SByte = (sbyte)x[i],
            Byte = (byte)x[i],
            Short = x[i],
            UShort = (ushort)x[i],
            Int = x[i],
            UInt = (uint)x[i],
            Long = x[i],
            ULong = (ulong)x[i],
            Float = x[i],
            Double = x[i],
        });
        kernels.Unary<ushort, Converted>("ushort to every type", (i, x, y) => y[i] = new()
        {
            SByte = (sbyte)x[i],
            Byte = (byte)x[i],
            Short = (short)x[i],
            UShort = x[i],
            Int = x[i],
            UInt = x[i],
            Long = x[i],
            ULong = x[i],
            Float = x[i],
            Double = x[i],
        });
        kernels.Unary<int, Converted>("int to every type", (i, x, y) => y[i] = new()
        {
            SByte = (sbyte)x[i],
            Byte = (byte)x[i],
            Short = (short)x[i],
            UShort = (ushort)x[i],
            Int = x[i],
            UInt = (uint)x[i],
            Long = x[i],
            ULong = (ulong)x[i],
            Float = x[i],
            Double = x[i],
        });
        kernels.Unary<uint, Converted>("uint to every type", (i, x, y) => y[i] = new()
        {
            SByte = (sbyte)x[i],
            Byte = (byte)x[i],
            Short = (short)x[i],
            UShort = (ushort)x[i],
            Int = (int)x[i],
            UInt = x[i],
            Long = x[i],
            ULong = x[i],
            Float = x[i],
            Double = x[i],
        });
        kernels.Unary<long, Converted>("long to every type", (i, x, y) => y[i] = new()
        {
            SByte = (sbyte)x[i],
            Byte = (byte)x[i],
            Short = (short)x[i],
            UShort = (ushort)x[i],
            Int = (int)x[i],
            UInt = (uint)x[i],
            Long = x[i],
            ULong = (ulong)x[i],
            Float = x[i],
            Double = x[i],
        });
        kernels.Unary<ulong, Converted>("ulong to every type", (i, x, y) => y[i] = new()
        {
            SByte = (sbyte)x[i],
            Byte = (byte)x[i],
            Short = (short)x[i],
            UShort = (ushort)x[i],
            Int = (int)x[i],
            UInt = (uint)x[i],
            Long = (long)x[i],
            ULong = x[i],
            Float = x[i],
            Double = x[i],
        });
        // To 8 and 16 bits the language leaves open what happens outside their range: by way of int it is defined.
        kernels.Unary<float, Converted>("float to every type saturates", (i, x, y) => y[i] = new()
        {
            SByte = (sbyte)(int)x[i],
            Byte = (byte)(int)x[i],
            Short = (short)(int)x[i],
            UShort = (ushort)(int)x[i],
            Int = (int)x[i],
            UInt = (uint)x[i],
            Long = (long)x[i],
            ULong = (ulong)x[i],
            Float = x[i],
            Double = x[i],
        });
        kernels.Unary<double, Converted>("double to every type saturates", (i, x, y) => y[i] = new()
        {
            SByte = (sbyte)(int)x[i],
            Byte = (byte)(int)x[i],
            Short = (short)(int)x[i],
            UShort = (ushort)(int)x[i],
            Int = (int)x[i],
            UInt = (uint)x[i],
            Long = (long)x[i],
            ULong = (ulong)x[i],
            Float = (float)x[i],
            Double = x[i],
        });
        kernels.Unary<float, byte>("float to byte inside its range", (i, x, y) =>
            y[i] = (byte)x[i], values: Samples.Range(0f, 255.9f));
        kernels.Unary<float, sbyte>("float to sbyte inside its range", (i, x, y) =>
            y[i] = (sbyte)x[i], values: Samples.Range(-128.9f, 127.9f));
        kernels.Unary<double, short>("double to short inside its range", (i, x, y) =>
            y[i] = (short)x[i], values: Samples.Range(-32768.9, 32767.9));
        kernels.Unary<double, ushort>("double to ushort inside its range", (i, x, y) =>
            y[i] = (ushort)x[i], values: Samples.Range(0, 65535.9));
    }

    private static void AddHalf(KernelSet kernels)
    {
        kernels.Unary<float, Half>("float to Half rounds to even", (i, x, y) => y[i] = (Half)x[i]);
        kernels.Unary<double, Half>("double to Half rounds once", (i, x, y) => y[i] = (Half)x[i]);
        kernels.Unary<Half, float>("Half to float is exact", (i, x, y) => y[i] = x[i]);
        kernels.Unary<Half, double>("Half to double is exact", (i, x, y) => y[i] = x[i]);
        kernels.Unary<int, Half>("int to Half", (i, x, y) => y[i] = (Half)x[i]);
        kernels.Unary<Half, int>("Half to int", (i, x, y) => y[i] = (int)x[i]);
        kernels.Unary<ushort, float>("every kind of Half as a float", (i, x, y) => y[i] = ToHalf(x[i]));
    }

    private static void AddChains(KernelSet kernels)
    {
        kernels.Unary<ulong, float>("ulong to float rounds once", (i, x, y) => y[i] = x[i]);
        kernels.Unary<long, float>("long to float rounds once", (i, x, y) => y[i] = x[i]);
        kernels.Unary<ulong, double>("ulong to double", (i, x, y) => y[i] = x[i]);
        kernels.Binary<int, double>("quotients of int as double", (i, a, b, y) => y[i] = (double)a[i] / (double)b[i]);
        kernels.Binary<uint, double>("quotients of uint as double", (i, a, b, y) => y[i] = (double)a[i] / (double)b[i]);
        kernels.Binary<int, float>("quotients of int as float", (i, a, b, y) => y[i] = (float)a[i] / (float)b[i]);
        kernels.Binary<long, double>("quotients of long as double", (i, a, b, y) => y[i] = (double)a[i] / (double)b[i]);
        kernels.Unary<uint, double>("functions of uint as double", (i, x, y) => y[i] = Math.Abs((double)x[i]) + Math.Sqrt((double)x[i]));
        kernels.Unary<double, float>("double to float and back", (i, x, y) => y[i] = (float)(x[i] - (float)x[i]));
        kernels.Unary<int, float>("int to float to int and the rest", (i, x, y) => y[i] = x[i] - (int)(float)x[i]);
        kernels.Unary<int, long>("sign and zero extension to 64 bits", (i, x, y) => y[i] = x[i] ^ ((long)(uint)x[i] << 1));
        kernels.Unary<long, int>("the low and the high word", (i, x, y) => y[i] = (int)x[i] ^ (int)(x[i] >> 32));
        kernels.Unary<int, int>("cut to 8 and 16 bits and extend again", (i, x, y) =>
            y[i] = (sbyte)x[i] + ((byte)x[i] * 3) + ((short)x[i] * 5) + ((ushort)x[i] * 7));
        kernels.Unary<float, int>("float to int in an index", (i, x, y) =>
            y[i] = (int)((x[i] * 15.99f) + 16) & 31, values: Samples.Floats(72, 100));
        kernels.Unary<uint, float>("uint to the unit interval", (i, x, y) => y[i] = (x[i] >> 8) * (1f / 16777216));
        kernels.Unary<int, int>("char arithmetic inside a kernel", (i, x, y) => y[i] = (char)(x[i] + 'A') - 'a');
        kernels.Unary<int, long>("nint and nuint are 64 bits wide", (i, x, y) =>
            y[i] = ((nint)x[i] << 20) ^ (long)(nuint)(uint)x[i]);
        kernels.Unary<int, int>("bool as a number and back", (i, x, y) =>
        {
            var isOdd = (x[i] & 1) != 0;
            var isLarge = x[i] > 1000;
            y[i] = (isOdd ^ isLarge ? 1 : 0) + (isOdd == isLarge ? 2 : 0) + (isOdd & !isLarge ? 4 : 0) + (isOdd |
                isLarge ? 8 : 0);
        });
    }

    private static void AddBits(KernelSet kernels)
    {
        kernels.Unary<float, uint>("Interop.FloatAsInt of float", (i, x, y) => y[i] = Interop.FloatAsInt(x[i]));
        kernels.Unary<double, ulong>("Interop.FloatAsInt of double", (i, x, y) => y[i] = Interop.FloatAsInt(x[i]));
        kernels.Unary<uint, float>("Interop.IntAsFloat to float", (i, x, y) => y[i] = Interop.IntAsFloat(x[i]));
        kernels.Unary<ulong, double>("Interop.IntAsFloat to double", (i, x, y) => y[i] = Interop.IntAsFloat(x[i]));
        kernels.Unary<Half, int>("Interop.FloatAsInt of Half", (i, x, y) => y[i] = Interop.FloatAsInt(x[i]));
        kernels.Unary<float, int>("BitConverter between float and int", (i, x, y) =>
            y[i] = BitConverter.SingleToInt32Bits(x[i]) ^ BitConverter.SingleToInt32Bits(BitConverter.Int32BitsToSingle(i)));
        kernels.Unary<double, long>("BitConverter between double and long", (i, x, y) =>
            y[i] = BitConverter.DoubleToInt64Bits(x[i]) ^ BitConverter.DoubleToInt64Bits(BitConverter.Int64BitsToDouble(i)));
        kernels.Unary<float, float>("sign and exponent by bits", (i, x, y) =>
            y[i] = Interop.IntAsFloat((Interop.FloatAsInt(x[i]) & 0x80000000u) | 0x3F800000u));
        kernels.Indexed<int>("Interop.SizeOf", (i, y) =>
            y[i] = Interop.SizeOf<Converted>() + (100 * Interop.SizeOf<double>()) + (10000 * Interop.SizeOf<short>()) + i);
    }

    /// <summary>Half has no public way from bits: numbers are built from sign, exponent and mantissa.</summary>
    private static Half ToHalf(ushort bits)
    {
        var exponent = (bits >> 10) & 31;
        var mantissa = (bits & 1023) / 1024f;
        var magnitude = exponent == 0 ? mantissa / 16384 : Interop.IntAsFloat((uint)(exponent + 112) << 23) * (1 + mantissa);
        return (Half)((bits & 0x8000) != 0 ? -magnitude : magnitude);
    }
}
