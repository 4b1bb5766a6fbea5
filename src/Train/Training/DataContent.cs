using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using IlgpuVq.Models;
using IlgpuVq.Train.Config;
using IlgpuVq.Models.Data;

namespace IlgpuVq.Train.Training;

/// <summary>What a run trains on, so that it goes on with the same images wherever they lie, and with no others.</summary>
/// <remarks>The digest is SHA-256 of the sizes, the variance of all pixels, the names of the classes, all labels in their order,
/// and the pixels of <see cref="Sample"/> images spread evenly over the set, or of all of a smaller one.</remarks>
internal static class DataContent
{
    /// <summary>Images whose pixels count.</summary>
    public const int Sample = 1000;

    /// <summary>The config with what is known once its data are open.</summary>
    /// <exception cref="DataException">All images are of one value.</exception>
    public static DataOptions Describe(DataOptions options, ImageDataSet train) => train.Variance > 0
        ? options with
        {
            Channels = train.Channels,
            Height = train.Height,
            Width = train.Width,
            Variance = train.Variance,
            Count = train.Count,
            Content = Digest(train),
        }
        : throw DataException.Expected(
            train.Name, "images that differ", "images of one single value", "The loss divides by their variance.");

    /// <summary>Refuses data that are not those of the run that goes on.</summary>
    /// <param name="previous">Of the run; where it has seen none yet, of any images of the model's channels.</param>
    /// <param name="now">Of the images that were opened.</param>
    /// <exception cref="DataException">They differ.</exception>
    public static void CheckSame(DataOptions previous, DataOptions now)
    {
        if (!previous.IsKnown)
        {
            if (previous.Channels != now.Channels)
            {
                throw DataException.Expected(
                    now.Name, $"images of {previous.Channels} channels, as the imported model has", $"{now.Channels}",
                    "Name other images with --data.");
            }

            return;
        }

        if (Size(previous) != Size(now))
        {
            throw Differs($"images of {Size(previous)}", Size(now));
        }

        // Files of earlier programs have neither count nor digest; under the name that they had, their data are taken on trust.
        if (previous.Content is null)
        {
            if (Place(previous) != Place(now) && Math.Abs(previous.Variance - now.Variance) > 1e-9 * previous.Variance)
            {
                throw Differs($"images of variance {previous.Variance:R}", $"{now.Variance:R}");
            }
        }
        else if (previous.Count != now.Count)
        {
            throw Differs($"{previous.Count} images", $"{now.Count}");
        }
        else if (previous.Content != now.Content)
        {
            throw Differs(
                $"images and labels of digest {previous.Content[..12]}…",
                $"others, {now.Content![..12]}…, of variance {now.Variance:G6} where that was {previous.Variance:G6}");
        }

        DataException Differs(FormattableString expected, string actual) => DataException.Expected(
            now.Name, $"{FormattableString.Invariant(expected)}, as the run that goes on was started with", actual,
            "Name the place of those with --data or --data-root, or start a new run with another --run.");
    }

    private static string Size(DataOptions data) => $"{data.Width}×{data.Height}×{data.Channels}";

    /// <summary>The name of a set, or the full path of a folder.</summary>
    private static string Place(DataOptions data) =>
        DataSets.Names.Contains(data.Name) ? data.Name : Path.TrimEndingDirectorySeparator(Path.GetFullPath(data.Name));

    /// <summary>The digest, in 64 lower-case hexadecimal digits.</summary>
    public static string Digest(ImageDataSet data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var number in (int[])[data.Count, data.Channels, data.Height, data.Width, data.ClassNames.Count])
        {
            Append(number);
        }

        Append(BitConverter.DoubleToInt64Bits(data.Variance));
        foreach (var name in data.ClassNames.Select(Encoding.UTF8.GetBytes))
        {
            Append(name.Length);
            hash.AppendData(name);
        }

        for (var image = 0; image < data.Count; image++)
        {
            Append(data.Label(image));
        }

        var pixels = new byte[data.ImageLength];
        var count = Math.Min(Sample, data.Count);
        for (var i = 0; i < count; i++)
        {
            data.Read((int)((long)i * data.Count / count), pixels);
            hash.AppendData(pixels);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append(long number)
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
            hash.AppendData(bytes);
        }
    }
}
