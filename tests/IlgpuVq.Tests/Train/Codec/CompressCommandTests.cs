using System.Diagnostics;
using System.Text.Json;
using IlgpuVq.Models.Images;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Codec;

/// <summary>The commands compress and decompress.</summary>
public sealed class CompressCommandTests(CodecRuns runs) : IClassFixture<CodecRuns>
{
    [Fact]
    public void A_file_gives_the_picture_of_its_codes()
    {
        var (input, file, output) = (runs.At("in.png"), runs.At("image.ivc"), runs.At("out.png"));
        CodecRuns.SaveNoise(input, 30, 21, seed: 5);
        var said = CodecRuns.Succeeds("compress", "--run", runs.WithClasses, "--input", input, "--output", file, "--json",
            "--accelerator", "cpu");
        var result = JsonDocument.Parse(said).RootElement;
        Assert.Equal(new FileInfo(file).Length, result.GetProperty("bytes").GetInt64());
        Assert.Equal(9, result.GetProperty("tiles").GetInt32());
        Assert.InRange(result.GetProperty("psnr").GetDouble(), 1, 60);

        said = CodecRuns.Succeeds("decompress", "--run", runs.WithClasses, "--input", file, "--output", output, "--accelerator",
            "cpu");
        Assert.Contains("30×21 pixels", said, StringComparison.Ordinal);
        var (before, after) = (ImageFile.Load(input), ImageFile.Load(output));
        Assert.Equal((before.Width, before.Height), (after.Width, after.Height));
        var (a, b) = (before.ToPlanes(3), after.ToPlanes(3));
        var mse = a.Zip(b).Average(pair => Math.Pow((pair.First - (double)pair.Second) / 255, 2));
        Assert.Equal(result.GetProperty("psnr").GetDouble(), -10 * Math.Log10(mse), 0.02);

        said = CodecRuns.Succeeds(
            "compress", "--run", runs.WithClasses, "--input", input, "--output", file, "--class", "1", "--accelerator", "cpu");
        Assert.Contains("with class 1, 9 tiles; PSNR ", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_finds_its_checkpoint_though_the_run_has_gone_on()
    {
        var (input, file, output) = (runs.At("find.png"), runs.At("find.ivc"), runs.At("found.png"));
        CodecRuns.SaveNoise(input, 12, 8, seed: 6);
        string[] compress = ["compress", "--run", runs.WithGrids, "--input", input, "--output", file, "--accelerator", "cpu"];
        CodecRuns.Succeeds([.. compress, "--checkpoint", "2"]);
        CodecRuns.Succeeds("decompress", "--run", runs.WithGrids, "--input", file, "--output", output, "--accelerator", "cpu");
        AssertFails(
            $"{file}: expected an image of prior and model ", "decompress", "--run", runs.WithGrids, "--input", file, "--output",
            output, "--checkpoint", "latest", "--accelerator", "cpu");
        AssertFails(
            $"{file}: expected an image of a prior that {runs.WithClasses} still has", "decompress", "--run", runs.WithClasses,
            "--input", file, "--output", output, "--accelerator", "cpu");
    }

    [Fact]
    public void What_cannot_be_done_is_refused_in_a_line()
    {
        var (input, file) = (runs.At("refused.png"), runs.At("refused.ivc"));
        CodecRuns.SaveNoise(input, 12, 8, seed: 7);
        string[] rest = ["--input", input, "--output", file, "--accelerator", "cpu"];
        AssertFails($"--run: expected the run of a prior; got {runs.Model}, the run of a model.",
            ["compress", "--run", runs.Model, .. rest]);
        AssertFails("--class: expected a whole number from 0 to 1; got 2.",
            ["compress", "--run", runs.WithClasses, "--class", "2", .. rest]);
        AssertFails("--class: expected none, for the prior knows no classes; got 0.",
            ["compress", "--run", runs.WithGrids, "--class", "0", .. rest]);
        Assert.False(File.Exists(file));
        AssertFails($"{input}: expected a compressed image; got other first bytes.", "decompress", "--run", runs.WithGrids,
            "--input", input, "--output", runs.At("x.png"), "--accelerator", "cpu");
        AssertFails($"{runs.At("none")}: expected a file to read; got none of that name.", "decompress", "--run", runs.WithGrids,
            "--input", runs.At("none"), "--output", runs.At("x.png"), "--accelerator", "cpu");
    }

    [Fact]
    public void A_processor_of_other_vectors_writes_the_same_file_and_reads_it()
    {
        // 30 tiles of two grids: products of many rows and of few.
        var (input, file) = (runs.At("widths.png"), runs.At("widths.ivc"));
        CodecRuns.SaveNoise(input, 75, 42, seed: 8);
        CodecRuns.Succeeds("compress", "--run", runs.WithGrids, "--input", input, "--output", file, "--accelerator", "cpu");
        var output = runs.At("widths-out.png");
        CodecRuns.Succeeds("decompress", "--run", runs.WithGrids, "--input", file, "--output", output, "--accelerator", "cpu");
        Run("EnableHWIntrinsic", "decompress", "--run", runs.WithGrids, "--input", file, "--output", runs.At("narrow.png"),
            "--accelerator", "cpu");
        var (wide, narrow) = (ImageFile.Load(output).ToPlanes(3), ImageFile.Load(runs.At("narrow.png")).ToPlanes(3));
        Assert.All(wide.Zip(narrow), pair => Assert.InRange(pair.First - pair.Second, -1, 1));

        // Which code is the nearest may differ in the last bit of a distance: not here, where the files are then the same.
        Run("EnableAVX2", "compress", "--run", runs.WithGrids, "--input", input, "--output", runs.At("narrow.ivc"),
            "--accelerator", "cpu");
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(runs.At("narrow.ivc")));
    }

    private static void Run(string withoutFeature, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "IlgpuVq.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            Environment = { [$"DOTNET_{withoutFeature}"] = "0" },
        };
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
