using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Data;

/// <summary>A random rectangle of an image: of 0.08 to 1 of its area, as likely each, and of sides whose quotient is 3/4 to 4/3,
/// as likely each logarithm, at any place where it lies within the image.</summary>
/// <remarks>
/// <para>Ten tries are made for one that fits; where none does, it is the largest rectangle of such sides in the middle.</para>
/// <para>A try is the four words of one block of <see cref="Philox"/> at the draw: area, quotient, column, row.</para>
/// <para>Source: the cuts that Inception was trained with (arXiv:1409.4842, section 6), in the form that torchvision's
/// <c>RandomResizedCrop</c> gave them, with other random numbers.</para>
/// </remarks>
internal readonly record struct RandomPart(int Left, int Top, int Width, int Height)
{
    private const double LeastArea = 0.08, LeastQuotient = 3.0 / 4, LargestQuotient = 4.0 / 3;

    private const int Tries = 10, BlocksOfDraw = 16;

    /// <summary>Marks these random numbers among those of other uses of the same seed.</summary>
    private const ulong Stream = 0x43555453_00000000; // "CUTS"

    /// <summary>The part of an image of that size.</summary>
    public static RandomPart Of(int width, int height, ImageDraw draw)
    {
        for (var i = 0; i < Tries; i++)
        {
            var words = Philox.Block(draw.Seed, Stream, ((ulong)draw.Number * BlocksOfDraw) + (ulong)i);
            var area = (double)width * height * Between(LeastArea, 1, words.X);
            var quotient = Math.Exp(Between(Math.Log(LeastQuotient), Math.Log(LargestQuotient), words.Y));
            var (w, h) = (Round(Math.Sqrt(area * quotient)), Round(Math.Sqrt(area / quotient)));
            if (w >= 1 && h >= 1 && w <= width && h <= height)
            {
                var left = Philox.ToRange(words.Z, (uint)(width - w + 1));
                var top = Philox.ToRange(words.W, (uint)(height - h + 1));
                return new RandomPart((int)left, (int)top, w, h);
            }
        }

        return Middle(width, height);
    }

    private static RandomPart Middle(int width, int height)
    {
        var quotient = (double)width / height;
        var (w, h) = quotient < LeastQuotient ? (width, Round(width / LeastQuotient))
            : quotient > LargestQuotient ? (Round(height * LargestQuotient), height)
            : (width, height);
        return new RandomPart((width - w) / 2, (height - h) / 2, w, h);
    }

    private static double Between(double low, double high, uint word) => low + ((high - low) * Philox.ToUniform(word));

    private static int Round(double length) => (int)Math.Round(length, MidpointRounding.ToEven);
}
