using System.Collections.Immutable;
using System.Globalization;
using IlgpuVq.Models.Safetensors;

namespace IlgpuVq.Models.Torch;

/// <summary>Elements that lie one behind the other; tensors are views of them.</summary>
internal sealed class TorchStorage(string key, SafetensorsType type, long count)
{
    public string Key { get; } = key;

    public SafetensorsType Type { get; } = type;

    /// <summary>Elements.</summary>
    public long Count { get; } = count;

    /// <summary>Bytes, which the product of both is known not to exceed 2⁶³ − 1.</summary>
    public long ByteLength => Count * Type.ByteSize();

    /// <summary>The first byte in the file; the older form tells it only behind the pickle.</summary>
    public long Offset { get; set; } = -1;

    /// <summary>The checksum that is still to be compared; null for none, or once it was.</summary>
    public uint? Crc { get; set; }
}

/// <summary>A view of a storage: element i, j, … lies at offset + i·stride₀ + j·stride₁ + ….</summary>
/// <param name="Storage">The elements.</param>
/// <param name="Offset">The first of its own, in elements.</param>
/// <param name="Shape">The dimensions, outermost first.</param>
/// <param name="Strides">In elements; a 0 repeats the same ones.</param>
internal sealed record TorchTensor(
    TorchStorage Storage, long Offset, ImmutableArray<long> Shape, ImmutableArray<long> Strides)
{
    /// <summary>As many as PyTorch has.</summary>
    public const int MostDimensions = 64;

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, length) => product * length);

    /// <summary>How many elements of the storage lie from the first to the last of its own.</summary>
    public long Extent => Count == 0 ? 0 : 1 + Shape.Zip(Strides, (length, stride) => (length - 1) * stride).Sum();

    /// <summary>Whether its elements lie row-major, one behind the other.</summary>
    public bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var axis = Shape.Length - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Strides[axis] != expected)
                {
                    return Count == 0;
                }

                expected *= Shape[axis];
            }

            return true;
        }
    }

    /// <summary>What is wrong with a view: null for nothing. No sum or product of it overflows then.</summary>
    public static string? WhatIsWrong(TorchStorage storage, long offset, ReadOnlySpan<long> shape, ReadOnlySpan<long> strides)
    {
        if (shape.Length != strides.Length)
        {
            return $"{shape.Length} dimensions and {strides.Length} strides";
        }

        Int128 count = 1, end = offset;
        for (var axis = 0; axis < shape.Length; axis++)
        {
            if (shape[axis] < 0 || strides[axis] < 0)
            {
                return "a negative dimension or stride";
            }

            // Both are below 2⁶³ before each step, or it was the last.
            count *= shape[axis];
            end += Int128.Max(0, shape[axis] - 1) * strides[axis];
            if (count > long.MaxValue || end > long.MaxValue)
            {
                return "more than 2^63 elements";
            }
        }

        return offset < 0 || (count > 0 && end >= storage.Count) || offset > storage.Count
                ? string.Create(CultureInfo.InvariantCulture, $"elements up to {end}")
            : count > storage.Count
                ? string.Create(CultureInfo.InvariantCulture, $"{count} elements, the same ones again and again")
            : null;
    }
}
