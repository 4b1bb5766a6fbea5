using System.CommandLine;
using IlgpuVq.Train;
using IlgpuVq.Train.Commands;
using IlgpuVq.Train.Config;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>What help shows to type.</summary>
public sealed class CommandExampleTests
{
    private static readonly RootCommand Root = CommandLine.Create(Console(TextWriter.Null), TextWriter.Null);

    public static TheoryData<string> Commands { get; } = [.. WithThoseBelow(Root, [])];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_of_each_command_has_examples_that_can_be_typed(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var examples = CommandExamples.Of(words);
        Assert.NotEmpty(examples);
        var (code, output, _) = Invoke([.. words, "--help"]);
        Assert.Equal(0, code);
        var shown = output[output.IndexOf("Examples:", StringComparison.Ordinal)..].ReplaceLineEndings("\n");
        Assert.All(examples, example =>
        {
            Assert.StartsWith(command, example.Arguments, StringComparison.Ordinal);
            var line = $"{ProgramName.Current} {example.Arguments}".TrimEnd();
            Assert.Contains($"\n  {line}\n      {example.Meaning}\n", shown, StringComparison.Ordinal);
            if (example.Arguments.Length > 0)
            {
                var parsed = Root.Parse(example.Arguments.Split(' '));
                Assert.Null(CommandLine.WhatIsWrong(parsed));
                CheckSettings(example.Arguments);
            }
        });
    }

    [Fact]
    public void Lines_alone_may_be_asked_of_each_command()
    {
        var console = Console(TextWriter.Null);
        console.Profile.Capabilities.Interactive = true;
        Assert.Equal(0, CommandLine.Run(["devices"], console, TextWriter.Null));
        Assert.True(console.Profile.Capabilities.Interactive);
        Assert.Equal(0, CommandLine.Run(["devices", "--plain"], console, TextWriter.Null));
        Assert.False(console.Profile.Capabilities.Interactive);
        AssertFails("--plian: expected an option of devices; got an unknown one. Did you mean --plain?", "devices", "--plian");
        Assert.All(Commands, row => Assert.Contains(
            "--plain", Invoke([.. row.Data.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]).Output,
            StringComparison.Ordinal));
    }

    [Fact]
    public void Threads_may_be_asked_of_each_command()
    {
        var output = new StringWriter();
        Assert.Equal(0, CommandLine.Run(
            ["bench", "--threads", "3", "--hidden", "8", "--image", "8", "--steps", "1", "--warmup", "0", "--plain"],
            Console(output), TextWriter.Null));
        Assert.Contains("3 threads", output.ToString(), StringComparison.Ordinal);
        AssertFails(
            "--threads: expected a whole number from 0 to 1024; got 1025. Give another value.", "bench", "--threads", "1025");
        Assert.All(Commands, row => Assert.Contains(
            "--threads", Invoke([.. row.Data.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]).Output,
            StringComparison.Ordinal));
    }

    /// <summary>Options of a model or a prior are texts to the parser; they must be of its kinds too.</summary>
    private static void CheckSettings(string line)
    {
        if (line.Contains("--config", StringComparison.Ordinal) || line.Contains("--resume", StringComparison.Ordinal))
        {
            return; // of files that are not here
        }

        var (models, priors) = (new ConfigOptions(), new PriorConfigOptions());
        var isPrior = line.StartsWith("train-prior", StringComparison.Ordinal);
        var command = new Command("train") { TreatUnmatchedTokensAsErrors = false };
        foreach (var option in isPrior ? priors.All : models.All)
        {
            command.Options.Add(option);
        }

        if (isPrior)
        {
            priors.Apply(command.Parse(line.Split(' ')[1..]), new RunConfig()).CheckOptions();
        }
        else if (line.StartsWith("train ", StringComparison.Ordinal) || line.StartsWith("bench", StringComparison.Ordinal))
        {
            models.Apply(command.Parse(line.Split(' ')[1..]), resumed: null).CheckOptions();
        }
    }

    private static IEnumerable<string> WithThoseBelow(Command command, string[] words) =>
        command.Subcommands.SelectMany(below => WithThoseBelow(below, [.. words, below.Name])).Prepend(string.Join(' ', words));
}
