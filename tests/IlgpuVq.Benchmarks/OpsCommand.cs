using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Commands;
using Spectre.Console;

namespace IlgpuVq.Benchmarks;

/// <summary><c>ops</c>: the time of single ops beside what the machine can do.</summary>
internal static class OpsCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var accelerator = CommonOptions.Accelerator();
        var precision = new Option<Precision>("--precision") { Description = "how the device multiplies: fp32, tf32 or bf16" };
        var batch = new Option<int>("--batch") { Description = "images of a batch", DefaultValueFactory = _ => 32 };
        var threads = new Option<int>("--threads") { Description = "threads of the processor; 0: one per core" };
        var filter = new Option<string>("--filter")
        {
            Description = "only ops whose name holds this",
            DefaultValueFactory = _ => "",
        };
        var json = new Option<bool>("--json") { Description = "print one JSON object" };
        var command = new Command("ops", "Times single ops at the model's sizes.")
        {
            accelerator, precision, batch, threads, filter, json,
        };
        command.SetAction(parsed =>
        {
            var images = CommonOptions.AtLeast(1, batch, parsed);
            var options = new DeviceOptions(
                Threads: CommonOptions.AtLeast(0, threads, parsed), Precision: parsed.GetValue(precision));
            using var device = Device.Open(parsed.GetValue(accelerator)!, options);
            var result = OpBenchmark.Run(device, images, parsed.GetValue(filter)!);
            if (parsed.GetValue(json))
            {
                // Not through the console, which wraps long lines.
                console.Profile.Out.Writer.WriteLine(JsonSerializer.Serialize(result, OpBenchmarkJson.Default.OpBenchmarkResult));
            }
            else
            {
                console.Write(TableOf(result));
            }

            return 0;
        });
        return command;
    }

    private static Rows TableOf(OpBenchmarkResult result)
    {
        var table = new Table().AddColumns("op", "size", "ms", "best", "GFLOP/s", "GB/s", "of peak").Border(TableBorder.Simple);
        foreach (var op in result.Ops)
        {
            table.AddRow(new[]
            {
                op.Op, op.Size, Format(op.MsMedian, "F3"), Format(op.MsMin, "F3"),
                    op.Gflops is { } gflops ? Format(gflops, "F0") : "",
                Format(op.GbPerS, "F1"), op.OfPeak is { } part ? Format(100 * part, "F0") + " %" : "",
            }.Select(Markup.Escape).ToArray());
        }

        var multiplyAdds = result.PeakGflops is { } peak
            ? string.Create(CultureInfo.InvariantCulture, $"{peak:F0} GFLOP/s in multiply-adds, ")
            : "";
        return new Rows(
            new Text(string.Create(CultureInfo.InvariantCulture,
                $"{result.Threads} threads, batch {result.Batch}; peak {multiplyAdds}{result.PeakCopyGbPerS:F1} GB/s in a copy")),
            table);

        static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
    }
}
