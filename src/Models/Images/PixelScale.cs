namespace IlgpuVq.Models.Images;

/// <summary>The scale of pixels inside the models: a byte v is v / 255 − 0.5, so black is −0.5 and full is 0.5.</summary>
public static class PixelScale
{
    private static readonly float[] Table = [.. Enumerable.Range(0, 256).Select(value => (value / 255f) - 0.5f)];

    /// <summary>Bytes to the models' scale.</summary>
    /// <param name="pixels">What to scale.</param>
    /// <param name="values">Written: as many at least.</param>
    public static void ToModel(ReadOnlySpan<byte> pixels, Span<float> values)
    {
        var table = Table;
        values = values[..pixels.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            values[i] = table[pixels[i]];
        }
    }

    /// <summary>The models' scale to 0 … 1, as image grids take it. Values outside are kept.</summary>
    /// <param name="values">What to shift.</param>
    /// <param name="unit">Written: as many at least; may be <paramref name="values"/> itself.</param>
    public static void ToUnit(ReadOnlySpan<float> values, Span<float> unit)
    {
        unit = unit[..values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            unit[i] = values[i] + 0.5f;
        }
    }
}
