namespace IlgpuVq.Models.Data;

/// <summary>How to open a data set.</summary>
public sealed record DataSetOptions
{
    /// <summary>The variable that names the data root where the user does not.</summary>
    public const string RootVariable = "ILGPUVQ_DATA";

    private const long OneGibibyte = 1L << 30;

    /// <summary>
    /// The folder that holds data sets; by default what <see cref="RootVariable"/> says, else <c>data</c> in the current folder.
    /// </summary>
    public string Root { get; init; } = Environment.GetEnvironmentVariable(RootVariable) is { Length: > 0 } root ? root : "data";

    /// <summary><see cref="DataSets.Train"/> or <see cref="DataSets.Test"/>.</summary>
    public string Split { get; init; } = DataSets.Train;

    /// <summary>Fetch what is missing.</summary>
    public bool Download { get; init; }

    /// <summary>Told how a download goes; called from another thread.</summary>
    public IProgress<DownloadProgress>? Progress { get; init; }

    /// <summary>Stops a download.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Which shapes are drawn; only for <see cref="DataSets.Shapes"/>.</summary>
    public ulong Seed { get; init; }

    /// <summary>Height and width in pixels of the images of <see cref="DataSets.Shapes"/>.</summary>
    public int ShapeSize { get; init; } = ShapesDataSet.DefaultSize;

    /// <summary>
    /// Decoded or drawn images that are kept in memory, in bytes; those above it are made anew whenever they are read.
    /// </summary>
    public long CacheBytes { get; init; } = OneGibibyte;
}
