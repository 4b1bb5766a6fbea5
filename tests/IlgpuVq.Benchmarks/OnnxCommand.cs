using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Onnx;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Train.Commands;
using Microsoft.ML.OnnxRuntime;
using Spectre.Console;

namespace IlgpuVq.Benchmarks;

/// <summary><c>onnx</c>: encoder and decoder of the default model here and, exported, in ONNX Runtime, in turn on the same
/// processor.</summary>
internal static class OnnxCommand
{
    /// <summary>Runs before those that count, of each pair: threads of the other program have gone to sleep by then.</summary>
    private const int Warmup = 10;

    public static Command Create(IAnsiConsole console)
    {
        var batch = CommonOptions.Whole("--batch", "images of a batch", 1);
        var image = CommonOptions.Whole("--image", "height and width of an image, in pixels", 32);
        var threads = CommonOptions.Whole("--threads", "threads of each program", 2);
        var pairs = CommonOptions.Whole("--pairs", "how often each is measured", 5);
        var steps = CommonOptions.Whole("--steps", "runs of each, every time", 100);
        var command = new Command("onnx", "Times encoder and decoder beside ONNX Runtime.")
        {
            batch, image, threads, pairs, steps,
        };
        command.SetAction(parsed =>
        {
            var options = new DeviceOptions(Threads: CommonOptions.AtLeast(1, threads, parsed));
            using var device = Device.Open("cpu", options);
            using var model = new VqVaeOptions().Build(new ModuleScope(device, seed: 0));
            using var frozen = model.Freeze();
            var side = CommonOptions.AtLeast(4, image, parsed);
            using var images = Primitive.RandomUniform(
                device, [CommonOptions.AtLeast(1, batch, parsed), 3, side, side], -0.5f, 0.5f, seed: 1, stream: 0);
            var codes = model.Encode(images);
            var files = OnnxExport.Of(model, new Pair(side, side));
            var (count, times) = (CommonOptions.AtLeast(1, pairs, parsed), CommonOptions.AtLeast(1, steps, parsed));
            console.WriteLine($"batch {images.Shape[0]}, {side}×{side}, {device.Description}; ONNX Runtime "
                + $"{OrtEnv.Instance().GetVersionString()}");
            using var unit = Primitive.Map(images, new Affine(scale: 1, shift: 0.5f));
            Compare(console, "encoder", () => Encode(model, images), Pass.Open(files, "encoder", Floats(unit), device.Threads),
                count, times);
            Compare(console, "decoder", () => Decode(model, codes),
                Pass.Open(files, "decoder", Whole(codes[0].Ids), device.Threads), count, times);
            codes.ToList().ForEach(grid => grid.Dispose());
            return 0;
        });
        return command;
    }

    private static Tensor<float> Encode(Autoencoder model, Tensor<float> images)
    {
        using var tape = new Tape(model.Device, recording: false);
        return model.Latents(tape.Constant(images), StepContext.Inference)[0].Value.Share();
    }

    /// <summary>What the exported decoder gives: images in [0, 1].</summary>
    private static Tensor<float> Decode(Autoencoder model, IReadOnlyList<CodeGrid> codes)
    {
        using var images = model.Decode(codes);
        using var unit = Primitive.Map(images, new Affine(scale: 1, shift: 0.5f));
        return Primitive.Map(unit, new Clamp(0, 1));
    }

    private static void Compare(
        IAnsiConsole console, string name, Func<Tensor<float>> work, Pass theirs, int pairs, int steps)
    {
        using var first = work();
        using var result = first.Device.Empty<float>(first.Shape);
        using var ours = new Recording(first.Device, () =>
        {
            using var its = work();
            Primitive.CopyInto(result, its);
        });
        using (theirs)
        {
            theirs.Run();
            ours.Run();
            var difference = theirs.LargestDifference(result.ToArray());
            var (mine, other) = (new List<(double Median, double Least)>(), new List<(double Median, double Least)>());
            for (var pair = 0; pair < pairs; pair++)
            {
                mine.Add(Time(ours.Run, steps));
                other.Add(Time(theirs.Run, steps));
            }

            var ratios = mine.Zip(other, (a, b) => b.Median / a.Median).Order().ToList();
            console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name}: {MedianOf(mine):F3} ms, ONNX Runtime {MedianOf(other):F3} ms; ratio {ratios[ratios.Count / 2]:F2} "
                + $"({ratios[0]:F2}–{ratios[^1]:F2}); shortest {mine.Min(t => t.Least):F3} and {other.Min(t => t.Least):F3} ms, "
                + $"ratio {other.Min(t => t.Least) / mine.Min(t => t.Least):F2}; largest difference {difference:E1}"));
        }
    }

    private static double MedianOf(List<(double Median, double Least)> times) =>
        times.Select(time => time.Median).Order().ElementAt(times.Count / 2);

    private static (double Median, double Least) Time(Action run, int steps)
    {
        var times = new double[steps];
        for (var i = -Warmup; i < steps; i++)
        {
            var start = Stopwatch.GetTimestamp();
            run();
            if (i >= 0)
            {
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        Array.Sort(times);
        return (times[steps / 2], times[0]);
    }

    private static OrtValue Floats(Tensor<float> x) => OrtValue.CreateTensorValueFromMemory(x.ToArray(), Longs(x.Shape));

    private static OrtValue Whole(Tensor<int> x) =>
        OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(x.ToArray(), id => (long)id), Longs(x.Shape));

    private static long[] Longs(Shape shape) => [.. shape.Select(length => (long)length)];

    /// <summary>One file in ONNX Runtime with its input and a place for its output bound, so that a run copies nothing.</summary>
    private sealed class Pass : IDisposable
    {
        private readonly SessionOptions options;
        private readonly InferenceSession session;
        private readonly OrtIoBinding binding;
        private readonly RunOptions run = new();
        private readonly OrtValue input;

        private Pass(byte[] file, OrtValue input, int threads)
        {
            options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
            session = new InferenceSession(file, options);
            binding = session.CreateIoBinding();
            this.input = input;
            binding.BindInput(session.InputNames[0], input);
            binding.BindOutputToDevice(session.OutputNames[0], OrtMemoryInfo.DefaultInstance);
        }

        public static Pass Open(IReadOnlyList<OnnxFile> files, string part, OrtValue input, int threads)
        {
            using var stream = new MemoryStream();
            files.Single(file => file.Name == $"{part}.onnx").WriteTo(stream);
            return new Pass(stream.ToArray(), input, threads);
        }

        public void Run() => session.RunWithBinding(run, binding);

        public double LargestDifference(float[] expected)
        {
            using var outputs = binding.GetOutputValues();
            var numbers = outputs[0].GetTensorDataAsSpan<float>();
            var largest = 0.0;
            for (var i = 0; i < expected.Length; i++)
            {
                largest = Math.Max(largest, Math.Abs(numbers[i] - expected[i]));
            }

            return largest;
        }

        public void Dispose()
        {
            binding.Dispose();
            run.Dispose();
            session.Dispose();
            options.Dispose();
            input.Dispose();
        }
    }
}
