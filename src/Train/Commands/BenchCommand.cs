using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Benchmarks;
using IlgpuVq.Train.Config;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace IlgpuVq.Train.Commands;

/// <summary><c>bench</c>: the time of a training step of the model, or of its ops one by one.</summary>
internal static class BenchCommand
{
    private const int DefaultSteps = 20;

    public static Command Create(IAnsiConsole console)
    {
        var options = new ConfigOptions(new RunConfig { Run = new RunOptions { Steps = DefaultSteps } });
        var image = new Option<int>("--image") { Description = "height and width of an image, in pixels", DefaultValueFactory = _ => 32 };
        var warmup = new Option<int>("--warmup") { Description = "steps before them", DefaultValueFactory = _ => 3 };
        var threads = new Option<int>("--threads") { Description = "threads of the processor; 0: one per core" };
        var inference = new Option<bool>("--inference") { Description = "reconstruct only: no backward pass, no optimizer" };
        var ops = new Option<bool>("--ops") { Description = "time single ops at the model's sizes instead of whole steps" };
        var filter = new Option<string>("--filter") { Description = "with --ops: only ops whose name holds this", DefaultValueFactory = _ => "" };
        var json = new Option<bool>("--json") { Description = "print one JSON object" };
        var noGraph = CommonOptions.NoGraph();
        var command = new Command("bench", "Times training steps, or single ops.")
        {
            image, warmup, threads, inference, ops, filter, json, noGraph,
        };
        foreach (var option in options.All)
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            var config = options.Apply(parsed, resumed: null);
            var size = parsed.GetValue(image);
            config = config with
            {
                Data = config.Data with { Channels = 3, Height = size, Width = size, Variance = 0.06 },
                Model = config.Model with { Channels = 3 },
            };
            config.CheckOptions();
            using var device = Device.Open(
                config.Run.Accelerator,
                new DeviceOptions(Threads: parsed.GetValue(threads), UseGraphs: !parsed.GetValue(noGraph), Precision: config.Run.Precision));
            if (parsed.GetValue(ops))
            {
                var timings = OpBenchmark.Run(device, config.Run.Batch, parsed.GetValue(filter)!);
                Print(console, timings, OpBenchmarkJson.Default.OpBenchmarkResult, parsed.GetValue(json), OpTable);
                return 0;
            }

            var result = StepBenchmark.Run(device, config, parsed.GetValue(warmup), parsed.GetValue(inference));
            Print(console, result, StepBenchmarkJson.Default.StepBenchmarkResult, parsed.GetValue(json), StepLine);
            return 0;
        });
        return command;
    }

    private static void Print<T>(IAnsiConsole console, T result, JsonTypeInfo<T> type, bool asJson, Func<T, IRenderable> render)
    {
        if (asJson)
        {
            // Not through the console, which wraps long lines.
            console.Profile.Out.Writer.WriteLine(JsonSerializer.Serialize(result, type));
        }
        else
        {
            console.Write(render(result));
            console.WriteLine();
        }
    }

    private static Text StepLine(StepBenchmarkResult r) => new(string.Create(CultureInfo.InvariantCulture,
        $"{r.MsMedian:F2} ms per step (best {r.MsMin:F2}), {r.ImagesPerS:F0} images/s, "
        + $"{r.PeakRssMb:F0} MB resident at most, {r.ManagedBytesPerStep:F0} managed bytes per step, {r.Threads} threads"));

    private static Rows OpTable(OpBenchmarkResult result)
    {
        var table = new Table().AddColumns("op", "size", "ms", "best", "GFLOP/s", "GB/s", "of peak").Border(TableBorder.Simple);
        foreach (var op in result.Ops)
        {
            table.AddRow(new[]
            {
                op.Op, op.Size, Format(op.MsMedian, "F3"), Format(op.MsMin, "F3"), op.Gflops is { } gflops ? Format(gflops, "F0") : "",
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
