using System.Runtime.CompilerServices;
using Spectre.Console;

namespace IlgpuVq.Train.Reporting;

/// <summary>Lines that are there to be copied or read by another program.</summary>
internal static class ConsoleLines
{
    private static readonly ConditionalWeakTable<IAnsiConsole, LiveArea> Areas = [];

    /// <summary>Whether it is a terminal in which lines may be drawn again: not one without escape sequences, as of TERM=dumb,
    /// nor one where they are not wanted.</summary>
    public static bool IsLive(this IAnsiConsole console) =>
        console.Profile is { Capabilities: { Interactive: true, Ansi: true }, Out.IsTerminal: true };

    /// <summary>Writes a line past the console, which would break it where its width ends; above lines that are drawn
    /// again.</summary>
    public static void WriteWhole(this IAnsiConsole console, string line)
    {
        if (Areas.TryGetValue(console, out var area))
        {
            area.Above(line);
        }
        else
        {
            console.Profile.Out.Writer.WriteLine(line);
        }
    }

    /// <summary>From now on lines come above an area; null for none.</summary>
    public static void WriteAbove(this IAnsiConsole console, LiveArea? area)
    {
        if (area is null)
        {
            Areas.Remove(console);
        }
        else
        {
            Areas.AddOrUpdate(console, area);
        }
    }
}
