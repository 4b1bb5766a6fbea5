using System.CommandLine;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>devices</c>: what <c>--accelerator</c> can name here, and why not where it cannot.</summary>
internal static class DevicesCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var dump = new Option<DirectoryInfo?>("--dump")
        {
            Description = "write the OpenCL C and the PTX of every kernel there (default: off)",
            HelpName = "DIR",
        };
        var command = new Command("devices", "Lists the accelerators that can be used, and why the others cannot.") { dump };
        command.SetAction(arguments =>
        {
            var figures = new Figures();
            foreach (var device in Device.List())
            {
                figures.Add(device.Name, $"{device.Description}; {(device.IsUsable ? "usable" : "not usable")}: {device.Reason}");
            }

            figures.Show(console);
            if (arguments.GetValue(dump) is { } folder)
            {
                Dump(folder, console);
            }

            return 0;
        });
        return command;
    }

    private static void Dump(DirectoryInfo folder, IAnsiConsole console)
    {
        var kernels = WorkProgress.Wait(console, "compiling kernels", FunctionTour.Texts);
        try
        {
            folder.Create();
            foreach (var kernel in kernels)
            {
                var path = Path.Combine(folder.FullName, FileName(kernel.Name));
                if (kernel.OpenCl is not null)
                {
                    File.WriteAllText($"{path}.cl", kernel.OpenCl);
                }

                File.WriteAllText($"{path}.ptx", kernel.Ptx);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(folder.FullName, exception);
        }

        console.WriteWhole($"wrote {kernels.Count} kernels to {folder.FullName}: .cl is the OpenCL C of each, .ptx its PTX");
    }

    private static string FileName(string kernel) =>
        string.Concat(kernel.Replace('<', '(').Replace('>', ')')
            .Where(letter => char.IsAsciiLetterOrDigit(letter) || "().,".Contains(letter)));
}
