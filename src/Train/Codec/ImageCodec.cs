using IlgpuVq.Models.Entropy;
using IlgpuVq.Models.Priors;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Codec;

/// <summary>Images to and from codes that a prior makes short.</summary>
/// <remarks>
/// <para>An image goes in tiles (<see cref="TileGrid"/>) of the size that the prior learnt. 32 tiles are coded side by side
/// (<see cref="PriorCoder"/>), then the next 32, all in one stream.</para>
/// <para>The prior lies on a device of <see cref="Tensors.DeviceOptions.Reproducible"/>, so that what was written anywhere is
/// read everywhere; the autoencoder, whose numbers nobody else needs, may be on any.</para>
/// </remarks>
internal sealed class ImageCodec
{
    /// <summary>Tiles side by side: a part of the format.</summary>
    public const int TilesAtOnce = 32;

    private readonly TrainedPrior trained;
    private readonly ImagePass pass;
    private readonly PriorCoder coder;
    private double done, all;

    /// <param name="trained">Prior and model; stays the caller's.</param>
    /// <param name="progress">Told the part that is done; null for nobody.</param>
    /// <exception cref="RunException">The prior gives indices no probabilities.</exception>
    public ImageCodec(TrainedPrior trained, Action<double>? progress = null)
    {
        if (!PriorCoder.Suits(trained.Prior))
        {
            throw new RunException(
                "--run", "a prior that predicts index after index", $"a {trained.Family}, which gives indices no probabilities",
                "Learn another of the same model: train-prior --prior pixelcnn.");
        }

        this.trained = trained;
        pass = new ImagePass(trained.Trained.Model, trained.Size.Height, trained.Size.Width);
        coder = new PriorCoder(trained.Prior) { Progress = count => progress?.Invoke(Math.Min(1, (done += count) / all)) };
    }

    private CodePrior Prior => trained.Prior;

    private int PlacesPerTile => Prior.Layouts.Sum(layout => layout.Height * layout.Width);

    /// <summary>The codes of an image's tiles.</summary>
    /// <param name="tiles">How the image lies.</param>
    /// <param name="image">(C, H, W) in [−0.5, 0.5].</param>
    public CodeSet Encode(TileGrid tiles, float[] image)
    {
        var pixels = tiles.Cut(image);
        return CodeSet.Of(pass, Prior.Layouts, tiles.Count, TilesAtOnce, (first, count) =>
            pixels.AsSpan(first * tiles.TileLength, count * tiles.TileLength).ToArray());
    }

    /// <summary>The image (C, H, W) of its tiles' codes, in [−0.5, 0.5].</summary>
    public float[] Decode(TileGrid tiles, CodeSet codes)
    {
        var image = tiles.Join(codes.Decode(pass, TilesAtOnce));
        for (var i = 0; i < image.Length; i++)
        {
            image[i] = Math.Clamp(image[i], -0.5f, 0.5f);
        }

        return image;
    }

    /// <summary>How an image lies in tiles.</summary>
    public TileGrid TilesOf(int channels, int height, int width) => new(channels, height, width, trained.Size);

    /// <summary>Refuses an image that takes too much room in whole tiles, as a very narrow one may.</summary>
    /// <exception cref="RunException">It does.</exception>
    public void CheckSize(int height, int width, string path)
    {
        if (TilesOf(channels: 1, height, width).Pixels > CompressedHeader.MostPixels)
        {
            throw new RunException(
                path, $"at most {CompressedHeader.MostPixels} pixels in tiles of {trained.Size.Width}×{trained.Size.Height}",
                $"{width}×{height}", "Cut the image into several.");
        }
    }

