using Spectre.Console;

namespace IlgpuVq.Train.Reporting;

/// <summary>Lines that are there to be copied or read by another program.</summary>
internal static class ConsoleLines
{
    /// <summary>Writes a line past the console, which would break it where its width ends.</summary>
    public static void WriteWhole(this IAnsiConsole console, string line) => console.Profile.Out.Writer.WriteLine(line);
}
