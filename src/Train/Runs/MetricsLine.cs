using System.Text.Json.Serialization;

namespace IlgpuVq.Train.Runs;

/// <summary>
/// One line of <c>metrics.jsonl</c>. Figures that are NaN or infinite are written as null, and null is read as NaN.
/// </summary>
/// <param name="Step">Training steps done.</param>
/// <param name="Loss">What is minimised.</param>
/// <param name="Recon">Mean squared error of the reconstruction, images scaled to [−0.5, 0.5].</param>
/// <param name="Nmse">The same divided by the variance of the training data.</param>
/// <param name="Vq">The quantizer's part of the loss.</param>
/// <param name="Perplexity">exp of the entropy of the codes in use: 1 when all is one code, K when all are used alike.</param>
/// <param name="CodesUsed">Codes that were used at all.</param>
/// <param name="ImagesPerSecond">Speed since the line before.</param>
/// <param name="Seconds">Time of training so far, the time before a resume included.</param>
public sealed record MetricsLine(
    long Step,
    [property: JsonConverter(typeof(NullForNonFinite))] float Loss,
    [property: JsonConverter(typeof(NullForNonFinite))] float Recon,
    [property: JsonConverter(typeof(NullForNonFinite))] float Nmse,
    [property: JsonConverter(typeof(NullForNonFinite))] float Vq,
    [property: JsonConverter(typeof(NullForNonFinite))] float Perplexity,
    int CodesUsed,
    [property: JsonConverter(typeof(NullForNonFinite)), JsonPropertyName("images_per_s")] float ImagesPerSecond,
    double Seconds);