    /// <summary>Writes codes.</summary>
    /// <param name="tiles">How the image lies.</param>
    /// <param name="codes">Its tiles'.</param>
    /// <param name="label">The image's class; null for the one of the fewest bits, where the prior knows classes.</param>
    /// <returns>The file, and −log₂ p of all its codes.</returns>
    public (CompressedFile File, double Bits) Compress(TileGrid tiles, CodeSet codes, int? label)
    {
        var tries = Prior.Classes > 0 && label is null ? Prior.Classes : 0;
        (done, all) = (0, (tries + 1.0) * PlacesPerTile * tiles.Count);
        if (tries > 0)
        {
            label = Enumerable.Range(0, tries).MinBy(
                each => Walk(codes, (part, count) => coder.BitsOf(part.Ids, Repeat(each, count))));
        }

        var encoder = new RangeEncoder();
        var bits = Walk(codes, (part, count) => coder.Encode(part.Ids, Repeat(label, count), encoder));
        var stream = encoder.Finish();
        var header = new CompressedHeader(tiles.Channels, tiles.Height, tiles.Width, label, trained.Hash, stream.Length);
        return (new CompressedFile(header, stream), bits);
    }

    /// <summary>Reads the codes of a file's tiles.</summary>
    /// <param name="file">Of this prior.</param>
    /// <param name="path">The file's, for messages.</param>
    /// <exception cref="RunException">It is of another, or of another image than the prior knows, or holds the codes of fewer
    /// pixels or more than it says.</exception>
    public CodeSet Decompress(CompressedFile file, string path)
    {
        const string advice = "The file is damaged; make it again with compress.";
        var (header, channels) = (file.Header, trained.Trained.Model.Options.Channels);
        CheckModel(header, path);
        if (header.Channels != channels)
        {
            throw new RunException(path, $"an image of {channels} channels", $"{header.Channels}", advice);
        }

        if (Prior.Classes > 0 ? header.Class is not { } its || its >= Prior.Classes : header.Class is not null)
        {
            throw new RunException(
                path, Prior.Classes > 0 ? $"a class from 0 to {Prior.Classes - 1}" : "no class",
                header.Class is { } other ? $"{other}" : "none", advice);
        }

        CheckSize(header.Height, header.Width, path);
        var tiles = TilesOf(header.Channels, header.Height, header.Width);
        (done, all) = (0, (double)PlacesPerTile * tiles.Count);
        var decoder = new RangeDecoder(file.Stream);

        // Lists: memory for as many codes as the file turns out to hold, whatever it says.
        var ids = Prior.Layouts.Select(_ => new List<int>()).ToArray();
        for (var first = 0; first < tiles.Count && !decoder.IsOverrun; first += TilesAtOnce)
        {
            var count = Math.Min(TilesAtOnce, tiles.Count - first);
            foreach (var (known, more) in ids.Zip(coder.Decode(count, Repeat(header.Class, count), decoder)))
            {
                known.AddRange(more);
            }
        }

        if (decoder.IsOverrun || decoder.HasMore)
        {
            throw new RunException(
                path, $"the codes of {header.Width}×{header.Height} pixels", $"{(decoder.IsOverrun ? "fewer" : "more")}", advice);
        }

        return new CodeSet(Prior.Layouts, [.. ids.Select(its => its.ToArray())], Labels: null);
    }

    /// <exception cref="RunException">The file is of another prior or model.</exception>
    private void CheckModel(CompressedHeader header, string path)
    {
        if (header.Model != trained.Hash)
        {
            throw new RunException(
                path, $"an image of prior and model {trained.Hash[..12]}…", $"one of {header.Model[..12]}…",
                "Decompress it with the run and the checkpoint that compressed it.");
        }
    }

    private static double Walk(CodeSet codes, Func<CodeSet, int, double> run)
    {
        var bits = 0.0;
        for (var first = 0; first < codes.Count; first += TilesAtOnce)
        {
            var count = Math.Min(TilesAtOnce, codes.Count - first);
            bits += run(codes.Part(first, count), count);
        }

        return bits;
    }

    private static int[]? Repeat(int? label, int count) => label is { } its ? [.. Enumerable.Repeat(its, count)] : null;
}
