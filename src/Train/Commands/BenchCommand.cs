using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Benchmarks;
using IlgpuVq.Train.Config;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>bench</c>: the time of a training step of any model that <c>train</c> can train, by the same options.</summary>
internal static class BenchCommand
{
    private const int DefaultSteps = 20;

    public static Command Create(IAnsiConsole console)
    {
        var options = new ConfigOptions(start => start with { Run = start.Run with { Steps = DefaultSteps } });
        var image = new Option<int>("--image")
        {
            Description = "height and width of an image, in pixels",
            DefaultValueFactory = _ => 32,
        };
        var warmup = new Option<int>("--warmup") { Description = "steps before them", DefaultValueFactory = _ => 3 };
        var threads = new Option<int>("--threads") { Description = "threads of the processor; 0: one per core" };
        var inference = new Option<bool>("--inference") { Description = "reconstruct only: no backward pass, no optimizer" };
        var json = new Option<bool>("--json") { Description = "print one JSON object" };
        var noGraph = CommonOptions.NoGraph();
        var command = new Command("bench", "Times training steps of a model, which the options of train choose.")
        {
            image, warmup, threads, inference, json, noGraph,
        };
        foreach (var option in options.All)
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            var config = options.Apply(parsed, resumed: null);
            var size = CommonOptions.AtLeast(1, image, parsed);
            CommonOptions.AtLeast(0, warmup, parsed);
            CommonOptions.AtLeast(0, threads, parsed);
            config = config with
            {
                Data = config.Data with { Channels = 3, Height = size, Width = size, Variance = 0.06 },
                Model = config.Model with { Channels = 3 },
            };
            config.CheckOptions();
            using var device = Device.Open(
                config.Run.Accelerator,
                new DeviceOptions(
                    Threads: parsed.GetValue(threads), UseGraphs: !parsed.GetValue(noGraph), Precision: config.Run.Precision));
            var result = StepBenchmark.Run(device, config, parsed.GetValue(warmup), parsed.GetValue(inference));
            if (parsed.GetValue(json))
            {
                // Not through the console, which wraps long lines.
                console.Profile.Out.Writer.WriteLine(
                    JsonSerializer.Serialize(result, StepBenchmarkJson.Default.StepBenchmarkResult));
            }
            else
            {
                console.Write(StepLine(result));
                console.WriteLine();
            }

            return 0;
        });
        return command;
    }

    private static Text StepLine(StepBenchmarkResult r) => new(string.Create(CultureInfo.InvariantCulture,
        $"{r.Model}{(r.Quantizer is null ? "" : $" with {r.Quantizer}")}, {r.Optimizer}, {r.Parameters} parameters: "
        + $"{r.MsMedian:F2} ms per step (best {r.MsMin:F2}), {r.ImagesPerS:F0} images/s, "
        + $"{r.PeakRssMb:F0} MB resident at most, {r.ManagedBytesPerStep:F0} managed bytes per step, {r.Threads} threads"));
}
