#:project ../src/Models/Models.csproj
// Makes the pictures of concepts.md: dotnet run -c Release docs/pictures.cs
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

const string Grey = "#8a8f98", Blue = "#1f6feb", Orange = "#d9480f", Green = "#2b8a3e";
var folder = Path.Combine(Path.GetDirectoryName(PathOfThisFile())!, "pictures");
using var device = Device.Open("cpu");
StraightThroughPicture();
EmaPicture();
CollapsePicture();

// Latent vectors, their codes, and the gradient that each code hands to its vector.
void StraightThroughPicture()
{
    using var vectors = Primitive.RandomNormal(device, [14, 2], mean: 0, deviation: 0.5f, seed: 9, stream: 0);
    using var codes = device.From<float>([-0.6f, 0.5f, 0.5f, 0.6f, -0.4f, -0.5f, 0.6f, -0.4f], [4, 2]);
    using var target = device.From<float>([0.15f, 0.1f], [2]);
    using var ids = Primitive.NearestCode(vectors, codes);
    using var chosen = Primitive.GatherRows(codes, ids);
    using var tape = new Tape(device);
    var z = tape.Leaf(vectors, "z");
    var q = StraightThrough.Apply(z, tape.Constant(chosen, "codes")).Keep();
    tape.Backward(Sum.Apply(Square.Apply(q - tape.Constant(target))));
    var (from, to, dZ, dQ) = (vectors.ToArray(), chosen.ToArray(), z.Gradient!.ToArray(), q.Gradient!.ToArray());
    var picture = new Picture(460, 400, (-1.3f, 1.3f), (-1.1f, 1.1f));
    for (var n = 0; n < from.Length; n += 2)
    {
        picture.Line([(from[n], from[n + 1]), (to[n], to[n + 1])], Grey, width: 1, dashes: "3 3");
        picture.Arrow((to[n], to[n + 1]), (-0.18f * dQ[n], -0.18f * dQ[n + 1]), Orange);
        picture.Arrow((from[n], from[n + 1]), (-0.18f * dZ[n], -0.18f * dZ[n + 1]), Orange);
        picture.Dot((from[n], from[n + 1]), Blue, 4);
        picture.Square((to[n], to[n + 1]), Green, 6);
    }

    picture.Text((0.15f, 0.1f), "×", Orange, size: 20);
    picture.Legend(("vector", Blue), ("its code", Green), ("− gradient", Orange));
    picture.Save(Path.Combine(folder, "straight-through.svg"));
}

// A codebook on the way to the means of the vectors that choose its codes.
void EmaPicture()
{
    const int Codes = 6, Batch = 64;
    using var centres = device.From<float>(
        [-0.8f, 0.6f, 0.1f, 0.8f, 0.9f, 0.3f, 0.5f, -0.7f, -0.3f, -0.3f, -0.9f, -0.7f], [6, 2]);
    using var quantizer = (VectorQuantizer)new VectorQuantizerOptions
    {
        CodebookSize = Codes, CodeDim = 2, Decay = 0.9, EmaStart = EmaStart.One,
    }.Build(new ModuleScope(device, seed: 6));
    var picture = new Picture(460, 400, (-1.4f, 1.4f), (-1.2f, 1.2f));
    var paths = Enumerable.Range(0, Codes).Select(_ => new List<(float X, float Y)>()).ToArray();
    Remember();
    for (var step = 0; step < 60; step++)
    {
        using var ids = device.From<int>([.. Enumerable.Range(0, Batch).Select(n => n % Codes)], [Batch]);
        using var middle = Primitive.GatherRows(centres, ids);
        using var noise = Primitive.RandomNormal(device, [Batch, 2], mean: 0, deviation: 0.13f, seed: 2, stream: (ulong)step);
        using var rows = Primitive.Zip("rows", middle, noise, default(Add));
        using var tape = new Tape(device, recording: false);
        using var output = quantizer.Forward(tape.Constant(rows), StepContext.Training);
        Remember();
        if (step < 4)
        {
            foreach (var point in rows.ToArray().Chunk(2))
            {
                picture.Dot((point[0], point[1]), Grey, 1.5f);
            }
        }
    }

    foreach (var path in paths)
    {
        picture.Line(path, Blue, width: 1.5f);
        picture.Dot(path[0], Blue, 3);
        picture.Square(path[^1], Green, 6);
    }

    picture.Legend(("data", Grey), ("code, from its start", Blue), ("after 60 batches", Green));
    picture.Save(Path.Combine(folder, "ema.svg"));

    void Remember()
    {
        var codes = quantizer.Codebooks[0].Codes.ToArray();
        for (var k = 0; k < Codes; k++)
        {
            paths[k].Add((codes[2 * k], codes[2 * k + 1]));
        }
    }
}

