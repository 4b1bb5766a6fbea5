using System.CommandLine;
using IlgpuVq.Tensors;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>devices</c>: what <c>--accelerator</c> can name here, and why not where it cannot.</summary>
internal static class DevicesCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var command = new Command("devices", "Lists the accelerators that can be used, and why the others cannot.");
        command.SetAction(_ =>
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("--accelerator", "usable", "what", "why");
            foreach (var device in Device.List())
            {
                table.AddRow(device.Name, device.IsUsable ? "yes" : "no", Markup.Escape(device.Description), Markup.Escape(device.Reason));
            }

            console.Write(table);
            return 0;
        });
        return command;
    }
}
