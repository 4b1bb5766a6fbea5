using IlgpuVq.Train.Commands;
using Spectre.Console;

if (Console.IsOutputRedirected)
{
    // Lines for a file or another program: the width of a terminal that is not there would break them.
    AnsiConsole.Profile.Width = 1000;
}

return CommandLine.Run(args, AnsiConsole.Console, Console.Error);
