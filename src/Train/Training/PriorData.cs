using IlgpuVq.Models.Data;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>The codes that a prior learns: encoded once, into files of its run's folder.</summary>
internal static class PriorData
{
    /// <summary>The codes of the images to learn and of those held out, or of the last of the former where there are no
    /// others.</summary>
    /// <param name="folder">The prior's folder, where their files are, or come.</param>
    /// <param name="model">What encodes them.</param>
    /// <param name="sets">The images.</param>
    /// <param name="task">Which grids, and what is held out.</param>
    /// <param name="say">Takes a line where an earlier work goes on, or does not count.</param>
    /// <param name="show">Does work on so many images, and shows how far it has come.</param>
    /// <param name="stop">Ends it; the next call goes on.</param>
    /// <returns>Null when it was stopped.</returns>
    public static PriorCodes? Open(
        RunFolder folder, TrainedModel model, (ImageDataSet Train, ImageDataSet? Held) sets, PriorTaskOptions task,
        Action<string> say, Func<long, Func<Action<long>, bool>, bool> show, CancellationToken stop)
    {
        if (Open(sets.Train) is not { } all)
        {
            return null;
        }

        if (sets.Held is { } held)
        {
            return Open(held) is { } its ? new PriorCodes(all, its) : null;
        }

        var count = Math.Clamp((int)(all.Count * task.HeldPart), 1, all.Count - 1);
        return new PriorCodes(all.Part(0, all.Count - count), all.Part(all.Count - count, count));

        CodeSet? Open(ImageDataSet data)
        {
            var path = Path.Combine(folder.Location, $"codes-{data.Split}.safetensors");
            if (!IsMade(path, model, data) && !show(
                data.Count, advance => DataSetCodes.Write(model, data, path, say, advance, stop: stop)))
            {
                return null;
            }

            using var store = CodeStore.Open(path);
            store.CheckModel(path, task.ModelHash, model.Model);
            return Read(store, task.Layouts);
        }
    }

    /// <summary>The codes of a file, in the order of a prior's grids.</summary>
    public static CodeSet Read(CodeStore store, IReadOnlyList<CodeLayout> layouts)
    {
        var grids = store.Header.Layouts.Select(layout => layout.Name).ToList();
        return new CodeSet(
            layouts, [.. layouts.Select(layout => (int[])store.ReadImages(grids.IndexOf(layout.Name), 0, store.Header.Images))],
            store.Records.Labels is { Length: > 0 } labels ? labels.ToArray() : null);
    }

    /// <summary>Whether the file is there, whole, and of the model and the images.</summary>
    private static bool IsMade(string path, TrainedModel model, ImageDataSet data)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            using var store = CodeStore.Open(path);
            return store.Header.ModelHash == model.Hash && store.Header.Content == DataSetCodes.ContentOf(data);
        }
        catch (Exception exception) when (exception is RunException or SafetensorsException)
        {
            return false; // it is made again
        }
    }
}
