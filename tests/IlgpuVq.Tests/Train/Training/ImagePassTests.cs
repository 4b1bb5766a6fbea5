using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.BatchNormVqVae;
using IlgpuVq.Models.Autoencoders.KerasVqVae;
using IlgpuVq.Models.Autoencoders.Paella;
using IlgpuVq.Models.Autoencoders.TinyAutoencoder;
using IlgpuVq.Models.Autoencoders.VqCvae;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>Images of any size and number through a model.</summary>
public sealed class ImagePassTests : IDisposable
{
    private readonly Device device = Device.Open("cpu");

    /// <summary>Small codes, so that untrained latent vectors are near to many of them.</summary>
    private static readonly QuantizerOptions Codes = Uniform(codes: 64);

    public static TheoryData<AutoencoderOptions, int> Models() => new()
    {
        { new VqVaeOptions { Hidden = 8, ResidualHidden = 4, ResidualLayers = 2, Quantizer = Codes }, 8 },
        { new VqVaeOptions { Hidden = 8, ResidualHidden = 4, ResidualLayers = 0, Quantizer = Codes }, 12 },
        { new VqVae2Options { Hidden = 8, ResidualHidden = 4, ResidualLayers = 1, Quantizer = Codes }, 16 },
        { new KerasVqVaeOptions { Hidden = 8, Quantizer = Codes }, 12 },
        { new BatchNormVqVaeOptions { Hidden = 4, Quantizer = Codes }, 8 },
        { new VqCvaeOptions { Hidden = 4, Init = Initialization.Torch, Quantizer = Uniform(codes: 512) }, 12 },
    };

    public void Dispose() => device.Dispose();

    [Theory]
    [MemberData(nameof(Models), DisableDiscoveryEnumeration = true)]
    public void Tiles_have_the_codes_and_pixels_of_the_whole_image(AutoencoderOptions options, int tile)
    {
        using var model = options.Build(new ModuleScope(device, seed: 3));
        AssertTilesAreOfTheWhole(model, tile);
    }

    /// <summary>Once its blocks do something: they begin as what passes images on.</summary>
    [Fact]
    public void Tiles_of_a_paella_model_have_the_codes_and_pixels_of_the_whole_image()
    {
        using var model = new PaellaOptions { EmbedDim = 8, BottleneckBlocks = 2, Quantizer = Codes }
            .Build(new ModuleScope(device, seed: 3));
        foreach (var gammas in model.State.Where(named => named.Key.EndsWith("gammas", StringComparison.Ordinal)))
        {
            gammas.Tensor.CopyFrom([0.5f, 0.25f, 2, -0.5f, 0.125f, 1]);
        }

        AssertTilesAreOfTheWhole(model, tile: 8);
    }

    private static void AssertTilesAreOfTheWhole(Autoencoder model, int tile)
    {
        var (height, width) = (171, 150);
        var images = Noise(2 * model.Options.Channels * height * width);
        var (whole, tiled) = (new ImagePass(model, height, width), new ImagePass(model, height, width, tile));

        var ids = Array.ConvertAll(whole.Encode(images), grid => (int[])grid);
        var others = Array.ConvertAll(tiled.Encode(images), grid => (int[])grid);
        for (var grid = 0; grid < ids.Length; grid++)
        {
            // Rounding decides between codes that are equally near.
            Assert.InRange(ids[grid].Zip(others[grid]).Count(pair => pair.First != pair.Second), 0, ids[grid].Length / 500);
            Assert.True(ids[grid].Distinct().Count() > 3);
        }

        var differences = whole.Decode(ids).Zip(tiled.Decode(ids), (a, b) => Math.Abs(a - b));
        Assert.InRange(differences.Max(), 0, 1e-5f);
    }

    [Fact]
    public void Tiles_have_the_latent_numbers_and_pixels_of_the_whole_image()
    {
        using var model = new TinyAutoencoderOptions
        {
            EncoderBlockOutChannels = [4, 4, 4],
            DecoderBlockOutChannels = [4, 4, 4],
            NumEncoderBlocks = [1, 1, 1],
            NumDecoderBlocks = [1, 1, 1],
        }.Build(new ModuleScope(device, seed: 3));
        var (height, width) = (171, 150);
        var images = Noise(2 * 3 * height * width);
        var (whole, tiled) = (new ImagePass(model, height, width), new ImagePass(model, height, width, tile: 8));

        var latents = whole.Encode(images);
        var others = tiled.Encode(images);
        Assert.InRange(LargestDifference((float[])latents[0], (float[])others[0]), 0, 1e-5f);
        Assert.InRange(LargestDifference(whole.Decode(latents), tiled.Decode(latents)), 0, 1e-5f);
        Assert.True(((float[])latents[0]).Distinct().Count() > 1000);
    }

    /// <summary>With less around a tile its codes would differ: what <see cref="Autoencoder.Reach"/> says is hardly more than
    /// needed.</summary>
    [Theory]
    [MemberData(nameof(Models), DisableDiscoveryEnumeration = true)]
    public void No_pixel_beyond_the_reach_changes_a_code_and_some_within_it_do(AutoencoderOptions options, int tile)
    {
        using var model = options.Build(new ModuleScope(device, seed: 3));
        var side = 400 / tile * tile / 8 * 8;
        var (reach, channels) = (model.Reach!.Value, options.Channels);
        var pass = new ImagePass(model, side, side);
        var image = Noise(channels * side * side);
        var before = pass.Encode(image);
        var (middle, edge) = (side / 2, side / 2 + reach);
        for (var y = 0; y < channels * side; y++)
        {
            image.AsSpan(y * side, side)[edge..].Fill(-0.5f);
        }

        var after = pass.Encode(image);
        for (var grid = 0; grid < before.Length; grid++)
        {
            var (w, step) = (pass.Layouts[grid].Width, side / pass.Layouts[grid].Width);
            var changed = ((int[])before[grid]).Zip((int[])after[grid])
                .Select((pair, i) => (Differs: pair.First != pair.Second, Column: i % w))
                .Where(place => place.Differs).Select(place => place.Column * step).ToArray();
            Assert.True(changed.Min() >= middle, $"{changed.Min()}");
            Assert.True(changed.Min() + step <= edge, $"{changed.Min()}");
        }
    }

    [Fact]
    public void A_tile_is_chosen_where_an_image_takes_more_than_the_bound()
    {
        using var model = new VqVaeOptions().Build(new ModuleScope(device, seed: 0));
        Assert.Null(ImageBatch.TileOf(model, 256, 256));
        var tile = ImageBatch.TileOf(model, 3000, 4000)!.Value;
        Assert.InRange(tile, 128, 1024);
        Assert.Equal(0, tile % model.Options.Downsampling);
        ImageBatch.CheckFits(model, 30_000, 30_000, free: 1_000_000_000);
    }

    private static VectorQuantizerOptions Uniform(int codes) => new()
    {
        Rule = CodebookRule.Gradient,
        CodebookStart = CodebookStart.Uniform,
        CodebookSize = codes,
        CodeDim = 4,
    };

    private static float LargestDifference(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    private static float[] Noise(int length)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];
    }
}
