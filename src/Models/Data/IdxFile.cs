using System.Buffers.Binary;

namespace IlgpuVq.Models.Data;

/// <summary>
/// Reads IDX, the format of the MNIST family: two zero bytes, a type, the number of axes, the sizes big-endian, the data.
/// </summary>
internal static class IdxFile
{
    private const uint Images = 0x00000803;
    private const uint Labels = 0x00000801;

    /// <summary>Grey images, one after another, row by row.</summary>
    public static (byte[] Pixels, int Count, int Height, int Width) ReadImages(string path)
    {
        var (data, sizes) = Read(path, Images, "images");
        return (data, sizes[0], sizes[1], sizes[2]);
    }

    /// <summary>One label for each image.</summary>
    public static byte[] ReadLabels(string path) => Read(path, Labels, "labels").Data;

    private static (byte[] Data, int[] Sizes) Read(string path, uint magic, string kind)
    {
        using var file = DataFile.Open(path);
        Span<byte> word = stackalloc byte[4];
        file.ReadExactly(word);
        var actual = BinaryPrimitives.ReadUInt32BigEndian(word);
        if (actual != magic)
        {
            throw DataException.Expected(
                path,
                $"a file of {kind}, IDX magic 0x{magic:X8}",
                actual switch { Images => "one of images", Labels => "one of labels", _ => $"0x{actual:X8}" },
                "Is the file under the wrong name?");
        }

        var sizes = new int[(int)(magic & 0xFF)];
        var length = 1L;
        for (var axis = 0; axis < sizes.Length; axis++)
        {
            file.ReadExactly(word);
            var size = BinaryPrimitives.ReadUInt32BigEndian(word);

            // Each factor is below 2³¹ and so is the product so far, so the next product fits in 64 bits.
            length *= size;
            if (size is 0 or > int.MaxValue || length > Math.Min(file.MaximumLength, Array.MaxLength))
            {
                throw file.Broken(
                    "sizes above 0 whose product the file can hold", $"{size} as size {axis + 1} of {sizes.Length}");
            }

            sizes[axis] = (int)size;
        }

        var data = new byte[length];
        file.ReadExactly(data);
        file.RequireEnd();
        return (data, sizes);
    }
}
