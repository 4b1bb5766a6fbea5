using IlgpuVq.Train.Commands;
using Spectre.Console;

return CommandLine.Run(args, AnsiConsole.Console, Console.Error);
