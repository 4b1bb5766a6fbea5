using System.Diagnostics;
using IlgpuVq.Models;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Commands;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Shells;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>Shells that complete the program's command lines.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("", "train", "runs", "completion")]
    [InlineData("tra", "train", "train-prior")]
    [InlineData("runs ", "list", "compare")]
    [InlineData("bench q", "quantizers")]
    [InlineData("train --warm", "--warmup-steps")]
    [InlineData("train --preset ", "deepmind", "zalando", "vqgan")]
    [InlineData("train --steps 5 --quantizer ", "vector", "fsq", "bsq")]
    [InlineData("train --accelerator ", "auto", "cpu", "opencl", "cuda")]
    [InlineData("train --precision ", "fp32", "tf32")]
    [InlineData("train --flip ", "true", "false")]
    [InlineData("train --set ", "model.hidden=", "run.steps=")]
    [InlineData("train --data ", "shapes", "cifar10")]
    [InlineData("train --resume ", "latest", "best")]
    [InlineData("train-prior --prior ", "pixelcnn", "maskgit")]
    [InlineData("train-prior --set ", "task.prior.width=")]
    [InlineData("evaluate --split ", "train", "test")]
    [InlineData("reconstruct --input ", "mnist")]
    [InlineData("export --format ", "onnx")]
    [InlineData("bench quantizers --kinds ", "vector", "fsq")]
    [InlineData("completion ", "bash", "zsh", "fish", "pwsh")]
    public void Commands_options_and_values_are_suggested(string line, params string[] expected)
    {
        var suggested = Suggest(line);
        Assert.All(expected, word => Assert.Contains(word, suggested));
    }

    [Fact]
    public void Options_are_suggested_where_a_word_begins_like_one_or_nothing_else_fits()
    {
        Assert.Equal(["compare", "list"], Suggest("runs ").Order());
        Assert.Contains("--json", Suggest("runs list "));
        Assert.Equal(["--json"], Suggest("runs list --js"));
        Assert.DoesNotContain("-?", Suggest("runs list "));
        Assert.Equal(["bench"], Completions.Of(CommandLine.Create(Console(TextWriter.Null), TextWriter.Null), "ben --x", 3));
    }

    [Fact]
    public void Help_names_values_and_does_not_list_what_fits()
    {
        Assert.Contains("--preset <preset> ", Invoke("train", "--help").Output, StringComparison.Ordinal);
        Assert.Contains("--run <run> ", Invoke("evaluate", "--help").Output, StringComparison.Ordinal);
        Assert.Contains("compare <run>...", Invoke("runs", "compare", "--help").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_option_with_a_fixed_set_of_values_suggests_them_all()
    {
        using var output = new StringWriter();
        var train = CommandLine.Create(Console(output), output).Subcommands.Single(command => command.Name == "train");
        Assert.All(
            train.Options.Where(option => option.HelpName?.Contains('|', StringComparison.Ordinal) == true &&
                option.Name != "--resume"),
            option => Assert.Equal(option.HelpName!.Split('|').Order(), Suggest($"train {option.Name} ").Order()));
        Assert.Equal(Presets.Names.Order(), Suggest("train --preset ").Order());
        Assert.Equal(ModelFamilies.All.Select(kind => kind.Name).Order(), Suggest("train --model ").Order());
        Assert.DoesNotContain("mnist", Suggest("decode --input ")); // a file of codes
    }

    [Fact]
    public void Runs_are_suggested_by_their_folders()
    {
        Assert.Equal(0, Invoke(["train", .. Tiny, "--steps", "1", "--run", folder.At("first")]).Code);
        Directory.CreateDirectory(folder.At("fir-tree")); // no run
        foreach (var option in (string[])["evaluate --run ", "train-prior --from ", "sample --run ", "runs compare x "])
        {
            Assert.Equal([folder.At("first")], Suggest(option + folder.At("fi")));
            Assert.Equal([folder.At("first")], Suggest($"{option}{folder.At("")}/".Replace("//", "/", StringComparison.Ordinal)));
        }

        Assert.Empty(Suggest($"evaluate --run {folder.At("second")}"));
        Assert.Empty(Completions.Runs("/no/such/folder/"));
    }

    [Fact]
    public void A_shell_that_is_not_known_is_told()
    {
        AssertFails(
            "completion: expected one of bash, zsh, fish, pwsh; got 'bsh'. Did you mean bash?", "completion", "bsh");
        AssertFails("completion: expected bash, zsh, fish, pwsh; got none. See: ", "completion");
        Assert.All(ShellScripts.Names, shell => Assert.Equal(ShellScripts.Of(shell), Invoke("completion", shell).Output));
    }

    /// <summary>What a person sees after the Tab key: what bash would put in the place of the word.</summary>
    [Fact]
    public void Bash_completes_by_the_script()
    {
        Assert.SkipUnless(IsThere("bash"), "no bash");
        foreach (var run in (string[])["a run", "b$(x)"])
        {
            File.WriteAllText(folder[run, "config.json"], "{}");
        }

        var lines = new Dictionary<string, string>
        {
            ["ilgpuvq tra"] = "train train-prior",
            ["ilgpuvq   train   --warmup-s"] = "--warmup-steps",
            ["ilgpuvq train --optimizer=ad"] = "adam adamw",
            ["ilgpuvq train --optimizer adamw --schedule="] = "constant cosine cycle power step",
            ["ilgpuvq evaluate --run a"] = "a\\ run",
            ["ilgpuvq evaluate --run b"] = "b\\$\\(x\\)",
            ["ilgpuvq train --data no-such"] = "",
            ["ilgpuvq train --set run.batch="] = "",
            ["missing train --mo"] = "",
            ["ilgpuvq train --set optimizer.learning"] = "optimizer.learning_rate=",
        };
        var program = Path.Combine(AppContext.BaseDirectory, "IlgpuVq.dll");
        var script = $$"""
            cd '{{folder.Path}}'
            ilgpuvq() { dotnet '{{program}}' "$@"; }
            eval "$(ilgpuvq completion bash)"
            complete -p ilgpuvq IlgpuVq > /dev/null || echo not registered
            while IFS= read -r COMP_LINE; do
                COMP_POINT=${#COMP_LINE}
                # As readline parts a line: '=' is a word of its own.
                read -ra COMP_WORDS <<< "${COMP_LINE//=/ = }"
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                _ilgpuvq < /dev/null
                echo "${COMPREPLY[*]}"
            done <<< '{{string.Join('\n', lines.Keys)}}'
            """;
        Assert.Equal(lines.Values, RunShell("bash", "--norc", "-c", script).TrimEnd('\n').Split('\n'));
    }

    /// <summary>What PowerShell itself would offer, by the call that its line editor makes at the Tab key.</summary>
    [Fact]
    public void PowerShell_completes_by_the_script()
    {
        Assert.SkipUnless(IsThere("pwsh"), "no pwsh");
        foreach (var run in (string[])["a run", "it's", "plain"])
        {
            File.WriteAllText(folder[run, "config.json"], "{}");
        }

        var lines = new Dictionary<string, string>
        {
            ["ilgpuvq tra"] = "train train-prior",
            ["ilgpuvq   train   --warmup-s"] = "--warmup-steps",
            ["ilgpuvq train --optimizer ad"] = "adam adamw",
            ["ilgpuvq train --optimizer=ad"] = "--optimizer=adam --optimizer=adamw",
            ["ilgpuvq train --optimizer adamw --schedule "] = "constant cosine cycle power step",
            ["ilgpuvq evaluate --run a"] = "'a run'",
            ["ilgpuvq evaluate --run=i"] = "'--run=it''s'",
            ["ilgpuvq evaluate --run p"] = "plain",
            ["ilgpuvq train --set optimizer.learning"] = "optimizer.learning_rate=",
            ["ilgpuvq train --data no-such"] = "",
            ["missing train --mo"] = "",
        };
        var script = $$"""
            Set-Location '{{folder.Path}}'
            function ilgpuvq { dotnet '{{Path.Combine(AppContext.BaseDirectory, "IlgpuVq.dll")}}' @args }
            ilgpuvq completion pwsh | Out-String | Invoke-Expression
            foreach ($line in '{{string.Join("', '", lines.Keys)}}') {
                $found = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null)
                $found.CompletionMatches.CompletionText -join ' '
            }
            """;
        Assert.Equal(
            lines.Values,
            RunShell("pwsh", "-NoProfile", "-NonInteractive", "-Command", script).ReplaceLineEndings("\n")[..^1].Split('\n'));
    }

    [Theory]
    [InlineData("zsh", "-n")]
    [InlineData("fish", "--no-execute")]
    [InlineData("bash", "-n")]
    public void Scripts_are_right_by_the_shells_own_check(string shell, string option)
    {
        Assert.SkipUnless(IsThere(shell), $"no {shell}");
        var path = folder.At("script");
        File.WriteAllText(path, ShellScripts.Of(shell));
        Assert.Equal("", RunShell(shell, option, path));
    }

    private static string[] Suggest(string line)
    {
        var (code, output, errors) = Invoke($"[suggest:{line.Length}]", line);
        Assert.Equal((0, ""), (code, errors));
        return output.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool IsThere(string shell) => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .Any(place => File.Exists(Path.Combine(place, shell)));

    private static string RunShell(string shell, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(shell, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal("", errors.Result);
        return output;
    }
}
