using System.Buffers.Binary;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Codes;

/// <summary>The numbers of a grid in a file, little-endian: indices (<c>int[]</c>) in the smallest whole numbers that hold its
/// codes, latent numbers (<c>float[]</c>) as they are.</summary>
internal static class GridNumbers
{
    /// <summary>The type of a grid's tensor.</summary>
    public static SafetensorsType TypeOf(GridLayout layout) => layout switch
    {
        LatentLayout => SafetensorsType.F32,
        CodeLayout codes => codes.CodebookSizes.Max() switch
        {
            <= 1 << 8 => SafetensorsType.U8,
            <= 1 << 16 => SafetensorsType.U16,
            _ => SafetensorsType.I32,
        },
        _ => throw new ArgumentException($"a file of codes: expected codes or latent numbers; got {layout}.", nameof(layout)),
    };

    /// <summary>What the numbers of one image take in a file.</summary>
    public static long BytesPerImage(GridLayout layout) => (long)layout.NumbersPerImage * TypeOf(layout).ByteSize();

    /// <summary>What the numbers of a grid are called.</summary>
    public static string NameOf(GridLayout layout) => layout is CodeLayout ? "indices" : "numbers";

    /// <summary>Writes numbers, as many as there is room for.</summary>
    public static void Write(Array numbers, int size, Span<byte> target)
    {
        if (numbers is float[] floats)
        {
            for (var i = 0; i < floats.Length; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(target[(i * size)..], floats[i]);
            }

            return;
        }

        var ids = (int[])numbers;
        for (var i = 0; i < ids.Length; i++)
        {
            for (var b = 0; b < size; b++)
            {
                target[(i * size) + b] = (byte)(ids[i] >> (8 * b));
            }
        }
    }

    /// <summary>Numbers of a grid.</summary>
    public static Array Read(ReadOnlySpan<byte> bytes, GridLayout layout)
    {
        var size = TypeOf(layout).ByteSize();
        if (layout is LatentLayout)
        {
            var floats = new float[bytes.Length / size];
            for (var i = 0; i < floats.Length; i++)
            {
                floats[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * size)..]);
            }

            return floats;
        }

        var ids = new int[bytes.Length / size];
        for (var i = 0; i < ids.Length; i++)
        {
            for (var b = 0; b < size; b++)
            {
                ids[i] |= bytes[(i * size) + b] << (8 * b);
            }
        }

        return ids;
    }

    /// <summary>Refuses an index that stands for no code, and a latent number that is not finite.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="layout">Of the grid.</param>
    /// <param name="first">Where the first of the numbers lies among those of all images in this grid.</param>
    /// <param name="numbers">The numbers.</param>
    /// <exception cref="RunException">There is one.</exception>
    public static void Check(string path, GridLayout layout, long first, Array numbers)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            var (image, place) = Math.DivRem(first + i, layout.NumbersPerImage);
            if (layout is CodeLayout grid && numbers is int[] ids)
            {
                var codes = grid.CodebookSizes[(int)(place / (layout.Height * layout.Width))];
                if ((uint)ids[i] >= (uint)codes)
                {
                    throw Refuse($"indices below {codes} in {layout.Name}", $"{ids[i]} in image {image}");
                }
            }
            else if (numbers is float[] floats && !float.IsFinite(floats[i]))
            {
                throw Refuse($"finite numbers in {layout.Name}", $"{floats[i]} in image {image}");
            }
        }

        RunException Refuse(string expected, string actual) => new(
            path, expected, actual, "Look with evaluate whether the model is whole, and make the file again with encode.");
    }
}
