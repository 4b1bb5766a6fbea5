using System.Text.Json.Serialization;
using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Autoencoders;

/// <summary>What black and white are inside a model. Outside they are −0.5 and 0.5; weights of other programs expect what
/// those fed them with.</summary>
public enum PixelRange
{
    /// <summary>−1 … 1.</summary>
    [JsonStringEnumMemberName("signed")]
    Signed,

    /// <summary>0 … 1.</summary>
    [JsonStringEnumMemberName("unit")]
    Unit,
}

/// <summary>Ways into and out of a range.</summary>
internal static class PixelRanges
{
    /// <summary>Images in [−0.5, 0.5] → the range: 2x, or x + 0.5.</summary>
    public static Variable Enter(this PixelRange range, Variable x) =>
        range == PixelRange.Signed ? Affine.Apply(x, scale: 2) : Affine.Apply(x, scale: 1, shift: 0.5f);

    /// <summary>Images of the range → [−0.5, 0.5].</summary>
    public static Variable Leave(this PixelRange range, Variable y) =>
        range == PixelRange.Signed ? Affine.Apply(y, scale: 0.5f) : Affine.Apply(y, scale: 1, shift: -0.5f);
}
