using System.Text.Json.Serialization;

namespace IlgpuVq.Train.Codec;

/// <summary>How an image was compressed.</summary>
/// <param name="Bytes">Of the file.</param>
/// <param name="BitsPerPixel">Of the file.</param>
/// <param name="PriorBits">−log₂ p of all codes: what no coder of this prior gets below.</param>
/// <param name="Codes">How many codes the image is.</param>
/// <param name="Tiles">Parts of the image that were coded on their own.</param>
/// <param name="Class">The class by which codes are predicted; null for a prior that knows none.</param>
/// <param name="Psnr">Of the image that the file gives, in dB.</param>
internal sealed record CompressionResult(
    int Bytes, double BitsPerPixel, double PriorBits, long Codes, int Tiles, int? Class, double Psnr)
{
    /// <summary>Compresses an image.</summary>
    /// <param name="codec">What compresses.</param>
    /// <param name="image">(C, H, W) in [−0.5, 0.5].</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="label">Its class; null for the best one, or none.</param>
    public static (CompressedFile File, CompressionResult Result) Of(
        ImageCodec codec, float[] image, (int C, int H, int W) shape, int? label)
    {
        var tiles = codec.TilesOf(shape.C, shape.H, shape.W);
        var codes = codec.Encode(tiles, image);
        var (file, bits) = codec.Compress(tiles, codes, label);
        var bytes = file.Stream.Length + CompressedFile.Overhead;
        return (file, new CompressionResult(
            bytes, 8.0 * bytes / ((double)shape.H * shape.W), bits, codes.Ids.Sum(ids => ids.LongLength), tiles.Count,
            file.Header.Class, PsnrOf(image, codec.Decode(tiles, codes))));
    }

    private static double PsnrOf(float[] image, float[] decoded)
    {
        var squares = 0.0;
        for (var i = 0; i < image.Length; i++)
        {
            var difference = (double)image[i] - decoded[i];
            squares += difference * difference;
        }

        return -10 * Math.Log10(squares / image.Length);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(CompressionResult))]
internal sealed partial class CompressionJson : JsonSerializerContext;
