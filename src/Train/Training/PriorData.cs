using IlgpuVq.Models.Data;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Train.Training;

/// <summary>The codes of a prior's data, encoded once.</summary>
internal static class PriorData
{
    private const int MostImages = 256;

    /// <summary>The codes of the images to learn and of those held out: the last of the former where there are no
    /// others.</summary>
    public static PriorCodes Open(
        TrainedModel model, (ImageDataSet Train, ImageDataSet? Held) sets, PriorTaskOptions task)
    {
        var all = Encode(model, sets.Train, task);
        if (sets.Held is { } held)
        {
            return new PriorCodes(all, Encode(model, held, task));
        }

        var count = Math.Max(1, (int)(all.Count * task.HeldPart));
        return new PriorCodes(all.Part(0, all.Count - count), all.Part(all.Count - count, count));
    }

    /// <summary>The codes of a set.</summary>
    public static CodeSet Encode(TrainedModel model, ImageDataSet data, PriorTaskOptions task)
    {
        var pass = new ImagePass(model.Model, data.Height, data.Width);
        var layouts = task.Layouts;
        var ids = layouts.Select(layout => new int[data.Count * layout.IndicesPerImage]).ToArray();
        var labels = new int[data.Count];
        int[] order = [.. layouts.Select(layout => pass.Layouts.ToList().FindIndex(its => its.Name == layout.Name))];
        var batch = pass.AtOnce(MostImages);
        for (var first = 0; first < data.Count; first += batch)
        {
            var count = Math.Min(batch, data.Count - first);
            var images = new float[(long)count * data.ImageLength];
            var own = new int[count];
            data.ReadBatch([.. Enumerable.Range(first, count)], images, own);
            own.CopyTo(labels, first);
            var grids = pass.Encode(images);
            for (var grid = 0; grid < ids.Length; grid++)
            {
                grids[order[grid]].CopyTo(ids[grid], first * layouts[grid].IndicesPerImage);
            }
        }

        return new CodeSet(layouts, ids, data.ClassNames.Count > 0 ? labels : null);
    }
}
