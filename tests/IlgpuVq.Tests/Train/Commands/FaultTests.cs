using System.Diagnostics;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Commands;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;
using Xunit;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>Whatever is typed and whatever lies in files: a line and exit code 1, no stack trace.</summary>
public sealed class FaultTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("train", "--hidden", "20000")]
    [InlineData("train", "--codes", "1000000000")]
    [InlineData("train", "--code-dim", "1000000000")]
    [InlineData("train", "--residual-hidden", "1000000000")]
    [InlineData("bench", "--image", "100000")]
    [InlineData("bench", "--batch", "100000000")]
    public void A_model_or_batch_beyond_the_largest_tensor_is_refused_in_words(string command, string option, string value)
    {
        string[] run = command == "train" ? ["--run", folder.At("run")] : [];

        AssertFails("tensor: expected at most 2147483647 elements; got (", [command, option, value, .. run]);
        Assert.False(Directory.Exists(folder.At("run")));
    }

    [Theory]
    [InlineData("--image", "-4", "a whole number of at least 1; got -4.")]
    [InlineData("--image", "32.5", "a whole number; got '32.5'.")]
    [InlineData("--image", "1,024", "a whole number; got '1,024'.")]
    [InlineData("--threads", "100000", "a whole number from 0 to 1024; got 100000.")]
    [InlineData("--threads", "-1", "a whole number from 0 to 1024; got -1.")]
    [InlineData("--threads", "99999999999", "a whole number; got '99999999999'.")]
    [InlineData("--warmup", "-1", "a whole number of at least 0; got -1.")]
    [InlineData("--batch", "1e3", "a whole number; got '1e3'.")]
    [InlineData("--model", "foo", KindNames.Families + "; got 'foo'.")]
    public void Wrong_numbers_of_bench_are_refused(string option, string value, string rest) =>
        AssertFails($"{option}: expected {rest}", "bench", option, value);

    [Theory]
    [InlineData("--run", "train", "--run", "")]
    [InlineData("--resume", "train", "--run", "x", "--resume", "")]
    [InlineData("--data-root", "train", "--data-root", "")]
    [InlineData("--output", "encode", "--run", "x", "--input", "shapes", "--output", "")]
    [InlineData("--input", "decode", "--run", "x", "--input", "", "--output", "x.png")]
    [InlineData("--dump", "devices", "--dump", "")]
    public void An_empty_value_is_refused_by_the_name_of_its_option(string option, params string[] arguments) =>
        AssertFails($"{option}: expected a value; got nothing. See: ", arguments);

    [Fact]
    public void A_config_of_impossible_sizes_is_refused_by_every_command()
    {
        var config = RealData.Require("faults", "configload-1-1.json");
        var run = folder.At("run");
        Assert.Equal(0, Invoke(["train", "--steps", "1", "--run", run, .. Tiny]).Code);
        File.Copy(config, Path.Combine(run, RunFolder.ConfigName), overwrite: true);

        AssertFails("", "evaluate", "--run", run);
        AssertFails("", "train", "--run", run, "--resume", "latest");
        AssertFails("", "encode", "--run", run, "--input", "shapes", "--output", folder.At("codes"));
        AssertFails("", "reconstruct", "--run", run, "--input", "shapes", "--output", folder.At("grid.png"));
    }

    [Theory]
    [InlineData("ivq-image-lie.ivq")]
    [InlineData("ivq-channels.ivq")]
    [InlineData("ivq-K16-index15.ivq")]
    public void Codes_that_do_not_fit_the_model_whose_hash_they_have_are_refused(string name)
    {
        var bytes = File.ReadAllBytes(RealData.Require("faults", name));
        var run = folder.At("run");
        Assert.Equal(0, Invoke(
            ["train", "--steps", "1", "--run", run, "--hidden", "8", "--residual-hidden", "4", "--codes", "12",
                "--code-dim", "4", "--batch", "4"]).Code);
        var codes = folder.At(name);
        File.WriteAllBytes(codes, bytes);
        string[] decode = ["decode", "--run", run, "--input", codes, "--output", folder.At("x.png")];
        AssertFails($"{codes}: expected codes of a model that {run} still has", decode);

        using (var device = Device.Open("cpu"))
        using (var trained = TrainedModel.Load(device, run, CheckpointStore.LatestName, _ => { }))
        {
            const int hashAt = 40, hashLength = 32;
            Convert.FromHexString(trained.Hash).CopyTo(bytes, hashAt);
            Assert.Equal(CodeFileHeader.ByteLength, hashAt + hashLength);
        }

        var crc = default(Crc32C);
        crc.Append(bytes.AsSpan(0, bytes.Length - sizeof(uint)));
        BitConverter.GetBytes(crc.Value).CopyTo(bytes, bytes.Length - sizeof(uint));
        File.WriteAllBytes(codes, bytes);
        AssertFails($"{codes}: expected ", decode);
        Assert.False(File.Exists(folder.At("x.png")));
    }

    [Fact]
    public async Task Closed_streams_leave_the_exit_code()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "streams are closed with sh");
        var program = Path.Combine(AppContext.BaseDirectory, "IlgpuVq.dll");
        foreach (var closed in (string[])["2>&-", ">&- 2>&-"])
        {
            using var shell = Process.Start("sh", ["-c", $"dotnet {program} train --stesp 3 {closed}"]);
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(1, shell.ExitCode);
        }
    }

    [Fact]
    public void What_nobody_expected_is_one_line_that_asks_for_a_report()
    {
        string line;
        try
        {
            throw new InvalidOperationException("out of\nturn.");
        }
        catch (InvalidOperationException exception)
        {
            line = CommandLine.Describe(exception);
        }

        Assert.StartsWith(
            $"unexpected InvalidOperationException: out of\nturn in {nameof(FaultTests)}."
                + $"{nameof(What_nobody_expected_is_one_line_that_asks_for_a_report)}. This is a fault of the program: please "
                + "report this line",
            line, StringComparison.Ordinal);
        Assert.StartsWith(
            "memory: expected enough", CommandLine.Describe(new InsufficientMemoryException()), StringComparison.Ordinal);
    }
}
