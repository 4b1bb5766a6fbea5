using System.CommandLine;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Reporting.Pages;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Shells;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>report</c>: a page about a run, or several beside each other.</summary>
internal static class ReportCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var runs = new Option<string[]>("--run")
        {
            Description = "the folder of a run; several of them are compared",
            Required = true,
            Arity = ArgumentArity.OneOrMore,
        }.CompletesRuns();
        var output = new Option<string?>("--output")
        {
            Description = $"the page to write; {RunFolder.ReportName} in the folder of the first run when not given",
        };
        var root = CommonOptions.DataRoot();
        var accelerator = CommonOptions.Accelerator();
        var command = new Command(
            "report", "Writes a page about runs: curves, pictures, codes and settings, in one HTML file that needs no network.")
        {
            runs, output, root, accelerator,
        };
        command.SetAction(parsed =>
        {
            var paths = parsed.GetValue(runs)!;
            if (parsed.GetValue(output) is { } typed)
            {
                OutputFile.Check(output.Name, typed);
            }

            // Folders without a run are refused before models are loaded.
            _ = RunComparison.Of(paths);
            using var device = CommonOptions.OpenDevice(parsed, parsed.GetValue(accelerator)!);
            RunCodes[] codes = [.. paths.Select(path => RunSurvey.Of(device, path, parsed.GetValue(root), console))];
            var page = WorkProgress.Wait(console, "reading runs", () => ReportPage.Of(paths, codes));
            var path = parsed.GetValue(output) ?? Path.Combine(paths[0], RunFolder.ReportName);
            AtomicFile.Write(path, stream => stream.Write(page));
            console.WriteWhole($"wrote {path}");
            return 0;
        });
        return command;
    }
}
