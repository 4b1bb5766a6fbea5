using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>A variable of a tape as it is at one moment: what stays when the tape is gone.</summary>
/// <param name="Id">Its place on the tape, from 0.</param>
/// <param name="Op">The op that made it, or the name of a leaf.</param>
/// <param name="Shape">Of its value.</param>
/// <param name="Inputs">The ids that it was computed from, in their order; none for leaves and constants.</param>
/// <param name="RequiresGradient">Whether anything that it was computed from wants a gradient.</param>
/// <param name="IsHeld">Whether its value is there.</param>
/// <param name="IsKept">Whether backward leaves its value and gradient.</param>
/// <param name="HasBackward">Whether a gradient goes on from it to its inputs.</param>
/// <param name="Saved">What its op keeps, or kept, for backward beyond inputs and value.</param>
/// <param name="HoldsSaved">Whether that is still there.</param>
public sealed record TapeNode(
    int Id, string Op, Shape Shape, IReadOnlyList<int> Inputs, bool RequiresGradient, bool IsHeld, bool IsKept,
    bool HasBackward, IReadOnlyList<SavedTensor> Saved, bool HoldsSaved)
{
    /// <summary>Bytes of the value. That of a view is its own copy of what it views.</summary>
    public long Bytes => (long)sizeof(float) * Shape.Size;

    /// <summary>Until when the value is held: the end of its own backward, for all that has one and is not kept.</summary>
    public bool IsReleasedByBackward => HasBackward && !IsKept;
}

/// <summary>A tensor that an op keeps for its backward.</summary>
/// <param name="Description">Elements and shape.</param>
/// <param name="Bytes">Its size.</param>
public sealed record SavedTensor(string Description, long Bytes)
{
    internal static SavedTensor Of(IDisposable saved) => saved switch
    {
        Tensor<float> tensor => new($"float {tensor.Shape}", (long)sizeof(float) * tensor.Size),
        Tensor<int> tensor => new($"int {tensor.Shape}", (long)sizeof(int) * tensor.Size),
        _ => new(saved.GetType().Name, 0),
    };
}

/// <summary>What is shown of a node besides the tape's own: a column of its text, a line of its box.</summary>
/// <param name="Title">What it is.</param>
/// <param name="IsNumber">Whether it stands to the right.</param>
/// <param name="Of">Of a node; empty for nothing.</param>
public sealed record TapeColumn(string Title, bool IsNumber, Func<TapeNode, string> Of);
