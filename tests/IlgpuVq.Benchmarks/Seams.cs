using System.CommandLine;
using System.Globalization;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Commands;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Benchmarks;

/// <summary><c>seams</c>: what an image is in tiles beside what it is as a whole, where tiles meet and elsewhere.</summary>
internal static class Seams
{
    /// <summary>Pixels to either side of where exact tiles meet, which count as their seam.</summary>
    private const int NearBorder = 4;

    /// <summary>Differences of pixels, of which black and white are 1 apart, and of a difference from that of its neighbour: what
    /// the eye sees of a seam.</summary>
    /// <param name="Mean">Of the differences' sizes.</param>
    /// <param name="Largest">Of them.</param>
    /// <param name="MeanStep">Mean size of what a difference has more than that of the pixel to the left.</param>
    /// <param name="LargestStep">Largest of these.</param>
    private readonly record struct Differences(double Mean, double Largest, double MeanStep, double LargestStep)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"mean {Mean:E2}, largest {Largest:E2}; from pixel to pixel mean {MeanStep:E2}, largest {LargestStep:E2}");
    }

    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the run's folder");
        var input = new Option<string>("--input") { Description = "an image file", Required = true };
        var crop = new Option<string?>("--crop") { Description = "cut the middle out of it: N or WxH" };
        var tile = new Option<int>("--tile") { Description = "pixels of a side of a tile", DefaultValueFactory = _ => 256 };
        var command = new Command("seams", "Compares an image in tiles with the same as a whole.") { run, input, crop, tile };
        command.SetAction(parsed =>
        {
            using var device = Device.Open("cpu");
            using var trained = TrainedModel.Load(device, parsed.GetValue(run)!, "latest", console.WriteLine);
            var data = DataSets.OpenFile(
                parsed.GetValue(input)!, trained.Config.Data.Channels, new DataSetOptions { Crop = parsed.GetValue(crop) });
            var image = new float[data.ImageLength];
            data.ReadBatch([0], image, new int[1]);
            foreach (var line in Compare(trained.Model, image, data.Height, data.Width, parsed.GetValue(tile)))
            {
                console.WriteLine(line);
            }

            return 0;
        });
        return command;
    }

    private static IEnumerable<string> Compare(Autoencoder model, float[] image, int height, int width, int tile)
    {
        var (whole, tiled) = (
            new ImagePass(model, height, width, WholeSide(height, width)), new ImagePass(model, height, width, tile));
        var (wholeCodes, tiledCodes) = (whole.Encode(image), tiled.Encode(image));
        var isBlended = model.Reach is null;
        var step = model.Options.Downsampling;
        var overlap = isBlended ? TileBlend.OverlapOf(tile, step) : 0;
        var (rows, columns) = (Seam(height), Seam(width));
        if (wholeCodes[0] is int[])
        {
            var other = wholeCodes.Zip(tiledCodes).Sum(grids =>
                ((int[])grids.First).Zip((int[])grids.Second).Count(pair => pair.First != pair.Second));
            yield return $"{other} of {wholeCodes.Sum(grid => grid.Length)} codes are others";
        }

        var pixels = tiled.Decode(tiledCodes);
        foreach (var (what, reference) in new[]
        {
            ("image", whole.Decode(wholeCodes)), ("image of the same codes", whole.Decode(tiledCodes)),
        })
        {
            yield return $"{what}, where tiles meet: {Of(pixels, reference, atSeams: true)}";
            yield return $"{what}, elsewhere: {Of(pixels, reference, atSeams: false)}";
        }

        if (isBlended)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"from the blend's definition: largest {FromDefinition(model, tiledCodes, pixels, (height, width), tile):E2}");
        }

        // Rows or columns that belong to two tiles, or lie near the border of two.
        bool[] Seam(int side)
        {
            var isSeam = new bool[side];
            for (var i = 0; i < side; i++)
            {
                isSeam[i] = isBlended
                    ? i % (tile - overlap) < overlap && i >= tile - overlap
                    : i >= tile - NearBorder && (i + NearBorder) % tile < 2 * NearBorder;
            }

            return isSeam;
        }

        Differences Of(float[] a, float[] b, bool atSeams)
        {
            var (count, steps, sum, largest, sumOfSteps, largestStep) = (0L, 0L, 0.0, 0.0, 0.0, 0.0);
            for (var i = 0; i < a.Length; i++)
            {
                var (y, x) = (i / width % height, i % width);
                if ((rows[y] || columns[x]) != atSeams)
                {
                    continue;
                }

                var difference = (double)a[i] - b[i];
                (count, sum, largest) = (count + 1, sum + Math.Abs(difference), Math.Max(largest, Math.Abs(difference)));
                if (x > 0)
                {
                    var more = Math.Abs(difference - ((double)a[i - 1] - b[i - 1]));
                    (steps, sumOfSteps, largestStep) = (steps + 1, sumOfSteps + more, Math.Max(largestStep, more));
                }
            }

            return new Differences(sum / count, largest, sumOfSteps / steps, largestStep);
        }
    }

    /// <summary>A side of a tile that holds all of an image, padded too.</summary>
    private static int WholeSide(int height, int width) => 2 * Math.Max(height, width);

    /// <summary>Largest distance of blended pixels from what they are by definition, in double precision: the pixels of each tile
    /// alone, weighed by how far into what it shares with its neighbours they lie.</summary>
    private static double FromDefinition(Autoencoder model, Array[] codes, float[] pixels, (int Height, int Width) size, int tile)
    {
        var padded = StridePadding.SizeOf(model.Options, size.Height, size.Width);
        var (overlap, channels) = (TileBlend.OverlapOf(tile, model.Options.Downsampling), model.Options.Channels);
        var layouts = LatentForm.Of(model).Layouts(padded.Height, padded.Width);
        var expected = new double[channels * padded.Height * padded.Width];
        foreach (var (top, h) in Parts(padded.Height))
        {
            foreach (var (left, w) in Parts(padded.Width))
            {
                Array[] own = [.. layouts.Select((layout, i) => Cut(codes[i], layout, top, left, h, w))];
                var image = new ImagePass(model, h, w, WholeSide(h, w)).Decode(own);
                for (var i = 0; i < image.Length; i++)
                {
                    var (plane, y, x) = (i / w / h, i / w % h, i % w);
                    expected[(plane * padded.Height + top + y) * padded.Width + left + x] +=
                        image[i] * Weight(y, h, top, padded.Height) * Weight(x, w, left, padded.Width);
                }
            }
        }

        var largest = 0.0;
        for (var i = 0; i < pixels.Length; i++)
        {
            var (plane, y, x) = (i / size.Width / size.Height, i / size.Width % size.Height, i % size.Width);
            largest = Math.Max(largest, Math.Abs(pixels[i] - expected[(plane * padded.Height + y) * padded.Width + x]));
        }

        return largest;

        IEnumerable<(int Start, int Length)> Parts(int side)
        {
            for (var start = 0; ; start += tile - overlap)
            {
                yield return (start, Math.Min(tile, side - start));
                if (start + tile >= side)
                {
                    yield break;
                }
            }
        }

        double Weight(int i, int length, int start, int side) =>
            (start > 0 && i < overlap ? (i + 0.5) / overlap : 1) *
            (start + length < side && length - i <= overlap ? (length - i - 0.5) / overlap : 1);

        Array Cut(Array grid, GridLayout layout, int top, int left, int h, int w)
        {
            var scale = padded.Height / layout.Height;
            var planes = grid.Length / layout.Height / layout.Width;
            var part = Array.CreateInstance(grid.GetType().GetElementType()!, planes * (h / scale) * (w / scale));
            for (var row = 0; row < planes * (h / scale); row++)
            {
                var (plane, y) = Math.DivRem(row, h / scale);
                Array.Copy(
                    grid, (plane * layout.Height + top / scale + y) * layout.Width + left / scale, part, row * (w / scale),
                    w / scale);
            }

            return part;
        }
    }
}
