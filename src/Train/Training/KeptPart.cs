using System.Globalization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Training;

/// <summary>The part of images whose codes are kept while a prior draws the others: a rectangle of pixels, or all but
/// one.</summary>
/// <remarks>A place of a grid is kept if all pixels of the image that it stands for are in the part.</remarks>
/// <param name="Left">The rectangle's first column.</param>
/// <param name="Top">Its first row.</param>
/// <param name="Right">The column behind it.</param>
/// <param name="Bottom">The row behind it.</param>
/// <param name="IsOutside">Whether the part is all but the rectangle.</param>
/// <param name="Image">The size of the images.</param>
internal sealed record KeptPart(int Left, int Top, int Right, int Bottom, bool IsOutside, (int Height, int Width) Image)
{
    /// <summary>What a person may type.</summary>
    public const string Rule = "top, bottom, left or right, with :F for a part F of the image, F alone for top:F, "
        + "box:X,Y,W,H in pixels, or outside:X,Y,W,H for all but a box";

    /// <summary>As it was typed.</summary>
    public string Text { get; private init; } = "";

    /// <param name="option">What it was typed as, for messages.</param>
    /// <param name="text">What <see cref="Rule"/> says.</param>
    /// <param name="image">The size of the images.</param>
    /// <exception cref="RunException">It is no part, or not within the image.</exception>
    public static KeptPart Parse(string option, string text, (int Height, int Width) image) =>
        Find(option, text, image) with { Text = text };

    /// <summary>Which places of a grid are kept, (h, w).</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="covered">Pixels that its places stand for together: those of the images, or more where strides do not divide
    /// these.</param>
    public bool[] PlacesOf(GridLayout grid, (int Height, int Width) covered)
    {
        var places = new bool[grid.Height * grid.Width];
        for (var y = 0; y < grid.Height; y++)
        {
            var (top, bottom) = Span(y, grid.Height, covered.Height, Image.Height);
            for (var x = 0; x < grid.Width; x++)
            {
                var (left, right) = Span(x, grid.Width, covered.Width, Image.Width);
                places[y * grid.Width + x] = IsOutside
                    ? right <= Left || left >= Right || bottom <= Top || top >= Bottom
                    : left >= Left && right <= Right && top >= Top && bottom <= Bottom;
            }
        }

        return places;
    }

    /// <summary>Whether the kept places come before all others, row by row.</summary>
    public static bool IsBeginning(ReadOnlySpan<bool> places) => !places.TrimEnd(false).Contains(false);

    private static KeptPart Find(string option, string text, (int Height, int Width) image)
    {
        var parts = text.Split(':', 2);
        var (name, rest) = (parts[0], parts.Length > 1 ? parts[1] : null);
        if (name is "box" or "outside")
        {
            return Box(option, text, rest, name == "outside", image);
        }

        if (rest is null && !IsSide(name))
        {
            (name, rest) = ("top", name);
        }

        var fraction = 0.5;
        if (!IsSide(name) || (rest is not null && !TryFraction(rest, out fraction)))
        {
            throw Wrong(option, text);
        }

        var (h, w) = image;
        var (rows, columns) = ((int)Math.Round(fraction * h), (int)Math.Round(fraction * w));
        return name switch
        {
            "top" => new KeptPart(0, 0, w, rows, false, image),
            "bottom" => new KeptPart(0, h - rows, w, h, false, image),
            "left" => new KeptPart(0, 0, columns, h, false, image),
            _ => new KeptPart(w - columns, 0, w, h, false, image),
        };
    }

    /// <summary>The pixels of a place along one axis.</summary>
    private static (int First, int End) Span(int place, int places, int covered, int pixels)
    {
        var first = (int)((long)place * covered / places);
        var end = (int)(((long)(place + 1) * covered + places - 1) / places);
        return (Math.Min(first, pixels - 1), Math.Min(end, pixels));
    }

    private static bool IsSide(string name) => name is "top" or "bottom" or "left" or "right";

    private static bool TryFraction(string text, out double fraction) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out fraction)
            && fraction is > 0 and < 1;

    private static KeptPart Box(string option, string text, string? numbers, bool isOutside, (int Height, int Width) image)
    {
        var values = (numbers ?? "").Split(',').Select(part => int.TryParse(
            part, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : -1).ToArray();
        if (values is not [>= 0 and var x, >= 0 and var y, > 0 and var w, > 0 and var h])
        {
            throw Wrong(option, text);
        }

        return w <= image.Width - x && h <= image.Height - y
            ? new KeptPart(x, y, x + w, y + h, isOutside, image)
            : throw new RunException(
                option, $"a box within images of {image.Width}×{image.Height}", text,
                "Give X,Y of its upper left corner and its width and height, in pixels.");
    }

    private static RunException Wrong(string option, string text) =>
        new(option, Rule, $"'{text}'", "F is a number between 0 and 1, such as 0.5, which is what a side has without it.");
}
