using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Benchmarks;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Reporting;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>bench</c>: the time of a training step of any model that <c>train</c> can train, by the same options.</summary>
internal static class BenchCommand
{
    private const int DefaultSteps = 20;

    public static Command Create(IAnsiConsole console)
    {
        var options = new ConfigOptions(start => start with { Run = start.Run with { Steps = DefaultSteps } });
        var image = CommonOptions.Whole("--image", "height and width of an image, in pixels", 32);
        var channels = CommonOptions.Whole("--channels", "channels of an image: 3 of colours, 1 of grey", 3);
        var warmup = CommonOptions.Whole("--warmup", "steps before them", 3);
        var inference = new Option<bool>("--inference")
        {
            Description = "reconstruct only: no backward pass, no optimizer (default: off)",
        };
        var json = CommonOptions.Json();
        var force = CommonOptions.Force();
        var noGraph = CommonOptions.NoGraph();
        var command = new Command("bench", "Times training steps of a model, which the options of train choose.")
        {
            image, channels, warmup, inference, json, force, noGraph, BenchQuantizersCommand.Create(console),
        };
        foreach (var option in options.All)
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            var config = options.Apply(parsed, resumed: null);
            var size = CommonOptions.AtLeast(1, image, parsed);
            var depth = CommonOptions.Between(1, 3, channels, parsed);
            CommonOptions.AtLeast(0, warmup, parsed);
            config = config with
            {
                Data = config.Data with { Channels = depth, Height = size, Width = size, Variance = 0.06 },
                Model = config.Model with { Channels = depth },
            };
            config.CheckOptions();
            using var device = CommonOptions.OpenDevice(
                parsed, config.Run.Accelerator,
                new DeviceOptions(UseGraphs: !parsed.GetValue(noGraph), Precision: config.Run.Precision));
            var bar = parsed.GetValue(json) ? null : console;
            var memory = WorkProgress.Wait(bar, CommonOptions.CountingMemory, () => StepMemory.Of(config));
            if (!parsed.GetValue(json))
            {
                console.WriteWhole(memory.Describe(device));
            }

            if (!parsed.GetValue(force))
            {
                memory.CheckFits(device);
            }

            var before = parsed.GetValue(warmup);
            var result = WorkProgress.Between(
                bar, "steps", before + config.Run.Steps,
                advance => StepBenchmark.Run(device, config, before, parsed.GetValue(inference), advance));
            if (parsed.GetValue(json))
            {
                console.WriteWhole(JsonSerializer.Serialize(result, StepBenchmarkJson.Default.StepBenchmarkResult));
            }
            else
            {
                console.WriteWhole(StepLine(result));
            }

            return 0;
        });
        return command;
    }

    private static string StepLine(StepBenchmarkResult r) => string.Create(CultureInfo.InvariantCulture,
        $"{r.Model}{(r.Quantizer is null ? "" : $" with {r.Quantizer}")}, {r.Optimizer}, {r.Parameters} parameters: "
        + $"{r.MsMedian:F2} ms per step (best {r.MsMin:F2}), {r.ImagesPerS:F0} images/s, "
        + $"{r.PeakRssMb:F0} MB resident at most, {r.ManagedBytesPerStep:F0} managed bytes per step, {r.Threads} threads");
}
