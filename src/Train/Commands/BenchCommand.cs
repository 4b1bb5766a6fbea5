using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Benchmarks;
using IlgpuVq.Train.Runs;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>bench</c>: the time of a training step of the model at its default sizes.</summary>
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
        var json = new Option<bool>("--json") { Description = "print one JSON object" };
        var accelerator = CommonOptions.Accelerator();
        var command = new Command("bench", "Times training steps.")
        {
            model, batch, image, hidden, steps, warmup, threads, inference, json, accelerator,
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
            using var device = Device.Open(parsed.GetValue(accelerator)!, new DeviceOptions(Threads: parsed.GetValue(threads)));
            var result = StepBenchmark.Run(device, config, parsed.GetValue(warmup), parsed.GetValue(inference));
            console.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(result, StepBenchmarkJson.Default.StepBenchmarkResult)
                : string.Create(CultureInfo.InvariantCulture,
                    $"{result.MsMedian:F2} ms per step (best {result.MsMin:F2}), {result.ImagesPerS:F0} images/s, {result.Gflops:F0} GFLOP/s, "
                    + $"{result.PeakRssMb:F0} MB resident at most, {result.Threads} threads"));
            return 0;
        });
        return command;
    }
}
