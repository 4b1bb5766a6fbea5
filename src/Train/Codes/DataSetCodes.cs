using System.Security.Cryptography;
using System.Text;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Codes;

/// <summary>Encodes a whole data set into one file, with the labels and names of its images, so that it can be stopped at any
/// moment and goes on.</summary>
/// <remarks>While it runs, what is done lies in <see cref="PartialCodes"/> beside the file. The file itself appears at once when
/// all is done, with the bytes that it has without a stop, and the other goes.</remarks>
internal static class DataSetCodes
{
    private const int MostImages = 256;

    /// <summary>Makes the file, or goes on making it.</summary>
    /// <param name="trained">The model.</param>
    /// <param name="data">The images, of the model's channels.</param>
    /// <param name="path">The file, which is replaced where it is there.</param>
    /// <param name="say">Takes a line where an earlier work goes on, or does not count.</param>
    /// <param name="advance">Gets the number of images that are done, after each batch and at the start; null for nobody.</param>
    /// <param name="tile">As <see cref="ImagePass"/> has it.</param>
    /// <param name="remap">How the file numbers codes; null for as the model does.</param>
    /// <param name="stop">Ends it behind a batch; the next call goes on there.</param>
    /// <returns>Whether the file is there: false when it was stopped.</returns>
    /// <exception cref="RunException">The disk is full or cannot be written: what was done before stays, and the next call goes
    /// on behind it. Or another process makes the same file, the model gives numbers that stand for nothing, or labels and names
    /// do not fit.</exception>
    /// <exception cref="Models.DataException">An image cannot be read.</exception>
    public static bool Write(
        TrainedModel trained, ImageDataSet data, string path, Action<string> say, Action<long>? advance = null,
        int? tile = null, CodeRemap? remap = null, CancellationToken stop = default)
    {
        var device = trained.Model.Device;
        var records = ImageRecords.Of(data);
        var pass = new ImagePass(trained.Model, data.Height, data.Width, tile);
        var batch = pass.AtOnce(MostImages);
        var layouts = remap is null ? pass.Layouts : [(CodeLayout)pass.Layouts[0] with { CodebookSizes = [remap.Count] }];
        var head = new PartialCodesHead(
            trained.Hash, ContentOf(data), data.Split, data.Count, (data.Channels, data.Height, data.Width),
            $"{device.Name} {device.Precision}", tile, batch, layouts)
        {
            Remap = remap?.Description,
        };
        using var codes = PartialCodes.Open(path, head, say);
        var header = new CodeStoreHeader(data.Count, data.Channels, data.Height, data.Width, trained.Hash, layouts)
        {
            Checkpoint = trained.Checkpoint.Path,
            Step = trained.Checkpoint.Step,
            Content = head.Content,
            Used = remap?.Used,
        };
        try
        {
            for (advance?.Invoke(codes.Done); codes.Done < data.Count; advance?.Invoke(codes.Done))
            {
                if (stop.IsCancellationRequested)
                {
                    return false;
                }

                var grids = pass.Encode(Read(device, data, codes.Done, batch));
                using var appending = device.BeginJob("append codes");
                remap?.ToUsed((int[])grids[0], (long)codes.Done * layouts[0].NumbersPerImage);
                codes.Append(grids);
            }

            using var writing = device.BeginJob("write the file");
            CodeStore.Write(path, header, records, codes.CopyTo);
        }
        catch (RunException exception)
            when (codes.Done > 0 && exception.InnerException is IOException or UnauthorizedAccessException)
        {
            throw exception.With($"The codes of {codes.Done} of {data.Count} images are kept: the same command goes on there.");
        }
        catch when (codes.Done == 0)
        {
            codes.Remove();
            throw;
        }

        codes.Remove();
        return true;
    }

    /// <summary>Whether a file was begun and is not done.</summary>
    public static bool IsBegun(string path) => File.Exists(PartialCodes.PathOf(path));

    /// <summary>Which images a set has: SHA-256 of their digest (<see cref="DataContent"/>) and their names, in 64 lower-case
    /// hexadecimal digits. A file of their codes has the same in <see cref="CodeStoreHeader.Content"/>.</summary>
    public static string ContentOf(ImageDataSet data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(DataContent.Digest(data)));
        for (var image = 0; image < data.Count && data.ImageName(image) is { } name; image++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"\0{name}"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static float[] Read(Device device, ImageDataSet data, int first, int batch)
    {
        var count = Math.Min(batch, data.Count - first);
        using var slice = device.BeginReading(first, count);
        var images = new float[(long)count * data.ImageLength];
        data.ReadBatch([.. Enumerable.Range(first, count)], images, new int[count]);
        return images;
    }
}
