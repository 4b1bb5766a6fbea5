using System.Globalization;
using IlgpuVq.Models.Images;

namespace IlgpuVq.Models.Data;

/// <summary>How images of any size become images of one: scaled, then cut out of the middle.</summary>
/// <remarks>
/// <para>Scaling to N makes the shorter side N pixels and keeps the proportions, the longer side rounded; scaling to W×H does not
/// keep them. Smaller images are enlarged. The filter is bicubic (Catmull-Rom), widened by the factor when an image shrinks, so
/// that nothing finer than the new pixels is left to alias.</para>
/// <para>Of what is cut away, half lies on either side, the odd pixel at the right and the bottom. Alpha is dropped
/// before.</para>
/// </remarks>
internal sealed class Framing
{
    private const int LongestSide = 1 << 14;

    private readonly Sides? resize;
    private readonly Sides? crop;

    private Framing(Sides? resize, Sides? crop) => (this.resize, this.crop) = (resize, crop);

    /// <summary>Whether images stay as they are.</summary>
    public bool IsNone => resize is null && crop is null;

    /// <summary>Reads what <see cref="DataSetOptions.Resize"/> and <see cref="DataSetOptions.Crop"/> say.</summary>
    /// <exception cref="OptionException">A text is neither N nor WxH.</exception>
    public static Framing Parse(string? resize, string? crop) => new(Sides.Parse("resize", resize), Sides.Parse("crop", crop));

    /// <summary>The size that an image of this one will have.</summary>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="file">Named in errors.</param>
    /// <exception cref="DataException">There is less than is to be cut out, or the scaled image is too large.</exception>
    public (int Width, int Height) SizeOf(int width, int height, string file)
    {
        var scaled = ScaledSize(width, height, file);
        if (crop is not { } sides)
        {
            return scaled;
        }

        var size = (sides.Width, sides.Height);
        return size.Width <= scaled.Width && size.Height <= scaled.Height
            ? size
            : throw DataException.Expected(
                file, $"at least the {size.Width}×{size.Height} pixels to cut out", $"{scaled.Width}×{scaled.Height}",
                "Set DataSetOptions.Resize too, which comes first.", settings: DataSettings.Size);
    }

    /// <summary>The image scaled and cut.</summary>
    /// <param name="image">Not changed.</param>
    /// <param name="file">Named in errors.</param>
    /// <inheritdoc cref="SizeOf"/>
    public DecodedImage Apply(DecodedImage image, string file)
    {
        if (IsNone)
        {
            return image;
        }

        var (width, height) = SizeOf(image.Width, image.Height, file);
        var scaled = ScaledSize(image.Width, image.Height, file);
        image = image.WithoutAlpha();
        if (scaled != (image.Width, image.Height))
        {
            image = PackageImages.Resize(image, scaled.Width, scaled.Height, file);
        }

        return image.Cut((scaled.Width - width) / 2, (scaled.Height - height) / 2, width, height);
    }

    /// <summary>A random part of the image, scaled to the size that <see cref="Apply"/> gives it.</summary>
    /// <param name="image">Not changed.</param>
    /// <param name="draw">What the part is a function of.</param>
    /// <param name="file">Named in errors.</param>
    /// <inheritdoc cref="SizeOf"/>
    public DecodedImage ApplyToPart(DecodedImage image, ImageDraw draw, string file)
    {
        var size = SizeOf(image.Width, image.Height, file);
        var part = RandomPart.Of(image.Width, image.Height, draw);
        image = image.WithoutAlpha().Cut(part.Left, part.Top, part.Width, part.Height);
        return (image.Width, image.Height) == size ? image : PackageImages.Resize(image, size.Width, size.Height, file);
    }

    private (int Width, int Height) ScaledSize(int width, int height, string file)
    {
        if (resize is not { } sides)
        {
            return (width, height);
        }

        if (!sides.IsOne)
        {
            return (sides.Width, sides.Height);
        }

        var (shorter, longer) = (Math.Min(width, height), Math.Max(width, height));
        var scaled = Math.Min(uint.MaxValue, ((2L * sides.Width * longer) + shorter) / (2L * shorter));
        ImageHeader.CheckSize(file, (uint)sides.Width, (uint)scaled);
        return width <= height ? (sides.Width, (int)scaled) : ((int)scaled, sides.Width);
    }

    /// <summary>N for both sides alike, or W×H.</summary>
    private readonly record struct Sides(int Width, int Height, bool IsOne)
    {
        public static Sides? Parse(string option, string? text)
        {
            if (text is null)
            {
                return null;
            }

            var parts = text.Split('x', 'X', '×');
            var numbers = new int[parts.Length];
            var isRight = parts.Length is 1 or 2;
            for (var i = 0; isRight && i < parts.Length; i++)
            {
                isRight = int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i])
                    && numbers[i] is >= 1 and <= LongestSide;
            }

            Check.That(option, $"N or WxH, in pixels from 1 to {LongestSide}, as 64 or 96x64", text, isRight);
            return new Sides(numbers[0], numbers[^1], IsOne: parts.Length == 1);
        }
    }
}
