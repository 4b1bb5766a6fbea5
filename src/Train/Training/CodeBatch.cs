using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Train.Training;

/// <summary>The codes of a batch of images on a device, overwritten from batch to batch.</summary>
internal sealed class CodeBatch : IDisposable
{
    private readonly int[][] host;

    /// <param name="device">Where they are.</param>
    /// <param name="layouts">The grids.</param>
    /// <param name="count">Images.</param>
    /// <param name="hasClasses">Whether there are labels.</param>
    public CodeBatch(Device device, IReadOnlyList<CodeLayout> layouts, int count, bool hasClasses)
    {
        Count = count;
        host = [.. layouts.Select(layout => new int[count * layout.IndicesPerImage])];
        Codes = [.. layouts.Select(layout => new CodeGrid(
            layout.Name, device.Empty<int>([count, layout.Levels, layout.Height, layout.Width]), layout.CodebookSizes))];
        Classes = hasClasses ? device.Empty<int>([count]) : null;
    }

    /// <summary>Images.</summary>
    public int Count { get; }

    /// <summary>The grids.</summary>
    public IReadOnlyList<CodeGrid> Codes { get; }

    /// <summary>(B); null where there are no labels.</summary>
    public Tensor<int>? Classes { get; }

    /// <summary>Brings images of a set to the device.</summary>
    public void Load(CodeSet set, ReadOnlySpan<int> images)
    {
        for (var grid = 0; grid < host.Length; grid++)
        {
            set.Read(grid, images, host[grid]);
            Codes[grid].Ids.CopyFrom(host[grid]);
        }

        if (Classes is not null)
        {
            var labels = new int[images.Length];
            for (var i = 0; i < labels.Length; i++)
            {
                labels[i] = set.Labels![images[i]];
            }

            Classes.CopyFrom(labels);
        }
    }

    /// <summary>Brings the first code, and the first class, to all places.</summary>
    public void LoadZeros()
    {
        foreach (var grid in Codes)
        {
            grid.Ids.CopyFrom(new int[grid.Ids.Size]);
        }

        Classes?.CopyFrom(new int[Classes.Size]);
    }

    public void Dispose()
    {
        foreach (var grid in Codes)
        {
            grid.Dispose();
        }

        Classes?.Dispose();
    }
}
