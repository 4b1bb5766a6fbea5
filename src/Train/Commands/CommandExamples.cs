using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace IlgpuVq.Train.Commands;

/// <summary>What to type for each command, as its help shows it.</summary>
internal static class CommandExamples
{
    private static readonly Dictionary<string, Example[]> All = new(StringComparer.Ordinal)
    {
        [""] =
        [
            new("", "trains on shapes that the program draws, for a minute or two"),
            new("train --data cifar10 --download --steps 10000", "trains on real images, and fetches them"),
            new("evaluate --run runs/cifar10-vqvae", "measures what came of it"),
        ],
        ["train"] =
        [
            new("train --data photos --resize 72 --crop 64 --max-time 8h", "a folder of images, for eight hours"),
            new("train --preset vqgan --data cifar10 --batch 16 --validate-every 500 --patience 10", "until it gets no better"),
            new("train --config runs/a/config.json --set model.hidden=64 --lr 1e-3", "a run's settings, but for two"),
            new("train --run runs/a --resume latest --steps 20000", "a run that goes on"),
        ],
        ["find-lr"] = [new("find-lr --data cifar10 --steps 300 --output rates.svg", "then train with the --lr that it suggests")],
        ["evaluate"] =
        [
            new("evaluate --run runs/a --data cifar10 --split test", "the test images"),
            new("evaluate --run runs/a --run runs/b --checkpoint best", "a table of two runs"),
            new("evaluate --run runs/a --json", "for another program"),
        ],
        ["train-prior"] =
        [
            new("train-prior --from runs/a --run runs/a-prior --steps 4000", "the codes of the run's own images"),
            new("train-prior --from runs/a --prior transformer --layers 6 --set run.batch=64", "another prior"),
            new("train-prior --run runs/a-prior --resume latest --steps 8000", "a prior that goes on"),
        ],
        ["sample"] =
        [
            new("sample --run runs/a-prior --count 100 --output samples.png", "a hundred images"),
            new("sample --run runs/a-prior --class 7 --temperature 0.8 --top-p 0.95 --output sevens.png", "of one class"),
            new("sample --run runs/a-prior --from-image photo.png --keep top --output completed.png",
                "with the lower half drawn anew"),
        ],
        ["interpolate"] =
        [
            new("interpolate --run runs/a --from first.png --to last.png --output between.png", "eight images between two"),
        ],
        ["reconstruct"] =
        [
            new("reconstruct --run runs/a --input photo.png --output pair.png", "an image"),
            new("reconstruct --run runs/a --input cifar10 --count 64 --output grid.png", "the first 64 of a data set"),
        ],
        ["encode"] = [new("encode --run runs/a --input photos --output codes.safetensors", "goes on where it was stopped")],
        ["decode"] =
        [
            new("decode --run runs/a --input codes.safetensors --output grid.png", "a picture of the first images"),
            new("decode --run runs/a --input codes.safetensors --folder images", "a file for each image"),
        ],
        ["compress"] = [new("compress --run runs/a-prior --input photo.png --output photo.ivc", "by a prior of the codes")],
        ["decompress"] = [new("decompress --run runs/a-prior --input photo.ivc --output photo.png", "back to an image")],
        ["import"] =
        [
            new("import --input vqvae_560.pt --run runs/imported", "what the file is of is found by its keys"),
            new("import --input diffusers-folder --run runs/imported --data photos", "with images to go on training"),
        ],
        ["export"] =
        [
            new("export --run runs/a --output weights.pt", "for the program that the model comes from"),
            new("export --run runs/a --format onnx --output models", "a folder of ONNX files"),
            new(
                "export --run runs/a --format web --runtime onnxruntime-web-1.30.0.tgz --output model.html",
                "a page that paints codes"),
        ],
        ["runs"] = [new("runs list", "the runs in runs/"), new("runs compare runs/a runs/b", "two beside each other")],
        ["runs list"] = [new("runs list experiments", "the runs in another folder")],
        ["runs compare"] = [new("runs compare runs/a runs/b", "figures, and the settings that differ")],
        ["report"] = [new("report --run runs/a --run runs/b --output both.html", "two runs on one page")],
        ["explain"] =
        [
            new("explain --run runs/a --output step.html", "a training step as a page, each op with its shape, memory and time"),
            new("explain --preset keras-mnist --image 28 --channels 1", "of a model that was not trained, as text"),
        ],
        ["bench"] =
        [
            new("bench --model vqvae2 --batch 16 --image 64", "a training step, images of 64×64 pixels"),
            new("bench --inference --threads 1", "reconstruction alone, on one thread"),
        ],
        ["bench quantizers"] =
        [
            new("bench quantizers --data cifar10 --kinds vector,fsq,lfq --steps 2000", "three quantizers, trained alike"),
        ],
        ["devices"] = [new("devices --dump kernels", "what every kernel is compiled to")],
        ["completion"] = [.. ExamplesOfShells()],
    };

    /// <summary>The examples of a command.</summary>
    /// <param name="words">The words that choose it, from the outermost.</param>
    public static IReadOnlyList<Example> Of(params IEnumerable<string> words) =>
        All.GetValueOrDefault(string.Join(' ', words), []);

    /// <summary>Has help show them.</summary>
    public static void AddTo(RootCommand root)
    {
        foreach (var help in root.Options.OfType<HelpOption>().Where(option => option.Action is HelpAction))
        {
            help.Action = new HelpWithExamples((HelpAction)help.Action!);
        }
    }

    private static IEnumerable<Example> ExamplesOfShells() =>
    [
        new("completion bash", $"to load it: eval \"$({ProgramName.Current} completion bash)\""),
        new("completion zsh", $"to load it: source <({ProgramName.Current} completion zsh)"),
        new("completion fish", $"to load it: {ProgramName.Current} completion fish | source"),
        new("completion pwsh", $"to load it: {ProgramName.Current} completion pwsh | Out-String | Invoke-Expression"),
    ];

    /// <summary>A line to type.</summary>
    /// <param name="Arguments">What stands behind the program's name.</param>
    /// <param name="Meaning">What it does.</param>
    internal sealed record Example(string Arguments, string Meaning);

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => help.ClearsParseErrors;

        public override int Invoke(ParseResult parsed)
        {
            var code = help.Invoke(parsed);
            var output = parsed.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var (arguments, meaning) in Of(CommandLine.WordsOf(parsed.CommandResult)))
            {
                output.WriteLine($"  {ProgramName.Current} {arguments}".TrimEnd());
                output.WriteLine($"      {meaning}");
            }

            output.WriteLine();
            return code;
        }
    }
}
