using IlgpuVq.Tensors;

namespace IlgpuVq.Models;

/// <summary>A tensor and its key in the state dictionary: of floats, or of whole numbers, such as a count of steps.</summary>
public readonly record struct NamedTensor
{
    private readonly Tensor<float>? floats;

    /// <param name="key">The dotted key.</param>
    /// <param name="tensor">Belongs to its module.</param>
    /// <param name="ifMissing">What fills it when a file does not have it; null when every file must.</param>
    public NamedTensor(string key, Tensor<float> tensor, float? ifMissing = null) =>
        (Key, floats, IfMissing) = (key, tensor, ifMissing);

    /// <inheritdoc cref="NamedTensor(string, Tensor{float}, float?)"/>
    public NamedTensor(string key, Tensor<int> tensor, int? ifMissing = null) =>
        (Key, WholeNumbers, IfMissing) = (key, tensor, ifMissing);

    /// <summary>The dotted key.</summary>
    public string Key { get; init; }

    /// <summary>The tensor of floats; belongs to its module.</summary>
    /// <exception cref="InvalidOperationException">It is one of whole numbers.</exception>
    public Tensor<float> Tensor => floats ?? throw new InvalidOperationException(
        $"{Key}: expected a tensor of floats; got one of whole numbers. Take WholeNumbers.");

    /// <summary>The tensor of whole numbers; belongs to its module. Null when it is one of floats.</summary>
    public Tensor<int>? WholeNumbers { get; }

    /// <summary>What fills it when a file does not have it; null when every file must.</summary>
    public double? IfMissing { get; }

    /// <summary>Of either tensor.</summary>
    public Shape Shape => floats?.Shape ?? WholeNumbers!.Shape;

    internal IDisposable Owned => floats is null ? WholeNumbers! : floats;
}
