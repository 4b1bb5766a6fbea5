using System.Diagnostics.CodeAnalysis;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing.Processors.Quantization;

namespace IlgpuVq.Models.Images;

/// <summary>The palette of an image that has no more colours than a GIF file holds.</summary>
/// <remarks>ImageSharp's own palettes look a colour up by five bits of each sample, so that close greys become one.</remarks>
internal sealed class ExactPalette : IQuantizer
{
    private const int MostColours = 256;

    /// <summary>Indices of colours, in the order of the palette.</summary>
    private readonly Dictionary<Rgba32, byte> colours = [];

    public QuantizerOptions Options { get; } = new() { Dither = null, MaxColors = MostColours };

    /// <summary>Collects the colours of an image without alpha.</summary>
    /// <returns>Whether they are few enough.</returns>
    public static bool TryMake(DecodedImage image, [NotNullWhen(true)] out ExactPalette? palette)
    {
        palette = new ExactPalette();
        var (pixels, step, second) = (image.Pixels, image.Channels, image.IsColour ? 1 : 0);
        for (var i = 0; i < pixels.Length; i += step)
        {
            var colour = new Rgba32(pixels[i], pixels[i + second], pixels[i + (2 * second)]);
            if (!palette.colours.ContainsKey(colour))
            {
                if (palette.colours.Count == MostColours)
                {
                    palette = null;
                    return false;
                }

                palette.colours.Add(colour, (byte)palette.colours.Count);
            }
        }

        return true;
    }

    public IQuantizer<TPixel> CreatePixelSpecificQuantizer<TPixel>(Configuration configuration)
        where TPixel : unmanaged, IPixel<TPixel> => CreatePixelSpecificQuantizer<TPixel>(configuration, Options);

    public IQuantizer<TPixel> CreatePixelSpecificQuantizer<TPixel>(Configuration configuration, QuantizerOptions options)
        where TPixel : unmanaged, IPixel<TPixel> => new Quantizer<TPixel>(configuration, options, colours);

    private readonly struct Quantizer<TPixel>(
        Configuration configuration, QuantizerOptions options, Dictionary<Rgba32, byte> colours)
        : IQuantizer<TPixel>
        where TPixel : unmanaged, IPixel<TPixel>
    {
        private readonly TPixel[] palette = [.. colours.Keys.Select(ToPixel)];

        public Configuration Configuration => configuration;

        public QuantizerOptions Options => options;

        public ReadOnlyMemory<TPixel> Palette => palette;

        public void AddPaletteColors(Buffer2DRegion<TPixel> pixelRegion)
        {
        }

        public IndexedImageFrame<TPixel> QuantizeFrame(ImageFrame<TPixel> source, Rectangle bounds)
        {
            var quantizer = this;
            return QuantizerUtilities.QuantizeFrame(ref quantizer, source, bounds);
        }

        public byte GetQuantizedColor(TPixel color, out TPixel match)
        {
            Rgba32 colour = default;
            color.ToRgba32(ref colour);
            match = color;
            return colours[colour];
        }

        public void Dispose()
        {
        }

        private static TPixel ToPixel(Rgba32 colour)
        {
            TPixel pixel = default;
            pixel.FromRgba32(colour);
            return pixel;
        }
    }
}
