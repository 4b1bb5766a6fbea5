using System.Formats.Tar;
using System.IO.Compression;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Reporting.Pages;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Reporting.Pages;

/// <summary><c>export --format web</c>: the page that is a model, and what it does in Chromium.</summary>
public sealed class ModelPageTests : IDisposable
{
    private const string Rule = "the package onnxruntime-web of npm, its .tgz or a folder that holds it";
    private const string Script = "ort.wasm.bundle.min.mjs", Binary = "ort-wasm-simd-threaded.wasm";

    /// <summary>Sides that no stride divides, and wide enough that no picture is enlarged.</summary>
    private const int Width = 98, Height = 61;

    /// <summary>Enough for codes that differ from place to place.</summary>
    private static readonly string[] Learned = ["--steps", "200", "--lr", "0.003"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_picture_becomes_codes_that_are_painted_and_decoded_as_the_program_does_it()
    {
        var (run, file, image) = (folder.At("run"), Export(Learned), Picture());
        using var page = Open(file);
        Assert.Equal("32 × 32 pixels are 8 × 8 codes.", page.TextOf("#status").Replace('\u00a0', ' '));
        Choose(page, image, "98 × 61 pixels are 25 × 16 codes.");
        var codes = Encode(run, image);
        Assert.Equal(codes, CodesOf(page));
        var before = Shown(page, "#decoded");
        AssertSame(Reconstruct(run, image), before);

        // A code of the palette to column 3, row 2, by the mouse; to the place right of it, by keys; and the first one taken up.
        var code = codes[0].First(other => other != codes[0][2 * 25 + 3]);
        page.Click($"#code-{code}", 0.5, 0.5);
        page.Click(".map canvas", 3.5 / 25, 2.5 / 16);
        WaitFor(page, "1 of 400 codes changed.");
        Assert.Equal($"column 3, row 2, code {code}", page.TextOf("#place"));
        codes[0][2 * 25 + 3] = code;
        Assert.Equal(codes, CodesOf(page));
        var after = Shown(page, "#decoded");
        AssertSame(Decode(run, codes), after);
        Assert.Contains(before.Pixels.Zip(after.Pixels), pair => Math.Abs(pair.First - pair.Second) > 2);

        page.Press("ArrowDown", "Enter");
        codes[0][3 * 25 + 3] = code;
        page.WaitFor($"codes.codes.data[{3 * 25 + 3}] === {code}n");
        page.Click(".map canvas", 24.5 / 25, 15.5 / 16, "right");
        Assert.Equal(codes[0][^1], page.Evaluate("Number(document.querySelector('#code').value)")!.GetValue<int>());
        Assert.Equal(codes, CodesOf(page));
        PageRules.AssertHold(page);
    }

    [Fact]
    public void Each_level_of_each_grid_has_a_map()
    {
        string[] model = [.. Learned, "--model", "vqvae2", "--init", "torch", "--quantizer", "residual", "--layers", "2"];
        var (run, file, image) = (folder.At("run"), Export(model), Picture());
        using var page = Open(file);
        Choose(page, image, "98 × 61 pixels are 13 × 8 × 2 and 26 × 16 × 2 codes.");
        var codes = Encode(run, image);
        Assert.Equal(codes, CodesOf(page));
        Assert.All(codes, grid => Assert.NotEqual(grid.Min(), grid.Max()));
        AssertSame(Reconstruct(run, image), Shown(page, "#decoded"));
        Assert.Equal(
            ["top, level 0", "top, level 1", "bottom, level 0", "bottom, level 1"],
            page.Evaluate("[...document.querySelectorAll('.map h3')].map(name => name.textContent)")!.AsArray()
                .GetValues<string>());

        // The second level of the bottom grid, at its last place.
        var code = codes[1].Last(other => other != codes[1][^1]);
        page.Click(".map:nth-child(4) canvas", 25.5 / 26, 15.5 / 16, "right");
        page.Click($"#code-{code}", 0.5, 0.5);
        page.Click(".map:nth-child(4) canvas", 25.5 / 26, 15.5 / 16);
        WaitFor(page, "1 of 1040 codes changed.");
        codes[1][^1] = code;
        Assert.Equal(codes, CodesOf(page));
        AssertSame(Decode(run, codes), Shown(page, "#decoded"));
        PageRules.AssertHold(page);
    }

    [Fact]
    public void Pictures_that_are_large_are_scaled_and_other_files_refused()
    {
        using var page = Open(Export("--steps", "1"));
        page.ChooseFile("#file", folder.Write("no.png", [1, 2, 3]));
        page.WaitFor("document.querySelector('#status').textContent.startsWith('no.png: expected a picture')");
        Choose(page, Picture(640, 200), "256 × 80 pixels, scaled from 640 × 200, are 64 × 20 codes.");
        page.Evaluate("""
            (side => {
              side.value = 5000;
              side.dispatchEvent(new Event("change"));
            })(document.querySelector("#side"))
            """);
        WaitFor(page, "640 × 200 pixels are 160 × 50 codes.");
        Assert.Equal(1024, page.Evaluate("Number(document.querySelector('#side').value)")!.GetValue<int>());
        Assert.Empty(page.Errors);
    }

    [Fact]
    public void The_runtime_is_read_from_what_npm_gives()
    {
        var (script, binary) = (folder.Write($"dist/{Script}", [1, 2]), folder.Write($"dist/{Binary}", [3, 4, 5]));
        var archive = folder.At("web.tgz");
        using (var packed = new GZipStream(File.Create(archive), CompressionLevel.Fastest))
        using (var tar = new TarWriter(packed))
        {
            tar.WriteEntry(script, $"package/dist/{Script}");
            tar.WriteEntry(binary, $"package/dist/{Binary}");
        }

        foreach (var path in new[] { archive, folder.Path, folder.At("dist") })
        {
            var runtime = WebRuntime.Read("--runtime", path);
            Assert.Equal([1, 2], runtime.Script);
            Assert.Equal([3, 4, 5], runtime.Binary);
        }
    }

    [Fact]
    public void What_a_page_cannot_be_made_of_is_one_line()
    {
        string[] export = ["export", "--run", folder.At("run"), "--output", folder.At("page.html")];
        var (other, empty) = (folder.Write("other.tgz", [1, 2, 3]), folder.Write("empty/file", []));
        AssertFails(
            $"--runtime: expected {Rule}; got none. Fetch it: npm pack onnxruntime-web", [.. export, "--format", "web"]);
        foreach (var (path, got) in new[]
        {
            (folder.At("none"), ", which is not there"), (other, ", no .tgz or a damaged one"),
            (Path.GetDirectoryName(empty)!, $", without {Script} or {Binary}"),
        })
        {
            AssertFails(
                $"--runtime: expected {Rule}; got {path}{got}. Fetch it:", [.. export, "--format", "web", "--runtime", path]);
        }

        AssertFails(
            "--runtime: expected --format web beside it; got another format. Leave it out.",
            [.. export, "--format", "onnx", "--runtime", other]);

        string[] continuous = ["--model", "kl", "--block-out-channels", "8,8", "--norm-num-groups", "2"];
        Assert.Equal(0, Invoke(["train", "--run", folder.At("run"), "--steps", "1", "--batch", "2", .. continuous]).Code);
        folder.Write($"dist/{Script}", [1]);
        folder.Write($"dist/{Binary}", [1]);
        AssertFails(
            "--format web: expected a model with codes; got kl, whose latent images are real numbers. Take --format onnx.",
            [.. export, "--format", "web", "--runtime", folder.Path]);
        Assert.False(File.Exists(folder.At("page.html")));
    }

    private static ChromiumPage Open(string file)
    {
        var page = ChromiumPage.Open(file);
        page.WaitFor("document.querySelector('#status').textContent.endsWith('codes.')");
        return page;
    }

    private static void Choose(ChromiumPage page, string image, string status)
    {
        page.ChooseFile("#file", image);
        WaitFor(page, status);
    }

    private static void WaitFor(ChromiumPage page, string status) =>
        page.WaitFor($"document.querySelector('#status').textContent.replaceAll('\\u00a0', ' ') === '{status}'");

    /// <summary>The indices of each grid.</summary>
    private static int[][] CodesOf(ChromiumPage page) =>
    [
        .. page.Evaluate("Object.values(codes).map(({ data }) => Array.from(data, Number))")!.AsArray()
            .Select(grid => grid!.AsArray().GetValues<int>().ToArray()),
    ];

    /// <summary>What a canvas shows.</summary>
    private static DecodedImage Shown(ChromiumPage page, string canvas)
    {
        var picture = page.Evaluate($$"""
            (canvas => canvas.toDataURL("image/png").split(",")[1])(document.querySelector('{{canvas}}'))
            """)!.GetValue<string>();
        var file = Path.GetTempFileName();
        File.WriteAllBytes(file, Convert.FromBase64String(picture));
        var image = ImageFile.Load(file);
        File.Delete(file);
        return image;
    }

    private static void AssertSame(DecodedImage expected, DecodedImage shown)
    {
        Assert.Equal((expected.Width, expected.Height), (shown.Width, shown.Height));
        var (a, b) = (Planes(expected), Planes(shown));
        Assert.All(Enumerable.Range(0, a.Length), i => Assert.InRange(b[i], a[i] - 1, a[i] + 1));
    }

    private static byte[] Planes(DecodedImage image)
    {
        var planes = new byte[3 * image.Width * image.Height];
        image.CopyPlanes(3, planes);
        return planes;
    }

    /// <summary>A page of a small model, trained a little.</summary>
    private string Export(params string[] options)
    {
        Chromium.Require();
        var (run, runtime, file) = (folder.At("run"), Chromium.RequireRuntime(), folder.At("page.html"));
        Assert.Equal(0, Invoke(["train", "--run", run, .. Tiny, .. options]).Code);
        var (code, _, errors) = Invoke(
            "export", "--run", run, "--format", "web", "--runtime", runtime, "--output", file);
        Assert.Equal((0, ""), (code, errors));
        return file;
    }

    private int[][] Encode(string run, string image)
    {
        var file = folder.At("codes.safetensors");
        Assert.Equal(0, Invoke("encode", "--run", run, "--input", image, "--output", file).Code);
        using var store = CodeStore.Open(file);
        return [.. store.Header.Layouts.Select((_, grid) => (int[])store.ReadImage(grid, 0))];
    }

    /// <summary>What <c>decode</c> makes of other codes than <c>encode</c> found.</summary>
    private DecodedImage Decode(string run, int[][] codes)
    {
        var (changed, picture) = (folder.At("changed.safetensors"), folder.At("decoded.png"));
        using (var store = CodeStore.Open(folder.At("codes.safetensors")))
        {
            CodeStore.Write(changed, store.Header, [codes]);
        }

        Assert.Equal(0, Invoke("decode", "--run", run, "--input", changed, "--output", picture).Code);
        return ImageFile.Load(picture);
    }

    /// <summary>The right part of the picture that <c>reconstruct</c> draws.</summary>
    private DecodedImage Reconstruct(string run, string image)
    {
        var file = folder.At("reconstruct.png");
        Assert.Equal(0, Invoke("reconstruct", "--run", run, "--input", image, "--output", file).Code);
        var pair = ImageFile.Load(file);
        var (left, top) = (pair.Width - ImageGrid.Padding - Width, pair.Height - ImageGrid.Padding - Height);
        var pixels = new byte[3 * Width * Height];
        for (var y = 0; y < Height; y++)
        {
            pair.Pixels.AsSpan(3 * (((top + y) * pair.Width) + left), 3 * Width).CopyTo(pixels.AsSpan(3 * y * Width));
        }

        return new DecodedImage(Width, Height, 3, pixels);
    }

    /// <summary>Waves of several lengths in the three colours.</summary>
    private string Picture(int width = Width, int height = Height)
    {
        var pixels = new byte[3 * width * height];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (c, x, y) = (i % 3, i / 3 % width, i / 3 / width);
            pixels[i] = (byte)(128 + (127 * Math.Sin((x * (c + 1) / 9.0) + (y * y / 200.0))));
        }

        var file = folder.At("picture.png");
        ImageFile.Save(file, new DecodedImage(width, height, 3, pixels));
        return file;
    }
}
