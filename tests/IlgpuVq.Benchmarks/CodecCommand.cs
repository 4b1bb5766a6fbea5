using System.CommandLine;
using System.Globalization;
using IlgpuVq.Models.Data;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Codec;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.PixelFormats;

namespace IlgpuVq.Benchmarks;

/// <summary><c>codec</c>: what a prior compresses images to, beside PNG, and JPEG of no more bytes.</summary>
internal static class CodecCommand
{
    public static Command Create()
    {
        var run = new Option<string>("--run") { Description = "the prior's folder", Required = true };
        var cifar10 = new Option<string?>("--cifar10")
        {
            Description = "the folder of CIFAR-10, whose first test images are taken",
        };
        var count = new Option<int>("--count") { Description = "how many of them", DefaultValueFactory = _ => 100 };
        var images = new Option<string[]>("--image") { Description = "image files", AllowMultipleArgumentsPerToken = true };
        var command = new Command("codec", "Compresses images by a prior, and by PNG and JPEG.") { run, cifar10, count, images };
        command.SetAction(parsed =>
        {
            using var device = Device.Open("cpu");
            using var reproducible = Device.Open("cpu", new DeviceOptions(Reproducible: true));
            using var trained = TrainedPrior.Load(
                device, parsed.GetValue(run)!, CheckpointStore.LatestName, Console.WriteLine, reproducible);
            var codec = new ImageCodec(trained);
            Console.WriteLine("| image | pixels | file | prior's bits / 8 | bits per pixel | PSNR | PNG | JPEG | its PSNR |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
            if (parsed.GetValue(cifar10) is { } root)
            {
                var set = DataSets.Open(DataSets.Cifar10, new DataSetOptions { Root = root, Split = DataSets.Test });
                Row[] rows = [.. Enumerable.Range(0, parsed.GetValue(count)).Select(i => Measure(codec, set, i))];
                Print($"{rows.Length} of CIFAR-10, each", $"{set.Width}×{set.Height}", Row.MeanOf(rows));
            }

            foreach (var path in parsed.GetValue(images) ?? [])
            {
                var image = DataSets.OpenFile(path, trained.Trained.Model.Options.Channels);
                Print(Path.GetFileName(path), $"{image.Width}×{image.Height}", Measure(codec, image, 0));
            }

            return 0;
        });
        return command;
    }

    private static Row Measure(ImageCodec codec, ImageDataSet set, int index)
    {
        var pixels = new float[set.ImageLength];
        set.ReadBatch([index], pixels, new int[1]);
        var shape = (set.Channels, set.Height, set.Width);
        var (file, result) = CompressionResult.Of(codec, pixels, shape, label: null);
        if (!codec.Decompress(file, "file").Ids.Zip(codec.Encode(codec.TilesOf(set.Channels, set.Height, set.Width), pixels).Ids)
            .All(ids => ids.First.AsSpan().SequenceEqual(ids.Second)))
        {
            throw new InvalidOperationException("The codes did not come back.");
        }

        using var image = ToImage(pixels, shape);
        var (jpeg, psnr) = Jpeg(image, result.Bytes);
        return new Row(
            result.Bytes, result.PriorBits / 8, result.BitsPerPixel, result.Psnr,
            Bytes(image, new PngEncoder { CompressionLevel = PngCompressionLevel.BestCompression }).Length, jpeg, psnr);
    }

    /// <summary>The best JPEG of at most so many bytes; the smallest where all are larger.</summary>
    private static (int Bytes, double Psnr) Jpeg(Image<Rgb24> image, int most)
    {
        var chosen = Bytes(image, new JpegEncoder { Quality = 1 });
        for (var quality = 2; quality <= 100; quality++)
        {
            var its = Bytes(image, new JpegEncoder { Quality = quality });
            if (its.Length > most)
            {
                break;
            }

            chosen = its;
        }

        using var decoded = Image.Load<Rgb24>(chosen);
        var squares = 0.0;
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var (a, b) = (image[x, y], decoded[x, y]);
                squares += Square(a.R - b.R) + Square(a.G - b.G) + Square(a.B - b.B);
            }
        }

        return (chosen.Length, -10 * Math.Log10(squares / (3.0 * image.Width * image.Height * 255 * 255)));

        static double Square(double difference) => difference * difference;
    }

    private static byte[] Bytes(Image<Rgb24> image, SixLabors.ImageSharp.Formats.IImageEncoder encoder)
    {
        using var stream = new MemoryStream();
        image.Save(stream, encoder);
        return stream.ToArray();
    }

    private static Image<Rgb24> ToImage(float[] pixels, (int C, int H, int W) shape)
    {
        var image = new Image<Rgb24>(shape.W, shape.H);
        var plane = shape.H * shape.W;
        for (var i = 0; i < plane; i++)
        {
            image[i % shape.W, i / shape.W] = new Rgb24(Of(0), Of(Math.Min(1, shape.C - 1)), Of(Math.Min(2, shape.C - 1)));

            byte Of(int channel) => (byte)((pixels[channel * plane + i] + 0.5f) * 255 + 0.5f);
        }

        return image;
    }

    private static void Print(string name, string size, Row row) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"| {name} | {size} | {row.Bytes:F1} | {row.Prior:F1} | {row.BitsPerPixel:F3} | {row.Psnr:F2} dB | {row.Png:F0} | "
            + $"{row.Jpeg:F0} | {row.JpegPsnr:F2} dB |"));

    private sealed record Row(
        double Bytes, double Prior, double BitsPerPixel, double Psnr, double Png, double Jpeg, double JpegPsnr)
    {
        public static Row MeanOf(Row[] rows) => new(
            rows.Average(row => row.Bytes), rows.Average(row => row.Prior), rows.Average(row => row.BitsPerPixel),
            rows.Average(row => row.Psnr), rows.Average(row => row.Png), rows.Average(row => row.Jpeg),
            rows.Average(row => row.JpegPsnr));
    }
}
