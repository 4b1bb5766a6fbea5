using Google.Protobuf;
using IlgpuVq.Models;
using IlgpuVq.Models.Images;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.TensorBoard.Messages;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.TensorBoard;

/// <summary>What TensorBoard shows of a run: figures, sample pictures, how often codes are chosen, the distribution of each
/// weight, and the settings, as text and for its table of runs.</summary>
internal sealed class TensorBoardLog : IDisposable
{
    private readonly EventFile file;
    private long lastPicture = -1;

    private TensorBoardLog(EventFile file) => this.file = file;

    /// <summary>Begins a log in place of any that is there.</summary>
    /// <exception cref="RunException">It cannot be written.</exception>
    public static TensorBoardLog Create(string path, RunConfig config)
    {
        var log = new TensorBoardLog(EventFile.Create(path));
        log.Append(0, [ConfigText(config), .. SettingsTable.Of(config)]);
        return log;
    }

    /// <summary>Goes on behind <paramref name="step"/> with settings that may have changed; begins a log where none is.</summary>
    /// <exception cref="RunException">It cannot be read or written.</exception>
    public static TensorBoardLog Resume(string path, long step, RunConfig config)
    {
        if (EventFile.Resume(path, step) is not { } file)
        {
            return Create(path, config);
        }

        var log = new TensorBoardLog(file);
        log.Append(step, [ConfigText(config)]);
        return log;
    }

    /// <summary>Adds a line of metrics and the codes that were chosen since the one before.</summary>
    /// <returns>Whether the file had been removed, and was written again.</returns>
    /// <exception cref="RunException">It cannot be written.</exception>
    public bool Add(MetricsLine line, IEnumerable<CodeUsage> usage) => Append(
        line.Step,
        [
            .. line.Figures.Select(figure => new Summary.Types.Value { Tag = figure.Key, SimpleValue = (float)figure.Value }),
            .. usage.Select(codes => new Summary.Types.Value { Tag = codes.Name, Histo = EventHistogram.OfCounts(codes.Counts) }),
        ]);

    /// <summary>Adds a sample picture, unless that of this step is there, and the distribution of the numbers in each tensor of
    /// the model.</summary>
    /// <param name="step">Training steps done.</param>
    /// <param name="picture">A PNG file.</param>
    /// <param name="state">The model's tensors.</param>
    /// <exception cref="RunException">The log cannot be written, or the picture not be read.</exception>
    public void AddSample(long step, string picture, IEnumerable<NamedTensor> state)
    {
        if (step == lastPicture)
        {
            return;
        }

        var image = ImageFile.ReadHeader(picture);
        var shown = new Summary.Types.Image
        {
            Height = image.Height,
            Width = image.Width,
            Colorspace = image.IsColour ? 3 : 1,
            EncodedImageString = ByteString.CopyFrom(File.ReadAllBytes(picture)),
        };
        Append(
            step,
            [
                new Summary.Types.Value { Tag = "samples", Image = shown },
                .. from named in state
                   where named.WholeNumbers is null && named.Tensor.Size > 0
                   select new Summary.Types.Value
                   {
                       Tag = $"state/{named.Key}", Histo = EventHistogram.OfNumbers(named.Tensor.ToArray()),
                   },
            ]);
        lastPicture = step;
    }

    public void Dispose() => file.Dispose();

    private bool Append(long step, IEnumerable<Summary.Types.Value> values) =>
        file.Append(new Event { Step = step, Summary = new Summary { Value = { values } } });

    private static Summary.Types.Value ConfigText(RunConfig config) => new()
    {
        Tag = "config/text_summary",
        Metadata = new Metadata
        {
            PluginData = new Metadata.Types.PluginData { PluginName = "text" },
            DataClass = DataClass.Tensor,
        },
        Tensor = new Messages.Tensor
        {
            Dtype = DataType.DtString,
            TensorShape = new TensorShape { Dim = { new TensorShape.Types.Dim { Size = 1 } } },
            // Markdown shows indented lines as they are.
            StringVal = { ByteString.CopyFromUtf8("    " + ConfigFile.ToText(config).ReplaceLineEndings("\n    ")) },
        },
    };
}
