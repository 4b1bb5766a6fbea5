namespace IlgpuVq.Tensors;

/// <summary>How far the factors of an image's colours are from 1 at the most, each from 0, which leaves all as it is, to
/// 1.</summary>
/// <param name="Brightness">Of all values, from black on.</param>
/// <param name="Contrast">Of the distance from the mean grey of the image.</param>
/// <param name="Saturation">Of the distance from the pixel's own grey.</param>
public readonly record struct ColourJitterParams(float Brightness = 0, float Contrast = 0, float Saturation = 0)
{
    public override string ToString() =>
        FormattableString.Invariant($"brightness {Brightness}, contrast {Contrast}, saturation {Saturation}");
}
