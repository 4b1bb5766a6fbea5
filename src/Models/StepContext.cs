namespace IlgpuVq.Models;

/// <summary>What a forward pass knows beyond its inputs.</summary>
/// <param name="IsTraining">Whether state that follows the data, such as an EMA codebook, learns from this batch.</param>
public readonly record struct StepContext(bool IsTraining)
{
    /// <summary>A pass that changes nothing.</summary>
    public static StepContext Inference => new(IsTraining: false);

    /// <summary>A pass of a training step.</summary>
    public static StepContext Training => new(IsTraining: true);
}
