using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using IlgpuVq.Models;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Commands;
using Spectre.Console;

namespace IlgpuVq.Benchmarks;

/// <summary><c>sampling</c>: a place of a prior that keeps what it made of the places before, beside a pass over the whole grid
/// for each place, and beside the least time that the machine could take.</summary>
internal static class Sampling
{
    private const int Classes = 10;

    public static Command Create(IAnsiConsole console)
    {
        var prior = new Option<string>("--prior") { Description = "the prior", DefaultValueFactory = _ => "pixelcnn" };
        var codes = CommonOptions.Whole("--codes", "codes, K", 512);
        var rounds = CommonOptions.Whole("--rounds", "of which the shortest and the median are told", 5);
        var accelerator = CommonOptions.Accelerator();
        var command = new Command("sampling", "Times a place that is drawn with kept layers, and with whole passes.")
        {
            prior, codes, rounds, accelerator,
        };
        command.SetAction(parsed =>
        {
            using var device = CommonOptions.OpenDevice(parsed, parsed.GetValue(accelerator)!);
            var peaks = device.IsHost ? MachinePeaks.Measure(device.Threads) : null;
            console.WriteLine($"{device.Name}: {device.Description}");
            var options = PriorFamilies.All.First(kind => kind.Name == parsed.GetValue(prior)).Default;
            foreach (var (side, count) in ((int, int)[])[(8, 1), (8, 16), (32, 1), (32, 16)])
            {
                console.WriteLine(Line(device, options, parsed.GetValue(codes), side, count, parsed.GetValue(rounds), peaks));
            }

            return 0;
        });
        return command;
    }

    private static string Line(
        Device device, PriorOptions options, int codes, int side, int count, int rounds, MachinePeaks? peaks)
    {
        var shape = new PriorShape(new CodeLayout("codes", side, side, [codes]), [], Classes);
        using var prior = (AutoregressivePrior)options.Build(new ModuleScope(device, seed: 1), shape);
        using var classes = device.From<int>([.. Enumerable.Range(0, count).Select(i => i % Classes)], [count]);
        using var ids = device.From<int>(new int[count * side * side], [count, 1, side, side]);
        var condition = new PriorCondition(classes, []);
        using var steps = new PriorSteps(prior, count, condition);
        var (kept, whole) = (new double[rounds], new double[rounds]);
        var chosen = new int[count];
        for (var round = -1; round < rounds; round++)
        {
            steps.Restart();
            var start = Stopwatch.GetTimestamp();
            while (!steps.IsDone)
            {
                steps.Logits();
                steps.Choose(chosen);
            }

            var keptMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds / (side * side);
            start = Stopwatch.GetTimestamp();
            prior.Score(ids, condition);
            var wholeMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (round >= 0)
            {
                (kept[round], whole[round]) = (keptMs, wholeMs);
            }
        }

        Array.Sort(kept);
        Array.Sort(whole);
        var median = kept[rounds / 2];
        var parameters = prior.Parameters.Sum(parameter => (double)parameter.Value.Size)
            - prior.Modules.OfType<CausalConv2dLayer>().Sum(layer => (double)(
                prior.CodeLayers.Contains(layer) ? layer.NumbersBeside(codes: count) : layer.UnseenNumbers));
        var least = peaks is null ? double.NaN : 1e3 * Math.Max(
            2 * parameters * count / (peaks.Gflops!.Value * 1e9), sizeof(float) * parameters / (peaks.CopyGbPerS * 1e9));
        var (times, images) = (whole[rounds / 2] / median, 1e3 * count / (median * side * side));
        var place = string.Create(
            CultureInfo.InvariantCulture, $"a place {median:0.000} ms (shortest {kept[0]:0.000}), at least {least:0.000}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{side}×{side}, {count} at once, {parameters:0} parameters read: {place}; a whole pass {whole[rounds / 2]:0.00} ms "
                + $"(shortest {whole[0]:0.00}), {times:0} times as long; {images:0.##} images a second");
    }
}
