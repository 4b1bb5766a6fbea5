using System.Diagnostics;
using IlgpuVq.Train.Commands;
using Spectre.Console;
using Xunit;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>Runs the program: within this process, or as one of its own.</summary>
internal static class ProgramRun
{
    /// <summary>Options of a model that trains in no time.</summary>
    public static string[] Tiny { get; } =
        ["--hidden", "8", "--residual-hidden", "4", "--codes", "16", "--code-dim", "4", "--batch", "4", "--log-every", "2"];

    public static (int Code, string Output, string Errors) Invoke(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = CommandLine.Run(arguments, Console(output), errors);
        return (code, output.ToString(), errors.ToString());
    }

    /// <summary>A console of lines for another program.</summary>
    public static IAnsiConsole Console(TextWriter output)
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Interactive = InteractionSupport.No });
        console.Profile.Width = 1000;
        return console;
    }

    /// <summary>The program must fail with one line that begins so.</summary>
    public static string AssertFails(string message, params string[] arguments)
    {
        var (code, _, errors) = Invoke(arguments);

        Assert.Equal(1, code);
        Assert.StartsWith(message, errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(character => character == '\n'));
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", errors, StringComparison.Ordinal);
        return errors;
    }

    public static Process Start(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "IlgpuVq.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true })!;
    }
}
