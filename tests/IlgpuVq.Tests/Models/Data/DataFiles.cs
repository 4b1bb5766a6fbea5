using System.Buffers.Binary;
using System.IO.Compression;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Data;

/// <summary>Small data files of every kind, made by hand, and how a refusal is looked at.</summary>
internal static class DataFiles
{
    public const uint ImagesMagic = 0x803, LabelsMagic = 0x801;

    public static byte[] Idx(uint magic, int[] sizes, params byte[] data)
    {
        return [.. BigEndian(magic), .. sizes.SelectMany(size => BigEndian((uint)size)), .. data];
    }

    /// <summary>Images of 2 × 3 pixels whose bytes count up from 0.</summary>
    public static byte[] IdxImages(int count)
    {
        return Idx(ImagesMagic, [count, 2, 3], [.. Enumerable.Range(0, 6 * count).Select(i => (byte)i)]);
    }

    public static byte[] IdxLabels(params byte[] labels) => Idx(LabelsMagic, [labels.Length], labels);

    /// <summary>One CIFAR-10 record for each label; all bytes of its image are ten times the label.</summary>
    public static byte[] Cifar(params byte[] labels)
    {
        return [.. labels.SelectMany(label => Enumerable.Repeat((byte)(10 * label), 3072).Prepend(label))];
    }

    public static byte[] Gzip(byte[] content)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return target.ToArray();
    }

    /// <summary>Writes a PNG whose pixels are all the same.</summary>
    public static string Image(TemporaryFolder folder, string name, int width, int height, params byte[] pixel)
    {
        var path = folder[name.Split('/')];
        var pixels = Enumerable.Repeat(pixel, width * height).SelectMany(samples => samples).ToArray();
        ImageFile.Save(path, new DecodedImage(width, height, pixel.Length, pixels));
        return path;
    }

    /// <summary>Damages a PNG between its header and its end.</summary>
    public static void FlipAByte(string png)
    {
        var content = File.ReadAllBytes(png);
        content[^20] ^= 1;
        File.WriteAllBytes(png, content);
    }

    public static byte[] Read(ImageDataSet data, int index)
    {
        var pixels = new byte[data.ImageLength];
        data.Read(index, pixels);
        return pixels;
    }

    public static void AssertRefused(string nameOrFolder, DataSetOptions options, params string[] parts)
    {
        var error = Assert.Throws<DataException>(() => DataSets.Open(nameOrFolder, options));
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', error.Message);
    }

    private static byte[] BigEndian(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
