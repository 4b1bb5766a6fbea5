using System.Globalization;
using IlgpuVq.Train.Commands;
using Spectre.Console;

// What fails on another thread ends the process too: in a line, not in a stack trace.
AppDomain.CurrentDomain.UnhandledException += (_, failure) =>
{
    Environment.Exit(CommandLine.Fail(Console.Error, CommandLine.Describe((Exception)failure.ExceptionObject)));
};
if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns)
    && columns > 0)
{
    AnsiConsole.Profile.Width = columns;
}
else if (Console.IsOutputRedirected)
{
    // Lines for a file or another program: the width of a terminal that is not there would break them.
    AnsiConsole.Profile.Width = 1000;
}

// A machine that tests reads lines, also where it has a terminal.
if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 } and not "false")
{
    AnsiConsole.Profile.Capabilities.Interactive = false;
}

return CommandLine.Run(args, AnsiConsole.Console, Console.Error);
