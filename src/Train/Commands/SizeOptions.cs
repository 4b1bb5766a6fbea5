using System.CommandLine;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Commands;

/// <summary>How commands that use a trained model scale, cut and choose images: as its run did, or as is typed.</summary>
internal sealed class SizeOptions
{
    private readonly Option<string?> resize = new("--resize")
    {
        Description = "scale images: N for the shorter side, or WxH, in pixels; as the run did when not given",
        HelpName = "N|WxH",
    };
    private readonly Option<string?> crop = new("--crop")
    {
        Description = "cut the middle out of them after that: N for a square, or WxH; as the run did when not given",
        HelpName = "N|WxH",
    };
    private readonly Option<bool> strict = new("--strict")
    {
        Description = "refuse what is no image in a folder of images, or is damaged, instead of skipping it (default: off)",
    };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [resize, crop, strict];

    public void AddTo(Command command)
    {
        AddSizesTo(command);
        command.Options.Add(strict);
    }

    /// <summary>The same for a command that takes no folders.</summary>
    public void AddSizesTo(Command command)
    {
        command.Options.Add(resize);
        command.Options.Add(crop);
    }

    /// <summary>The run's data with what was typed. A size that is typed replaces both of the run's.</summary>
    /// <exception cref="RunException">A text is no size.</exception>
    public DataOptions Apply(ParseResult parsed, DataOptions run)
    {
        var data = run with { Strict = parsed.GetValue(strict) };
        if (parsed.GetValue(resize) is not null || parsed.GetValue(crop) is not null)
        {
            data = data with { Resize = parsed.GetValue(resize), Crop = parsed.GetValue(crop) };
        }

        try
        {
            DataSetOptions.CheckSizes(data.Resize, data.Crop);
            return data;
        }
        catch (OptionException exception)
        {
            throw new RunException($"--{exception.Option}", exception.Rule, exception.Value, "Give another value.", exception);
        }
    }
}
