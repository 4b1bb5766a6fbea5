using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Data;

/// <summary>One image of a shape: its place, turn and colours, and how it is painted.</summary>
/// <remarks>Like <see cref="ShapeOutline"/>, nothing here is rounded differently on different machines.</remarks>
internal readonly struct ShapeScene
{
    /// <summary>Blocks of four random words that an image may use.</summary>
    private const ulong BlocksPerImage = 16;

    private const float ShadowOffset = 0.05f, ShadowWidth = 0.07f, ShadowStrength = 0.45f; // in parts of the image's size

    private readonly int shape;
    private readonly int size;
    private readonly float centreX, centreY, radius, reachSquared;
    private readonly (float Cos, float Sin) turn, ground;
    private readonly Colour groundFrom, groundTo, fillFrom, fillTo;

    private ShapeScene(RandomWords random, int shape, int size)
    {
        (this.shape, this.size) = (shape, size);
        radius = size * random.Between(0.24f, 0.42f);
        var reach = radius + MathF.Max(0.5f, 0.5f * size * ShadowWidth);
        reachSquared = reach * reach;
        var margin = radius + 0.5f;
        centreX = random.Between(margin, size - margin);
        centreY = random.Between(margin, size - margin);
        turn = random.Direction();
        ground = random.Direction();
        var hue = random.Between(0f, 1f);
        var (saturation, value) = (random.Between(0.15f, 0.65f), random.Between(0.3f, 0.9f));
        groundFrom = Colour.FromHsv(hue, saturation, value);
        groundTo = Colour.FromHsv(hue + random.Between(-0.12f, 0.12f), saturation, value * random.Between(0.5f, 0.8f));
        var fillHue = hue + random.Between(0.25f, 0.75f);
        var fillSaturation = random.Between(0.5f, 0.95f);
        var fillValue = random.Between(0.8f, 1f);
        fillFrom = Colour.FromHsv(fillHue, fillSaturation * 0.75f, fillValue);
        fillTo = Colour.FromHsv(fillHue + 0.04f, fillSaturation, fillValue * 0.72f);
    }

    /// <summary>The scene of image <paramref name="index"/> of a random stream.</summary>
    public static ShapeScene Draw(ulong seed, ulong stream, int index, int shape, int size)
    {
        return new ShapeScene(new RandomWords(seed, stream, (ulong)index * BlocksPerImage), shape, size);
    }

    /// <summary>Writes the planes red, green, blue.</summary>
    public void Paint(Span<byte> pixels)
    {
        var area = size * size;
        for (int y = 0, i = 0; y < size; y++)
        {
            for (var x = 0; x < size; x++, i++)
            {
                var colour = At(x + 0.5f, y + 0.5f);
                pixels[i] = ToByte(colour.Red);
                pixels[i + area] = ToByte(colour.Green);
                pixels[i + (2 * area)] = ToByte(colour.Blue);
            }
        }
    }

    // Colours are mixed by parts of 0 … 1, so they stay in that range but for a last bit, which the cast cuts off.
    private static byte ToByte(float value) => (byte)((value * 255f) + 0.5f);

    private static float Clamp(float value) => value < 0f ? 0f : value > 1f ? 1f : value;

    private Colour At(float x, float y)
    {
        // The longest way across the square is √2 times its side, so the ground's position stays in 0 … 1.
        var across = (((x - (size * 0.5f)) * ground.Cos) + ((y - (size * 0.5f)) * ground.Sin)) / (size * 1.41421356f);
        var colour = Colour.Mix(groundFrom, groundTo, 0.5f + across);

        // An edge that passes through the middle of a pixel covers half of it.
        var coverage = Clamp(0.5f - Distance(x, y));
        if (coverage < 1f)
        {
            var shadow = 0.5f - (Distance(x - (size * ShadowOffset), y - (size * ShadowOffset)) / (size * ShadowWidth));
            colour = Colour.Mix(colour, default, Clamp(shadow) * ShadowStrength);
        }

        if (coverage == 0f)
        {
            return colour;
        }

        var light = Clamp(0.5f + (((x - centreX) + (y - centreY)) / (3f * radius)));
        return Colour.Mix(colour, Colour.Mix(fillFrom, fillTo, light), coverage);
    }

    /// <summary>Pixels to the shape's outline; ∞ where neither the shape nor its shadow can reach.</summary>
    private float Distance(float x, float y)
    {
        var (offsetX, offsetY) = (x - centreX, y - centreY);
        if ((offsetX * offsetX) + (offsetY * offsetY) > reachSquared)
        {
            return float.PositiveInfinity;
        }

        (offsetX, offsetY) = (offsetX / radius, offsetY / radius);
        return radius * ShapeOutline.Distance(
            shape, (offsetX * turn.Cos) + (offsetY * turn.Sin), (offsetY * turn.Cos) - (offsetX * turn.Sin));
    }

    private readonly record struct Colour(float Red, float Green, float Blue)
    {
        public static Colour Mix(Colour a, Colour b, float t) => new(
            a.Red + ((b.Red - a.Red) * t), a.Green + ((b.Green - a.Green) * t), a.Blue + ((b.Blue - a.Blue) * t));

        /// <summary>Hue goes once around the wheel from 0 to 1 and may be outside; saturation and value are in 0 … 1.</summary>
        public static Colour FromHsv(float hue, float saturation, float value)
        {
            return new Colour(Channel(hue, 5f), Channel(hue, 3f), Channel(hue, 1f));

            // Full at its own third of the wheel, none at the opposite one, in straight lines between.
            float Channel(float hue, float shift)
            {
                var sixth = (hue * 6f) + shift + 6f;
                sixth -= 6f * MathF.Floor(sixth / 6f);
                return value * (1f - (saturation * Clamp(MathF.Min(sixth, 4f - sixth))));
            }
        }
    }

    /// <summary>The random words of one image, one after another.</summary>
    private struct RandomWords(ulong seed, ulong stream, ulong firstBlock)
    {
        private (uint X, uint Y, uint Z, uint W) words;
        private uint used;

        public float Between(float low, float high) => low + ((high - low) * Philox.ToUniform(Next()));

        /// <summary>A unit vector, all directions alike: a point of the disc, moved to its edge.</summary>
        public (float X, float Y) Direction()
        {
            while (true)
            {
                var (x, y) = (Between(-1f, 1f), Between(-1f, 1f));
                var square = (x * x) + (y * y);
                if (square is > 0.01f and <= 1f)
                {
                    var length = MathF.Sqrt(square);
                    return (x / length, y / length);
                }
            }
        }

        private uint Next()
        {
            if (used % 4 == 0)
            {
                words = Philox.Block(seed, stream, firstBlock + (used / 4));
            }

            return (used++ % 4) switch { 0 => words.X, 1 => words.Y, 2 => words.Z, _ => words.W };
        }
    }
}
