using System.CommandLine;
using System.Text;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Reporting;
using IlgpuVq.Train.Runs;
using Spectre.Console;

namespace IlgpuVq.Train.Commands;

/// <summary><c>explain</c>: one training step of a run, or of any model that <c>train</c> can train, op by op.</summary>
internal static class ExplainCommand
{
    private const string TextFormat = "text", MermaidFormat = "mermaid", PageFormat = "html";
    private const int DefaultImage = 32;
    private static readonly string[] Formats = [TextFormat, MermaidFormat, PageFormat];

    public static Command Create(IAnsiConsole console)
    {
        var options = new ConfigOptions();
        var run = new Option<string?>("--run")
        {
            Description = "the folder of a run whose step is shown; that of a new run, by the options of train, when not given",
        };
        var format = new Option<string?>("--format")
        {
            Description = $"{TextFormat}, a flowchart of {MermaidFormat}, or a page of {PageFormat}; when not given by the "
                + $"ending of --output (.mmd, .html), else {TextFormat}",
            HelpName = string.Join('|', Formats),
        };
        var output = new Option<string?>("--output")
        {
            Description = "the file to write; to the terminal when not given",
            HelpName = "file",
        };
        var source = new Option<SourceLanguage?>("--source")
        {
            Description = "what is shown of kernels besides where their C# is: opencl, ptx or none; opencl in a page and none in "
                + "text when not given",
            HelpName = "opencl|ptx|none",
        };
        var image = new Option<int?>("--image")
        {
            Description = $"height and width of an image, in pixels; those of the run, else {DefaultImage}, when not given",
            HelpName = "n",
        };
        var channels = new Option<int?>("--channels")
        {
            Description = "channels of an image: 3 of colours, 1 of grey; those of the run or the preset when not given",
            HelpName = "n",
        };
        var force = CommonOptions.Force();
        var command = new Command(
            "explain", "Shows one training step op by op: shapes, memory, time forward and backward, and the kernels behind it.")
        {
            run, format, output, source, image, channels, force,
        };
        foreach (var option in options.All)
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            var (path, kind) = (parsed.GetValue(output), FormatOf(parsed, format, output));
            var language = parsed.GetValue(source) ?? (kind == PageFormat ? SourceLanguage.Opencl : SourceLanguage.None);
            if (kind == MermaidFormat && language != SourceLanguage.None)
            {
                throw new RunException(
                    source.Name, $"none in a flowchart of {MermaidFormat}", language.ToString().ToLowerInvariant(),
                    $"Take another {format.Name}, or leave the option out.");
            }

            if (path is not null)
            {
                OutputFile.Check(output.Name, path);
            }

            var config = ConfigOf(parsed, options, parsed.GetValue(run), console);
            config = WithImages(config, parsed.GetValue(image), parsed.GetValue(channels), image.Name, channels.Name);
            config.CheckOptions();
            using var device = CommonOptions.OpenDevice(
                parsed, config.Run.Accelerator, new DeviceOptions(UseGraphs: false, Precision: config.Run.Precision));
            CommonOptions.SizeCheck(image.Name, config.Model)(config.Data.Height, config.Data.Width);
            if (!parsed.GetValue(force))
            {
                StepMemory.Of(config).CheckFits(device);
            }

            var bar = path is null ? null : console; // no line of it among the text
            var step = WorkProgress.Wait(bar, "measuring a step", () => StepExplanation.Of(device, config));
            using var places = new SourcePlaces();
            var kernels = new KernelSources(step, language, places);
            var content = kind switch
            {
                PageFormat => ExplainPage.Of(step, kernels, places),
                MermaidFormat => Encoding.UTF8.GetBytes(ExplainText.Mermaid(step)),
                _ => Encoding.UTF8.GetBytes(ExplainText.Text(step, kernels)),
            };
            if (path is null)
            {
                console.Profile.Out.Writer.Write(Encoding.UTF8.GetString(content)); // past the console, which breaks lines
                return 0;
            }

            AtomicFile.Write(path, stream => stream.Write(content));
            console.WriteWhole($"wrote {path}: {step.Nodes.Count} nodes, {kernels.All.Count} kernels");
            return 0;
        });
        return command;
    }

    private static string FormatOf(ParseResult parsed, Option<string?> format, Option<string?> output)
    {
        var (typed, path) = (parsed.GetValue(format), parsed.GetValue(output));
        if (typed is not null && !Formats.Contains(typed))
        {
            throw new RunException(
                format.Name, $"one of {string.Join(", ", Formats)}", $"'{typed}'",
                Spelling.DidYouMean(typed, Formats) is { Length: > 0 } guess ? guess : "Give another value.");
        }

        var kind = typed ?? Path.GetExtension(path) switch
        {
            ".html" or ".htm" => PageFormat,
            ".mmd" => MermaidFormat,
            _ => TextFormat,
        };
        return kind != PageFormat || path is not null ? kind : throw new RunException(
            format.Name, $"the file as {output.Name} for a page of {PageFormat}", "none", "Name it.");
    }

    private static RunConfig ConfigOf(ParseResult parsed, ConfigOptions options, string? run, IAnsiConsole console)
    {
        if (run is null)
        {
            return options.Apply(parsed, resumed: null);
        }

        using var folder = RunFolder.OpenForReading(run);
        return options.Apply(parsed, folder.ReadConfig(console.WriteWhole), keeping: KeptSettings.OfExplained);
    }

    /// <summary>The config with a size of images: what was typed, that of the run, or small ones.</summary>
    private static RunConfig WithImages(RunConfig config, int? typed, int? channels, string image, string channelsOption)
    {
        if (typed < 1)
        {
            throw new RunException(image, "a whole number of at least 1", $"{typed}", "Give another value.");
        }

        if (channels is < 1 or > 3)
        {
            throw new RunException(channelsOption, "a whole number from 1 to 3", $"{channels}", "Give another value.");
        }

        var data = config.Data;
        var depth = channels ?? (data.IsKnown ? data.Channels : config.Model.Channels);
        return config with
        {
            Data = data with
            {
                Height = typed ?? (data.Height > 0 ? data.Height : config.Model.FixedSize ?? DefaultImage),
                Width = typed ?? (data.Width > 0 ? data.Width : config.Model.FixedSize ?? DefaultImage),
                Channels = depth,
                Variance = data.Variance > 0 ? data.Variance : 1,
            },
            Model = config.Model with { Channels = depth },
        };
    }
}
