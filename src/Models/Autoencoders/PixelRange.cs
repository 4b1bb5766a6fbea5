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

    /// <summary>−0.5 … 0.5, as outside.</summary>
    [JsonStringEnumMemberName("centred")]
    Centred,
}

/// <summary>Ways into and out of a range.</summary>
internal static class PixelRanges
{
    /// <summary>Images in [−0.5, 0.5] → the range: 2x, or x + 0.5.</summary>
    public static Variable Enter(this PixelRange range, Variable x) => range switch
    {
        PixelRange.Signed => Affine.Apply(x, scale: 2),
        PixelRange.Unit => Affine.Apply(x, scale: 1, shift: 0.5f),
        _ => x,
    };

    /// <summary>Images of the range → [−0.5, 0.5].</summary>
    public static Variable Leave(this PixelRange range, Variable y) => range switch
    {
        PixelRange.Signed => Affine.Apply(y, scale: 0.5f),
        PixelRange.Unit => Affine.Apply(y, scale: 1, shift: -0.5f),
        _ => y,
    };

    /// <exception cref="OptionException">There is no such range.</exception>
    public static void Validate(this PixelRange range) =>
        Check.That("pixel-range", "signed or unit or centred", range, Enum.IsDefined(range));
}
