using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ILGPU;

/// <summary>Values as their bits, and the layout of types in memory.</summary>
public static class Interop
{
    public static uint FloatAsInt(float value) => BitConverter.SingleToUInt32Bits(value);

    public static ulong FloatAsInt(double value) => BitConverter.DoubleToUInt64Bits(value);

    public static ushort FloatAsInt(Half value) => value.RawValue;

    public static float IntAsFloat(uint value) => BitConverter.UInt32BitsToSingle(value);

    public static double IntAsFloat(ulong value) => BitConverter.UInt64BitsToDouble(value);

    /// <summary>The size of an element in bytes.</summary>
    public static int SizeOf<T>()
        where T : unmanaged => Unsafe.SizeOf<T>();

    /// <inheritdoc cref="SizeOf{T}()"/>
    public static int SizeOf<T>(T value)
        where T : unmanaged => Unsafe.SizeOf<T>();

    /// <summary>The offset of a field in bytes.</summary>
    public static int OffsetOf<T>(string fieldName)
        where T : unmanaged => Marshal.OffsetOf<T>(fieldName).ToInt32();
}
