using System.CommandLine;
using IlgpuVq.Benchmarks;
using IlgpuVq.Train.Commands;
using Spectre.Console;

if (Console.IsOutputRedirected)
{
    // Lines for a file or another program: the width of a terminal that is not there would break them.
    AnsiConsole.Profile.Width = 1000;
}

var root = new RootCommand("What is measured beside another program, and checked against it.")
{
    OpsCommand.Create(AnsiConsole.Console),
    FirstStep.Create(),
    CodecCommand.Create(),
    Seams.Create(AnsiConsole.Console),
    Sampling.Create(AnsiConsole.Console),
    ClassifyCommand.Create(AnsiConsole.Console),
    OnnxCommand.Create(AnsiConsole.Console),
};
return CommandLine.Invoke(root.Parse(args), Console.Out, Console.Error);
