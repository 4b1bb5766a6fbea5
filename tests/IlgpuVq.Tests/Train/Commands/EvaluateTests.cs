using System.Text.Json;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Support;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>What <c>evaluate</c> prints and writes.</summary>
public sealed class EvaluateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string images;

    public EvaluateTests() => images = ShapeFolder.Write(folder);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Json_is_all_that_is_printed_and_its_figures_agree_with_each_other_and_the_file()
    {
        var (run, network) = (folder.At("run"), folder.At("network.safetensors"));
        Train(run);
        SmallNetwork.Write(network);
        var text = Succeed("evaluate", "--run", run, "--json", "--perceptual", network);
        var result = JsonDocument.Parse(text).RootElement;

        Assert.Equal(run, result.GetProperty("run").GetString());
        var (mse, psnr) = (Number(result, "mse"), Number(result, "psnr"));
        Assert.Equal(-10 * Math.Log10(mse), psnr, 1e-9);
        Assert.True(Number(result, "mean_psnr") > psnr); // by Jensen's inequality
        Assert.InRange(Number(result, "ssim"), 1e-3, 0.999);
        Assert.True(Number(result, "perceptual") > 0);
        Assert.False(result.TryGetProperty("ms_ssim", out _));
        Assert.False(result.TryGetProperty("kl", out _));

        var grid = result.GetProperty("grids")[0];
        var level = grid.GetProperty("levels")[0];
        var entropy = Number(level, "entropy_bits");
        Assert.Equal(Math.Log2(Number(grid, "perplexity")), entropy, 1e-4);
        Assert.Equal(64 * entropy, Number(grid, "entropy_bits_per_image"), 1e-9); // 8 × 8 places of 32 × 32 pixels
        Assert.Equal(entropy / 16, Number(result, "bits_per_pixel"), 1e-9);
        Assert.Equal(entropy / 48, Number(result, "bits_per_dimension"), 1e-9);
        Assert.True(Number(grid, "bits_per_image") > Number(grid, "entropy_bits_per_image"));

        var written = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "evaluate-test.json"))).RootElement;
        Assert.Equal(
            result.EnumerateObject().Where(field => field.Name != "run").Select(field => field.ToString()),
            written.EnumerateObject().Select(field => field.ToString()));
    }

    [Fact]
    public void Lines_tell_the_figures_and_why_one_is_left_out()
    {
        var run = folder.At("run");
        Train(run);
        var text = Succeed("evaluate", "--run", run);
        Assert.Matches(@"(?m)^PSNR: \d+\.\d\d dB; mean of images \d+\.\d\d dB$", text);
        Assert.Matches(@"(?m)^SSIM: 0\.\d{4}$", text);
        Assert.Matches(@"(?m)^MS-SSIM: none: its five scales need images of 161×161 pixels$", text);
        Assert.Matches(@"(?m)^entropy: \d\.\d{3} bits of an index$", text);
        Assert.Matches(@"(?m)^rate: 0\.\d{4} bits per pixel, 0\.\d{4} of a dimension, at the codes' entropy$", text);
        Assert.DoesNotContain("LPIPS", text, StringComparison.Ordinal);

        ImageFile.Save(folder["large", "a.png"], new DecodedImage(164, 168, 3, new byte[164 * 168 * 3]));
        text = Succeed("evaluate", "--run", run, "--data", folder.At("large"), "--resize", "164x168");
        Assert.Matches(@"(?m)^MS-SSIM: \d\.\d{4}$", text);
    }

    [Fact]
    public void Several_runs_are_a_table_of_rate_and_distortion_or_an_array()
    {
        var (a, b) = (folder.At("a"), folder.At("b"));
        Train(a);
        Train(b, "--seed", "5");
        Succeed("train-prior", "--from", a, "--run", folder.At("prior"), "--steps", "1", "--width", "8", "--batch", "4");
        string[] lines = Succeed("evaluate", "--run", a, "--run", b, "--run", folder.At("prior")).TrimEnd().Split('\n');

        Assert.Equal(4, lines.Length);
        Assert.Matches(@"^run +data +step +bits/pixel +prior's bits/pixel +MSE +NMSE +PSNR +SSIM +perplexity$", lines[0]);
        Assert.StartsWith(a, lines[1], StringComparison.Ordinal);
        Assert.Matches(@", test +2 +0\.\d{4} +– +0\.\d{6} +\d\.\d{4} +\d+\.\d\d +-?0\.\d{4} +\d+\.\d$", lines[2]);
        Assert.Matches(@", test +1 +0\.\d{4} +\d\.\d{4} ", lines[3]);
        var all = JsonDocument.Parse(Succeed("evaluate", "--run", a, "--run", b, "--json")).RootElement;
        Assert.Equal([a, b], all.EnumerateArray().Select(result => result.GetProperty("run").GetString()));
        var prior = JsonDocument.Parse(Succeed("evaluate", "--run", folder.At("prior"), "--json")).RootElement;
        Assert.True(Number(prior.GetProperty("prior"), "bits_per_dimension") > 0);
        Assert.True(Number(prior, "bits_per_dimension") > 0);
    }

    [Fact]
    public void A_network_that_does_not_fit_is_refused_in_one_line()
    {
        var (run, network) = (folder.At("run"), folder.At("network.safetensors"));
        Train(run);
        SmallNetwork.Write(network);
        AssertFails("/no/where: expected ", "evaluate", "--run", run, "--perceptual", "/no/where");
        AssertFails(
            "--perceptual: expected images of at least 16×16 pixels, grey or of three colours; got 8×8×3. ",
            "evaluate", "--run", run, "--perceptual", network, "--resize", "8");
    }

    private void Train(string run, params string[] options) =>
        Succeed(["train", "--run", run, "--data", images, "--steps", "2", .. Tiny, .. options]);

    private static double Number(JsonElement parent, string name) => parent.GetProperty(name).GetDouble();

    private static string Succeed(params string[] arguments)
    {
        var (code, output, errors) = Invoke(arguments);
        Assert.Equal((0, ""), (code, errors));
        return output;
    }
}
