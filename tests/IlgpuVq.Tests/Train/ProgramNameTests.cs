using IlgpuVq.Tests.Support;
using IlgpuVq.Train;
using IlgpuVq.Train.Config;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train;

/// <summary>Hints that can be typed, and guesses of what was meant.</summary>
public sealed class ProgramNameTests
{
    [Theory]
    [InlineData("dotnet run -c Release --project src/Train -- train --steps 5", "dotnet run -c Release --project src/Train --")]
    [InlineData("/usr/bin/dotnet run --project=../src/Train --no-build train", "dotnet run --project=../src/Train --no-build --")]
    [InlineData("dotnet run --steps 5", "dotnet run --")]
    [InlineData("dotnet run", "dotnet run --")]
    [InlineData("bash", "bin/IlgpuVq")]
    [InlineData("dotnet test", "bin/IlgpuVq")]
    public void Dotnet_run_is_repeated_as_it_was_typed(string parent, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "paths of Unix");
        Assert.Equal(expected, ProgramName.Of(parent.Split(' '), "/repo/bin/IlgpuVq", "/repo/bin/IlgpuVq.dll", "/repo", "/bin"));
    }

    [Theory]
    [InlineData("/repo/bin/IlgpuVq", "/repo/bin", "./IlgpuVq")]
    [InlineData("/usr/bin/dotnet", "/repo", "dotnet bin/IlgpuVq.dll")]
    [InlineData("/opt/tools/IlgpuVq", "/repo", "IlgpuVq")]
    [InlineData("/my repo/bin/IlgpuVq", "/", "'my repo/bin/IlgpuVq'")]
    [InlineData("/a/IlgpuVq", "/b/c/d/e", "/a/IlgpuVq")]
    public void Else_it_has_its_own_name_from_where_the_user_stands(string process, string folder, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "paths of Unix");
        Assert.Equal(expected, ProgramName.Of(["bash"], process, "/repo/bin/IlgpuVq.dll", folder, "/bin:/opt/tools"));
    }

    [Theory]
    [InlineData("runs/a-1", "runs/a-1")]
    [InlineData("my run", "'my run'")]
    [InlineData("it's", "'it'\\''s'")]
    [InlineData("$HOME", "'$HOME'")]
    [InlineData("", "''")]
    public void Words_are_quoted_where_a_shell_needs_it(string word, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "quotes of Unix");
        Assert.Equal(expected, ProgramName.Quote(word));
    }

    [Theory]
    [InlineData("trian", "train")]
    [InlineData("evalaute", "evaluate")]
    [InlineData("rec", "reconstruct")]
    [InlineData("TRAIN", "train")]
    [InlineData("frobnicate", null)]
    [InlineData("x", null)]
    public void A_command_is_guessed_from_a_near_one(string word, string? expected)
    {
        Assert.Equal(expected, Spelling.Closest(word, ["train", "evaluate", "reconstruct", "encode", "decode"]));
        var errors = AssertFails(
            "command: expected one of train, find-lr, evaluate, train-prior, sample, interpolate, reconstruct, encode, "
                + "decode, compress, decompress, import, export, runs, report, bench, explain, devices, "
                + $"completion first; got '{word}'.",
            word);
        Assert.Equal(expected is not null, errors.Contains($"Did you mean {expected}?", StringComparison.Ordinal));
        Assert.Contains($"See: {ProgramName.Current} --help", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Commands_below_a_command_are_named_in_full()
    {
        AssertFails($"runs: expected one of list, compare first; got none. See: {ProgramName.Current} runs --help", "runs");
        AssertFails("runs: expected one of list, compare first; got 'lst'. Did you mean list? See:", "runs", "lst");
        AssertFails(
            $"--jsn: expected an option of list; got an unknown one. Did you mean --json? See: {ProgramName.Current} runs list "
                + "--help",
            "runs", "list", "--jsn");
    }

    [Theory]
    [InlineData("reconstruct", "--input", "nosuch.png")]
    [InlineData("encode", "--input", "nosuch.png")]
    public void Messages_name_the_option_that_was_used(string command, string option, string value)
    {
        var folder = Directory.CreateTempSubdirectory("ilgpuvq-test-").FullName;
        try
        {
            var run = Path.Combine(folder, "run");
            Assert.Equal(0, Invoke(["train", "--steps", "1", "--run", run, .. Tiny]).Code);
            string[] rest = [command, "--run", run, "--output", Path.Combine(folder, "out.png")];
            AssertFails(
                $"{option}: expected {KindNames.Sets}, or an image file; got",
                [.. rest, option, value]);
            AssertFails(
                "--split: expected one of train, test, val, extra; got 'tset', which is none of them. Did you mean test?",
                [.. rest, option, "shapes", "--split", "tset"]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Help_tells_a_default_for_every_option_and_pads_no_line()
    {
        string[] commands =
            [
                "train", "find-lr", "evaluate", "train-prior", "sample", "interpolate", "reconstruct", "encode", "decode",
                "compress", "decompress", "import", "export", "runs list", "runs compare", "report", "bench",
                "bench quantizers", "explain", "devices", "completion",
            ];
        foreach (var command in commands)
        {
            var (code, output, _) = Invoke([.. command.Split(' '), "--help"]);
            Assert.Equal(0, code);
            var lines = output.ReplaceLineEndings("\n").Split('\n');
            Assert.All(lines, line => Assert.Equal(line.TrimEnd(), line));
            var options = lines.Where(line => line.StartsWith("  --", StringComparison.Ordinal)).ToArray();
            Assert.NotEmpty(options);
            Assert.All(
                options, line => Assert.Contains(
                    (string[])["[default: ", "default: off", "when not given", "(REQUIRED)"],
                    words => line.Contains(words, StringComparison.Ordinal)));
            Assert.DoesNotContain("True]", output, StringComparison.Ordinal);
        }
    }
}
