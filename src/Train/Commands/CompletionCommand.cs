using System.CommandLine;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Shells;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>completion</c>: the script by which a shell completes the program's command lines.</summary>
internal static class CompletionCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var shell = new Argument<string>("shell")
        {
            Description = string.Join(", ", ShellScripts.Names),
            HelpName = "shell",
        };
        shell.CompletionSources.Add([.. ShellScripts.Names]);
        var command = new Command("completion", "Prints what a shell runs to complete commands, options and their values.")
        {
            shell,
        };
        command.SetAction(parsed =>
        {
            var name = parsed.GetValue(shell)!;
            console.Profile.Out.Writer.Write(ShellScripts.Of(name) ?? throw new RunException(
                "completion", $"one of {string.Join(", ", ShellScripts.Names)}", $"'{name}'",
                Spelling.DidYouMean(name, ShellScripts.Names) is { Length: > 0 } guess ? guess : "Name a shell."));
            return 0;
        });
        return command;
    }
}
