using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.KlAutoencoder;
using IlgpuVq.Models.Autoencoders.VqModel;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>Tiles of models whose pixels all depend on each other.</summary>
public sealed class TileBlendTests : IDisposable
{
    private const int Height = 36, Width = 26, Tile = 16, Shared = 4;

    private readonly Device device = Device.Open("cpu");

    public void Dispose() => device.Dispose();

    [Theory]
    [InlineData(36, 16, 2)]
    [InlineData(40, 16, 4)]
    [InlineData(28, 16, 4)]
    [InlineData(100, 36, 4)]
    [InlineData(16, 16, 2)]
    [InlineData(18, 16, 2)]
    public void Tiles_cover_a_side_and_share_a_quarter_with_their_neighbours(int side, int tile, int step)
    {
        var overlap = TileBlend.OverlapOf(tile, step);
        Assert.Equal((0, true), (overlap % step, overlap * 4 <= tile + step));
        var spans = TileBlend.Spans(side, tile, overlap, step).ToArray();
        Assert.Equal((0, side), (spans[0].Start, spans[^1].Start + spans[^1].Length));
        Assert.Equal((0, side), (spans[0].Inner, spans[^1].Inner + spans[^1].InnerLength));
        foreach (var (a, b) in spans.Zip(spans.Skip(1)))
        {
            Assert.Equal((b.Start + overlap, b.Inner), (a.Start + a.Length, a.Inner + a.InnerLength));
            Assert.InRange(b.Inner, b.Start, b.Start + overlap);
        }

        Assert.All(spans, span => Assert.Equal((0, 0, 0), (span.Start % step, span.Length % step, span.Inner % step)));

        // Ones give ones.
        var planes = new float[side];
        var blend = new TileBlend(1, side, overlap);
        Array.ForEach(spans, span => blend.Add(
            Enumerable.Repeat(1f, span.Length).ToArray(), (0, span.Start, 1, span.Length), planes));
        Assert.All(planes, sum => Assert.Equal(1, sum, 1e-6f));
    }

    [Fact]
    public void Latent_numbers_and_pixels_of_tiles_go_over_linearly()
    {
        using var model = (ContinuousAutoencoder)new KlAutoencoderOptions { BlockOutChannels = [8, 8], NormNumGroups = 4 }
            .Build(new ModuleScope(device, seed: 3));
        var images = Noise(2 * 3 * Height * Width);
        var (pass, whole) = (new ImagePass(model, Height, Width, Tile), new ImagePass(model, Height, Width));

        var latents = (float[])pass.Encode(images)[0];
        AssertBlended(latents, images, scale: 2, channels: 4, tile => model.EncodeLatents(tile));
        var pixels = pass.Decode([latents]);
        AssertBlended(pixels, latents, scale: -2, channels: 3, tile => model.DecodeLatents(tile));

        // Tiles see less than the whole, so that the result is another.
        Assert.InRange(Difference(pixels, whole.Decode(whole.Encode(images))), 1e-4, double.MaxValue);
    }

    [Fact]
    public void Indices_are_those_of_the_nearer_tile()
    {
        var codes = new VectorQuantizerOptions
        {
            CodebookSize = 64,
            CodeDim = 4,
            Rule = CodebookRule.Gradient,
            CodebookStart = CodebookStart.Uniform,
        };
        using var model = new VqModelOptions { BlockOutChannels = [8, 8], NormNumGroups = 4, Quantizer = codes }
            .Build(new ModuleScope(device, seed: 3));
        var images = Noise(3 * Height * Width);
        var ids = (int[])new ImagePass(model, Height, Width, Tile).Encode(images)[0];

        var (h, w) = (Height / 2, Width / 2);
        Assert.True(ids.Distinct().Count() > 3);
        foreach (var (top, bottom, firstRow, lastRow) in Parts(Height))
        {
            foreach (var (left, right, firstColumn, lastColumn) in Parts(Width))
            {
                using var tile = device.From<float>(
                    Cut(images, Height, Width, top, bottom, left, right), [1, 3, bottom - top, right - left]);
                using var grid = model.Encode(tile).Single();
                var own = grid.Ids.ToArray();
                for (var y = firstRow; y < lastRow; y += 2)
                {
                    for (var x = firstColumn; x < lastColumn; x += 2)
                    {
                        Assert.Equal(own[(y - top) / 2 * ((right - left) / 2) + (x - left) / 2], ids[y / 2 * w + x / 2]);
                    }
                }
            }
        }

        Assert.Equal(h * w, ids.Length);
    }

    /// <summary>By the definition: each tile alone, weighed by how far a pixel is within what it shares.</summary>
    private void AssertBlended(
        float[] actual, float[] source, int scale, int channels, Func<Tensor<float>, Tensor<float>> pass)
    {
        // Sides of the source and of the result in pixels of the image.
        var (from, to) = scale > 0 ? (1, scale) : (-scale, 1);
        var sourceChannels = source.Length / 2 / (Height / from * (Width / from));
        var (h, w) = (Height / to, Width / to);
        var expected = new double[2 * channels * h * w];
        foreach (var (top, bottom, _, _) in Parts(Height))
        {
            foreach (var (left, right, _, _) in Parts(Width))
            {
                using var tile = device.From<float>(
                    Cut(source, Height / from, Width / from, top / from, bottom / from, left / from, right / from),
                    [2, sourceChannels, (bottom - top) / from, (right - left) / from]);
                using var result = pass(tile);
                var own = result.ToArray();
                var (tileHeight, tileWidth) = ((bottom - top) / to, (right - left) / to);
                for (var i = 0; i < own.Length; i++)
                {
                    var (plane, y, x) = (i / (tileHeight * tileWidth), i / tileWidth % tileHeight, i % tileWidth);
                    expected[(plane * h + top / to + y) * w + left / to + x] +=
                        own[i] * Weight(y, tileHeight, top, bottom, Height) * Weight(x, tileWidth, left, right, Width);
                }
            }
        }

        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 2e-6 * (1 + Math.Abs(pair.First))));

        double Weight(int i, int length, int start, int end, int side)
        {
            var shared = Shared / (double)to;
            return (start > 0 && i < shared ? (i + 0.5) / shared : 1) *
                (end < side && length - i <= shared ? (length - i - 0.5) / shared : 1);
        }
    }

    /// <summary>Tiles of 16 that share 4, and which of their pixels are nearest to them.</summary>
    private static (int Start, int End, int First, int Last)[] Parts(int side) => side == Height
        ? [(0, 16, 0, 14), (12, 28, 14, 26), (24, 36, 26, 36)]
        : [(0, 16, 0, 14), (12, 26, 14, 26)];

    private static float[] Cut(float[] planes, int height, int width, int top, int bottom, int left, int right) =>
    [
        .. from row in Enumerable.Range(0, planes.Length / width)
           where row % height >= top && row % height < bottom
           from pixel in planes[(row * width + left)..(row * width + right)]
           select pixel,
    ];

    private static double Difference(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max();

    private static float[] Noise(int length)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];
    }
}