// How many codes a batch makes use of, with and without revival.
void CollapsePicture()
{
    const int Steps = 300, Codes = 128;
    var picture = new Picture(560, 300, (-20, Steps), (-10, Codes));
    foreach (var count in new[] { 0, 32, 64, 96, 128 })
    {
        picture.Line([(0, count), (Steps, count)], "#d0d4da", width: 0.5f);
        picture.Text((-14, count - 3), $"{count}", Grey, size: 11);
    }

    foreach (var (threshold, colour) in new[] { (0.0, Orange), (1.0, Green) })
    {
        picture.Line(UsedCodes(threshold), colour, width: 1.5f);
    }

    picture.Text((Steps - 40, -9), $"step {Steps}", Grey, size: 11);
    picture.Legend(("codes that a batch uses, of 128: with revival", Green), ("without", Orange));
    picture.Save(Path.Combine(folder, "collapse.svg"));

    List<(float X, float Y)> UsedCodes(double threshold)
    {
        var options = new VqVaeOptions
        {
            Channels = 3, Hidden = 32, Init = Initialization.Torch, ResidualSkip = IlgpuVq.Models.Layers.ResidualSkip.Rectified,
            Quantizer = new VectorQuantizerOptions
            {
                CodebookSize = Codes, CodeDim = 16, EmaStart = EmaStart.One, DeadCodeThreshold = threshold,
            },
        };
        using var model = options.Build(new ModuleScope(device, seed: 1));
        using var optimizer = new AdamOptions { LearningRate = 1e-3 }.Build(model.Parameters);
        using var loader = new BatchLoader(DataSets.Open("shapes", new DataSetOptions()), batch: 32, seed: 1);
        using var random = new RandomState(device, seed: 1);
        var used = new List<(float X, float Y)>();
        for (var step = 0; step < Steps; step++)
        {
            random.Set(step);
            using var images = device.From<float>(loader.Next().Images, [32, 3, 32, 32]);
            using var tape = new Tape(device);
            var x = tape.Constant(images);
            using var output = model.Forward(x, new StepContext(IsTraining: true, Random: random));
            using var counts = output.Codes[0].Counts(0);
            used.Add((step, counts.ToArray().Count(count => count > 0)));
            tape.Backward(MeanSquaredError.Apply(output.Reconstruction, x) + output.Loss!);
            optimizer.Advance();
            optimizer.Apply();
        }

        return used;
    }
}

static string PathOfThisFile([CallerFilePath] string path = "") => path;

/// <summary>A picture of vectors in a plane, as SVG.</summary>
internal sealed class Picture(int width, int height, (float Low, float High) across, (float Low, float High) up)
{
    private readonly StringBuilder shapes = new();

    public void Line(IEnumerable<(float X, float Y)> points, string colour, float width, string dashes = "none") => Add(
        $"<polyline points=\"{string.Join(' ', points.Select(At))}\" fill=\"none\" stroke=\"{colour}\" "
            + $"stroke-width=\"{Say(width)}\" stroke-dasharray=\"{dashes}\"/>");

    public void Dot((float X, float Y) centre, string colour, float radius) =>
        Add($"<circle cx=\"{X(centre)}\" cy=\"{Y(centre)}\" r=\"{Say(radius)}\" fill=\"{colour}\"/>");

    public void Square((float X, float Y) centre, string colour, float half) => Add(
        $"<rect x=\"{X(centre, -half)}\" y=\"{Y(centre, -half)}\" width=\"{Say(2 * half)}\" height=\"{Say(2 * half)}\" "
            + $"fill=\"{colour}\"/>");

    public void Arrow((float X, float Y) from, (float X, float Y) step, string colour)
    {
        var to = (X: from.X + step.X, Y: from.Y + step.Y);
        Line([from, to], colour, width: 1.5f);
        var length = MathF.Sqrt((step.X * step.X) + (step.Y * step.Y)) + 1e-9f;
        var (x, y) = (0.05f * step.X / length, 0.05f * step.Y / length);
        Line([(to.X - x - y, to.Y - y + x), to, (to.X - x + y, to.Y - y - x)], colour, width: 1.5f);
    }

    public void Text((float X, float Y) at, string text, string colour, int size) => Add(
        $"<text x=\"{X(at)}\" y=\"{Y(at)}\" font-family=\"sans-serif\" font-size=\"{size}\" text-anchor=\"middle\" "
            + $"dominant-baseline=\"middle\" fill=\"{colour}\">{text}</text>");

    public void Legend(params (string Text, string Colour)[] entries)
    {
        for (var i = 0; i < entries.Length; i++)
        {
            Add($"<rect x=\"12\" y=\"{14 + (18 * i)}\" width=\"10\" height=\"10\" fill=\"{entries[i].Colour}\"/>");
            Add($"<text x=\"28\" y=\"{23 + (18 * i)}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#24292f\">"
                + $"{entries[i].Text}</text>");
        }
    }

    public void Save(string path) => File.WriteAllText(
        path,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n"
            + $"<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{shapes}</svg>\n");

    private void Add(string shape) => shapes.Append(shape).Append('\n');

    private string At((float X, float Y) point) => $"{X(point)},{Y(point)}";

    private string X((float X, float Y) point, float shift = 0) =>
        Say(((point.X - across.Low) / (across.High - across.Low) * width) + shift);

    private string Y((float X, float Y) point, float shift = 0) =>
        Say(((up.High - point.Y) / (up.High - up.Low) * height) + shift);

    private static string Say(float number) => number.ToString("0.#", CultureInfo.InvariantCulture);
}
