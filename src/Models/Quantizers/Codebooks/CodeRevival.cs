using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Quantizers.Codebooks;

/// <summary>What becomes of codes that are hardly chosen.</summary>
public enum CodeRevival
{
    /// <summary>Those with a count below a threshold become vectors of the batch, see <see cref="EmaCodebook"/>; with a threshold
    /// of 0 none do.</summary>
    [JsonStringEnumMemberName("threshold")]
    Threshold,

    /// <summary>Each moves towards a vector of the batch, the less it is used the further, see
    /// <see cref="UsageRevival"/>.</summary>
    [JsonStringEnumMemberName("usage")]
    Usage,
}
