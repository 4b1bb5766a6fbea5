using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace IlgpuVq.Models.Safetensors;

/// <summary>Elements of a file as float32 or int32, and the order of their bytes.</summary>
internal static class SafetensorsConversion
{
    private const int ChunkBytes = 64 * 1024;

    /// <summary>Elements read into place at once: a span of bytes holds fewer than 2³¹.</summary>
    private const int PartElements = 1 << 28;

    private delegate void Conversion<T>(SafetensorsType type, ReadOnlySpan<byte> source, Span<T> destination);

    /// <summary>
    /// Whether the type can be read as float32: all but BOOL and the eight-bit floats, whose variants disagree on NaN.
    /// </summary>
    public static bool HasFloats(this SafetensorsType type) =>
        type is not (SafetensorsType.BOOL or (>= SafetensorsType.F8_E4M3 and <= SafetensorsType.F8_E5M2FNUZ));

    /// <summary>Whether the type can be read as int32, where the values allow it.</summary>
    public static bool HasInts(this SafetensorsType type) => type
        is SafetensorsType.U8 or SafetensorsType.I8 or SafetensorsType.U16 or SafetensorsType.I16
        or SafetensorsType.U32 or SafetensorsType.I32 or SafetensorsType.U64 or SafetensorsType.I64;

    /// <summary>Reads elements that lie one behind the other, as <see cref="ToFloats"/>.</summary>
    public static void ReadFloats(
        ByteSource source, long offset, SafetensorsType type, Span<float> destination, bool isBigEndian = false) =>
        Read(source, offset, type, destination, same: SafetensorsType.F32, ToFloats, isBigEndian);

    /// <summary>Reads elements that lie one behind the other, as <see cref="ToInts"/>.</summary>
    /// <exception cref="OverflowException">A value lies outside of int32.</exception>
    public static void ReadInts(
        ByteSource source, long offset, SafetensorsType type, Span<int> destination, bool isBigEndian = false) =>
        Read(source, offset, type, destination, same: SafetensorsType.I32, ToInts, isBigEndian);

    /// <summary>Rounds to the nearest float; a double out of range becomes ±∞.</summary>
    public static void ToFloats(SafetensorsType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case SafetensorsType.F32:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(destination);
                break;
            case SafetensorsType.F16:
                Convert<Half>(source, destination);
                break;
            case SafetensorsType.BF16:
                var upperHalves = MemoryMarshal.Cast<byte, ushort>(source);
                for (var i = 0; i < upperHalves.Length; i++)
                {
                    destination[i] = BitConverter.UInt32BitsToSingle((uint)upperHalves[i] << 16);
                }

                break;
            case SafetensorsType.F64:
                Convert<double>(source, destination);
                break;
            case SafetensorsType.U8:
                Convert<byte>(source, destination);
                break;
            case SafetensorsType.I8:
                Convert<sbyte>(source, destination);
                break;
            case SafetensorsType.U16:
                Convert<ushort>(source, destination);
                break;
            case SafetensorsType.I16:
                Convert<short>(source, destination);
                break;
            case SafetensorsType.U32:
                Convert<uint>(source, destination);
                break;
            case SafetensorsType.I32:
                Convert<int>(source, destination);
                break;
            case SafetensorsType.U64:
                Convert<ulong>(source, destination);
                break;
            case SafetensorsType.I64:
                Convert<long>(source, destination);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "has no float32 form");
        }
    }

    /// <exception cref="OverflowException">A value lies outside of int32.</exception>
    public static void ToInts(SafetensorsType type, ReadOnlySpan<byte> source, Span<int> destination)
    {
        switch (type)
        {
            case SafetensorsType.U8:
                Check<byte>(source, destination);
                break;
            case SafetensorsType.I8:
                Check<sbyte>(source, destination);
                break;
            case SafetensorsType.U16:
                Check<ushort>(source, destination);
                break;
            case SafetensorsType.I16:
                Check<short>(source, destination);
                break;
            case SafetensorsType.U32:
                Check<uint>(source, destination);
                break;
            case SafetensorsType.I32:
                MemoryMarshal.Cast<byte, int>(source).CopyTo(destination);
                break;
            case SafetensorsType.U64:
                Check<ulong>(source, destination);
                break;
            case SafetensorsType.I64:
                Check<long>(source, destination);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "has no int32 form");
        }
    }

    /// <summary>
    /// From the file's order of bytes to the processor's, in place, and back; nothing where both are the same.
    /// </summary>
    public static void OrderBytes(Span<byte> elements, int byteSize, bool isBigEndian = false)
    {
        if (BitConverter.IsLittleEndian != isBigEndian)
        {
            return;
        }

        switch (byteSize)
        {
            case 2:
                var shorts = MemoryMarshal.Cast<byte, ushort>(elements);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                var ints = MemoryMarshal.Cast<byte, uint>(elements);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                var longs = MemoryMarshal.Cast<byte, ulong>(elements);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
        }
    }

    /// <summary>Reads in chunks: into place where the file holds the type asked for, else through a buffer and the
    /// conversion.</summary>
    private static void Read<T>(
        ByteSource source, long offset, SafetensorsType type, Span<T> destination, SafetensorsType same, Conversion<T> convert,
        bool isBigEndian)
        where T : unmanaged
    {
        var size = type.ByteSize();
        var most = type == same ? PartElements : ChunkBytes / size;
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (var done = 0; done < destination.Length;)
            {
                var part = destination.Slice(done, Math.Min(most, destination.Length - done));
                var bytes = type == same ? MemoryMarshal.AsBytes(part) : chunk.AsSpan(0, part.Length * size);
                source.Read(offset + ((long)done * size), bytes);
                OrderBytes(bytes, size, isBigEndian);
                if (type != same)
                {
                    convert(type, bytes, part);
                }

                done += part.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private static void Convert<TFrom>(ReadOnlySpan<byte> source, Span<float> destination)
        where TFrom : unmanaged, INumberBase<TFrom>
    {
        var values = MemoryMarshal.Cast<byte, TFrom>(source);
        for (var i = 0; i < values.Length; i++)
        {
            destination[i] = float.CreateTruncating(values[i]);
        }
    }

    private static void Check<TFrom>(ReadOnlySpan<byte> source, Span<int> destination)
        where TFrom : unmanaged, INumberBase<TFrom>
    {
        var values = MemoryMarshal.Cast<byte, TFrom>(source);
        for (var i = 0; i < values.Length; i++)
        {
            destination[i] = int.CreateChecked(values[i]);
        }
    }
}
