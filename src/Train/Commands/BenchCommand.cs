using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Benchmarks;
using IlgpuVq.Train.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace IlgpuVq.Train.Commands;

/// <summary><c>bench</c>: the time of a training step of the model, or of its ops one by one.</summary>
internal static class BenchCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var model = new Option<string>("--model") { Description = "the model: vqvae", DefaultValueFactory = _ => "vqvae" };
        var batch = new Option<int>("--batch") { Description = "images per step", DefaultValueFactory = _ => 32 };
        var image = new Option<int>("--image") { Description = "height and width of an image, in pixels", DefaultValueFactory = _ => 32 };
        var hidden = new Option<int>("--hidden") { Description = "channels inside encoder and decoder", DefaultValueFactory = _ => 128 };
        var steps = new Option<int>("--steps") { Description = "steps that are timed", DefaultValueFactory = _ => 20 };
        var warmup = new Option<int>("--warmup") { Description = "steps before them", DefaultValueFactory = _ => 3 };
        var threads = new Option<int>("--threads") { Description = "threads of the processor; 0: one per core" };
        var inference = new Option<bool>("--inference") { Description = "reconstruct only: no backward pass, no optimizer" };
        var ops = new Option<bool>("--ops") { Description = "time single ops at the model's sizes instead of whole steps" };
        var filter = new Option<string>("--filter") { Description = "with --ops: only ops whose name holds this", DefaultValueFactory = _ => "" };
        var json = new Option<bool>("--json") { Description = "print one JSON object" };
        var accelerator = CommonOptions.Accelerator();
        var precision = new Option<Precision>("--precision") { Description = CommonOptions.PrecisionDescription };
        var noGraph = CommonOptions.NoGraph();
        var command = new Command("bench", "Times training steps, or single ops.")
        {
            model, batch, image, hidden, steps, warmup, threads, inference, ops, filter, json, accelerator, precision, noGraph,
        };
        command.SetAction(parsed =>
        {
            var config = new RunConfig
            {
                Model = parsed.GetValue(model)!,
                Batch = parsed.GetValue(batch),
                Steps = parsed.GetValue(steps),
                Hidden = parsed.GetValue(hidden),
                Channels = 3,
                Height = parsed.GetValue(image),
                Width = parsed.GetValue(image),
                DataVariance = 0.06,
            };
            config.CheckOptions();
            using var device = Device.Open(
                parsed.GetValue(accelerator)!,
                new DeviceOptions(Threads: parsed.GetValue(threads), UseGraphs: !parsed.GetValue(noGraph), Precision: parsed.GetValue(precision)));
            if (parsed.GetValue(ops))
            {
                var timings = OpBenchmark.Run(device, parsed.GetValue(batch), parsed.GetValue(filter)!);
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
        $"{r.MsMedian:F2} ms per step (best {r.MsMin:F2}), {r.ImagesPerS:F0} images/s, {r.Gflops:F0} GFLOP/s, "
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
