using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Quantizers.Codebooks;

/// <summary>What the moving averages of an <see cref="EmaCodebook"/> begin with, and whether that is corrected.</summary>
public enum EmaStart
{
    /// <summary>N and M from 0, divided by 1 − γᵗ after t updates: Sonnet's zero-debiasing.</summary>
    [JsonStringEnumMemberName("debiased")]
    Debiased,

    /// <summary>N from 0 and M from the codes, as in rosinality's VQ-VAE-2.</summary>
    [JsonStringEnumMemberName("zero")]
    Zero,

    /// <summary>N from 1 and M from the codes, as in lucidrains' vector-quantize-pytorch.</summary>
    [JsonStringEnumMemberName("one")]
    One,

    /// <summary>N from 0 and M from the codes, and the smoothed counts are what the average goes on from, as in zalandoresearch's
    /// pytorch-vq-vae, which draws M anew.</summary>
    [JsonStringEnumMemberName("running")]
    Running,
}
