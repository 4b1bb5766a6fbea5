using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Tensors;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary>The program's commands, and the one place where errors become a line and an exit code.</summary>
/// <remarks>Exit codes: 0 done, 1 error, 130 stopped by Ctrl+C, 143 by SIGTERM.</remarks>
internal static class CommandLine
{
    private const int Error = 1;

    public static int Run(string[] arguments, IAnsiConsole console, TextWriter errors)
    {
        var train = TrainCommand.Create(console);
        var root = new RootCommand("IlgpuVq trains and uses VQ models. Without a command it trains on shapes that it draws.")
        {
            train,
            EvaluateCommand.Create(console),
            ReconstructCommand.Create(console),
            EncodeCommand.Create(console),
            DecodeCommand.Create(console),
            RunsCommand.Create(console),
            BenchCommand.Create(console),
            DevicesCommand.Create(console),
        };
        return Invoke(arguments.Length == 0 ? root.Parse([train.Name]) : root.Parse(arguments), errors);
    }

    /// <summary>Does what was typed.</summary>
    public static int Invoke(ParseResult parsed, TextWriter errors)
    {
        if (parsed.Errors is [var wrong, ..])
        {
            errors.WriteLine($"{OneLine(wrong.Message)} Try: {parsed.CommandResult.Command.Name} --help");
            return Error;
        }

        // Signals are the commands' own business: training saves a checkpoint first.
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return parsed.Invoke(configuration);
        }
        catch (Exception exception) when (exception is UserException
            or IOException or UnauthorizedAccessException or OutOfMemoryException) // what the machine refuses, in its own words
        {
            errors.WriteLine(OneLine(exception is DataException data ? DataErrors.Line(data) : exception.Message));
            return Error;
        }
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").Trim();
}
