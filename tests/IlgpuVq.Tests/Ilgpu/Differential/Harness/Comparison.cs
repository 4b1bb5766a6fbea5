using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU.Frontend.Types;

namespace IlgpuVq.Tests.Ilgpu.Differential.Harness;

/// <summary>Compares what two runs of a kernel left behind, number by number.</summary>
internal static class Comparison
{
    /// <summary>Where the runs differ, in words; null where they do not.</summary>
    public static string? FirstDifference(KernelResult expected, KernelResult actual)
    {
        if (expected.Element != actual.Element || expected.Bytes.Length != actual.Bytes.Length)
        {
            return $"{expected.Name}: expected {expected.Bytes.Length} bytes of {expected.Element.Name}; " +
                $"got {actual.Bytes.Length} of {actual.Element.Name}.";
        }

        var size = FieldLayout.SizeOf(expected.Element);
        var leaves = ElementLeaves.Of(expected.Element);
        var (first, count) = ((string?)null, 0);
        for (var element = 0; element < expected.Bytes.Length / size; element++)
        {
            foreach (var leaf in leaves)
            {
                var left = Slot(expected, element);
                var right = Slot(actual, element);
                if (!AreClose(leaf.Type, left, right, expected.Bound))
                {
                    count++;
                    first ??= $"{expected.Name}[{element}]{leaf.Path}: expected {Show(leaf.Type, left)}; " +
                        $"got {Show(leaf.Type, right)}";
                }

                ReadOnlySpan<byte> Slot(KernelResult result, int index) => result.Bytes.AsSpan((index * size) + leaf.Offset);
            }
        }

        return first is null ? null : $"{first} ({count} numbers differ; {expected.Bound}).";
    }

    /// <summary>True if the run wrote something else than was there.</summary>
    public static bool IsChanged(KernelResult result) => !result.Bytes.AsSpan().SequenceEqual(result.Before);

    private static bool AreClose(Type type, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, Bound bound)
    {
        var size = FieldLayout.SizeOf(type);
        return expected[..size].SequenceEqual(actual[..size])
            || (type == typeof(float) && AreClose(Number.OfSingle(expected), Number.OfSingle(actual), bound))
            || (type == typeof(double) && AreClose(Number.OfDouble(expected), Number.OfDouble(actual), bound))
            || (type == typeof(Half) && AreClose(Number.OfHalf(expected), Number.OfHalf(actual), bound));
    }

    private static bool AreClose(Number expected, Number actual, Bound bound)
    {
        if (double.IsNaN(expected.Value) || double.IsNaN(actual.Value))
        {
            return double.IsNaN(expected.Value) && double.IsNaN(actual.Value);
        }

        return bound != Bound.Exact
            && double.IsInfinity(expected.Value) == double.IsInfinity(actual.Value)
            && (Math.Abs(expected.Value - actual.Value) <= bound.Absolute
                || Int128.Abs((Int128)expected.Rank - actual.Rank) <= bound.Ulps);
    }

    private static T Read<T>(ReadOnlySpan<byte> bytes)
        where T : unmanaged => MemoryMarshal.Read<T>(bytes[..Unsafe.SizeOf<T>()]);

    private static string Show(Type type, ReadOnlySpan<byte> bytes)
    {
        var hex = Convert.ToHexString([.. bytes[..FieldLayout.SizeOf(type)].ToArray().Reverse()]);
        var invariant = CultureInfo.InvariantCulture;
        return type == typeof(float) ? string.Create(invariant, $"{Read<float>(bytes):R} (0x{hex})")
            : type == typeof(double) ? string.Create(invariant, $"{Read<double>(bytes):R} (0x{hex})")
            : type == typeof(Half) ? string.Create(invariant, $"{Read<Half>(bytes)} (0x{hex})")
            : $"0x{hex}";
    }

    /// <param name="Value">The number.</param>
    /// <param name="Rank">Its place among all numbers of its type: 0 for both zeros, 1 for the smallest above them.</param>
    private readonly record struct Number(double Value, long Rank)
    {
        public static Number OfSingle(ReadOnlySpan<byte> bytes) =>
            new(Read<float>(bytes), RankOf(Read<int>(bytes), int.MinValue));

        public static Number OfDouble(ReadOnlySpan<byte> bytes) =>
            new(Read<double>(bytes), RankOf(Read<long>(bytes), long.MinValue));

        public static Number OfHalf(ReadOnlySpan<byte> bytes) =>
            new((double)Read<Half>(bytes), RankOf(Read<short>(bytes), short.MinValue));

        /// <summary>Numbers of one sign are ordered as their bits; minus zero is the sign bit alone.</summary>
        private static long RankOf(long bits, long minusZero) => bits >= 0 ? bits : minusZero - bits;
    }
}
