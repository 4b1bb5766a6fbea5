using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Onnx;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Models.Torch;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Reporting.Pages;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Shells;
using IlgpuVq.Train.Training;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>export</c>: a run's weights as the program that its family comes from loads them, or its model as ONNX files or
/// as a page.</summary>
internal static class ExportCommand
{
    private const string OnnxFormat = "onnx";

    private const string WebFormat = "web";

    private const string SafetensorsEnding = ".safetensors";

    private static readonly string[] TorchEndings = [".pt", ".pth", ".bin"];

    public static Command Create(IAnsiConsole console)
    {
        var run = CommonOptions.Run("the run's folder");
        var checkpoint = CommonOptions.Checkpoint();
        var format = new Option<string?>("--format")
        {
            Description = $"{OnnxFormat}: encoder, quantizer, decoder and all of the model as ONNX files in a folder; "
                + $"{WebFormat}: a page that encodes pictures and decodes codes, which can be painted there; weights when not "
                + "given",
            HelpName = $"{OnnxFormat}|{WebFormat}",
        }.Completes(OnnxFormat, WebFormat);
        var runtime = new Option<string?>("--runtime")
        {
            Description = $"with {format.Name} {WebFormat}: the package onnxruntime-web of npm, which becomes part of the page: "
                + "its .tgz, or a folder that holds it; none when not given",
            HelpName = "file|folder",
        };
        var output = new Option<string>("--output")
        {
            Description = $"the file to write: {SafetensorsEnding}, or {string.Join(", ", TorchEndings)} for PyTorch; with "
                + $"{format.Name} {OnnxFormat}, the folder of the files; with {WebFormat}, an HTML file",
            HelpName = "file|folder",
            Required = true,
        };
        var command = new Command(
            "export", "Writes a run's weights for the program that its model comes from, or its model as ONNX files or a page.")
        {
            run, checkpoint, format, runtime, output,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(output)!;
            var kind = CheckFormat(format.Name, parsed.GetValue(format));
            var isTorch = kind is null && IsTorch(output.Name, path);
            CheckOutput(output.Name, path, isFolder: kind == OnnxFormat);
            var web = ReadRuntime(runtime.Name, parsed.GetValue(runtime), isWeb: kind == WebFormat);
            using var device = CommonOptions.OpenDevice(parsed, "cpu");
            using var trained = CommonOptions.LoadModel(console, device, parsed.GetValue(run)!, parsed.GetValue(checkpoint));
            return WorkProgress.Wait(console, "writing", () =>
            {
                if (web is not null)
                {
                    WritePage(trained, path, web, console);
                }
                else if (kind == OnnxFormat)
                {
                    WriteOnnx(trained, path, console);
                }
                else
                {
                    WriteWeights(trained, path, isTorch, console);
                }

                return 0;
            });
        });
        return command;
    }

    private static void WriteWeights(TrainedModel trained, string path, bool isTorch, IAnsiConsole console)
    {
        using var source = trained.Model.ToSource();
        var tensors = StateDictionary.ToFile(source.Tensors);
        AtomicFile.Write(path, stream =>
        {
            if (isTorch)
            {
                TorchWriter.Write(stream, tensors);
            }
            else
            {
                SafetensorsWriter.Write(stream, tensors, new Dictionary<string, string> { ["format"] = "pt" });
            }
        });
        console.WriteWhole(
            $"wrote {path}: {source.Tensors.Count} tensors of {trained.Config.Model.Family}, step {trained.Checkpoint.Step}");
    }

    private static void WriteOnnx(TrainedModel trained, string folder, IAnsiConsole console)
    {
        var files = OnnxExport.Of(trained.Model, SizeOf(trained));
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(folder, exception);
        }

        foreach (var file in files)
        {
            var path = Path.Combine(folder, file.Name);
            AtomicFile.Write(path, file.WriteTo);
            console.WriteWhole($"wrote {path}: {string.Join(", ", file.Inputs)} → {string.Join(", ", file.Outputs)}");
        }
    }

    private static void WritePage(TrainedModel trained, string path, WebRuntime runtime, IAnsiConsole console)
    {
        var family = trained.Config.Model.Family;
        if (trained.Model.Quantizers.Count == 0)
        {
            throw new RunException(
                $"--format {WebFormat}", "a model with codes", $"{family}, whose latent images are real numbers",
                $"Take --format {OnnxFormat}.");
        }

        var size = SizeOf(trained);
        var files = OnnxExport.Of(trained.Model, size);
        var title = $"{family}, step {trained.Checkpoint.Step}";
        AtomicFile.Write(
            path, stream => ModelPage.Write(stream, title, trained.Model, files, runtime, side: Math.Max(size.H, size.W)));
        console.WriteWhole($"wrote {path}: {title}; open it in a browser");
    }

    /// <summary>Where a model takes images of one size, and does not say which, it is that of what it learned from.</summary>
    private static Pair SizeOf(TrainedModel trained)
    {
        var (data, step) = (trained.Config.Data, trained.Config.Model.Downsampling);
        return data.IsKnown ? new Pair(data.Height, data.Width) : 8 * step;
    }

    private static WebRuntime? ReadRuntime(string option, string? path, bool isWeb)
    {
        if (!isWeb && path is not null)
        {
            throw new RunException(option, $"--format {WebFormat} beside it", "another format", "Leave it out.");
        }

        return isWeb ? WebRuntime.Read(option, path) : null;
    }

    private static string? CheckFormat(string option, string? format) => format is null or OnnxFormat or WebFormat
        ? format
        : throw new RunException(
            option, $"{OnnxFormat} or {WebFormat}", format, "Leave it out for weights, whose format the ending says.");

    private static bool IsTorch(string option, string path)
    {
        var ending = Path.GetExtension(path).ToLowerInvariant();
        return TorchEndings.Contains(ending) || (ending == SafetensorsEnding ? false : throw new RunException(
            option, $"a name that ends in {SafetensorsEnding}, {string.Join(", ", TorchEndings)}", path,
            ending == $".{OnnxFormat}" ? $"Name a folder, with --format {OnnxFormat}." : "Choose another name."));
    }

    private static void CheckOutput(string option, string path, bool isFolder)
    {
        if (!isFolder)
        {
            OutputFile.Check(option, path);
        }
        else if (File.Exists(path))
        {
            throw new RunException(option, "a folder, or a new one", $"{path}, a file", "Choose another name.");
        }
    }
}
