using System.Text;
using System.Text.Json;
using IlgpuVq.Models;
using IlgpuVq.Models.VqVaes;
using IlgpuVq.Tensors;

namespace IlgpuVq.Train.Runs;

/// <summary>All that a run was started with, and what its data were: the content of <c>config.json</c>.</summary>
/// <remarks>
/// Fields that this version does not know are passed over, and absent ones have their defaults, so older and newer programs of
/// one <see cref="Version"/> read each other's runs. (The setters are for that: the generated reader forgets the defaults of
/// init-only ones.)
/// </remarks>
public sealed record RunConfig
{
    /// <summary>The version of the file that this program writes; it grows when a field changes its meaning.</summary>
    public const int CurrentVersion = 1;

    private const int LongestFile = 1 << 20;

    public int Version { get; set; } = CurrentVersion;

    public string Model { get; set; } = "vqvae";

    /// <summary>A data set's name, or a folder of images.</summary>
    public string Data { get; set; } = "shapes";

    /// <summary>Where data sets are found; null for the default place.</summary>
    public string? DataRoot { get; set; }

    public string Accelerator { get; set; } = "auto";

    /// <summary>How the device multiplies.</summary>
    public Precision Precision { get; set; } = Precision.Fp32;

    /// <summary>Training steps in all, those before a resume included.</summary>
    public long Steps { get; set; } = 2000;

    /// <summary>Images per step.</summary>
    public int Batch { get; set; } = 32;

    public double LearningRate { get; set; } = 3e-4;

    /// <summary>Channels of the hidden layers.</summary>
    public int Hidden { get; set; } = 128;

    /// <summary>Channels inside a residual block.</summary>
    public int ResidualHidden { get; set; } = 32;

    public int ResidualLayers { get; set; } = 2;

    /// <summary>Whose default distributions the weights start from.</summary>
    public Initialization Initialization { get; set; } = Initialization.Torch;

    /// <summary>What the skip of a residual block carries.</summary>
    public ResidualSkip ResidualSkip { get; set; } = ResidualSkip.Rectified;

    /// <summary>Number of codes, K.</summary>
    public int Codes { get; set; } = 512;

    /// <summary>Width of a code, D.</summary>
    public int CodeDim { get; set; } = 64;

    /// <summary>The weight β of the commitment term.</summary>
    public double Commitment { get; set; } = 0.25;

    public CodebookRule Codebook { get; set; } = CodebookRule.Ema;

    /// <summary>The decay γ of the moving averages; without meaning under <see cref="CodebookRule.Gradient"/>.</summary>
    public double Decay { get; set; } = 0.99;

    /// <summary>Fixes initial weights, data order and all other randomness of the run.</summary>
    public ulong Seed { get; set; }

    /// <summary>Steps between two lines of metrics.</summary>
    public int LogEvery { get; set; } = 100;

    /// <summary>Steps between two checkpoints; 0 for one at the end only.</summary>
    public int CheckpointEvery { get; set; } = 500;

    /// <summary>Steps between two pictures of samples; 0 for one at the end only.</summary>
    public int SampleEvery { get; set; } = 500;

    /// <summary>Channels of an image, known once the data are open.</summary>
    public int Channels { get; set; }

    /// <summary>Height of an image in pixels, known once the data are open.</summary>
    public int Height { get; set; }

    /// <summary>Width of an image in pixels, known once the data are open.</summary>
    public int Width { get; set; }

    /// <summary>
    /// Variance of all training pixels on the 0–1 scale, which <c>nmse</c> divides by; known once the data are open.
    /// </summary>
    public double DataVariance { get; set; }

    /// <summary>Checks every option on its own, before data are opened.</summary>
    /// <exception cref="RunException">An option is out of its range; the message names the option as it is typed.</exception>
    public void CheckOptions()
    {
        AtLeast("--steps", Steps, 1);
        AtLeast("--batch", Batch, 1);
        Within("--hidden", Hidden, Hidden >= 2 && Hidden % 2 == 0, "an even number of at least 2");
        AtLeast("--residual-hidden", ResidualHidden, 1);
        AtLeast("--residual-layers", ResidualLayers, 0);
        AtLeast("--codes", Codes, 1);
        AtLeast("--code-dim", CodeDim, 1);
        AtLeast("--log-every", LogEvery, 1);
        AtLeast("--checkpoint-every", CheckpointEvery, 0);
        AtLeast("--sample-every", SampleEvery, 0);
        Within("--lr", LearningRate, LearningRate is > 0 and < double.PositiveInfinity, "a number above 0");
        Within("--commitment", Commitment, Commitment is >= 0 and < double.PositiveInfinity, "a number of at least 0");
        Within("--decay", Decay, Decay is >= 0 and < 1, "a number from 0 to below 1");
        Within("--codebook", (int)Codebook, Enum.IsDefined(Codebook), "ema or gradient");
        Within("--precision", (int)Precision, Enum.IsDefined(Precision), "fp32, tf32 or bf16");
        Within("--residual-skip", (int)ResidualSkip, Enum.IsDefined(ResidualSkip), "rectified or clean");
    }

    /// <summary>The file's text, as a checkpoint's metadata hold it.</summary>
    internal string ToText() => Encoding.UTF8.GetString(ToJson());

    /// <summary>The file's text.</summary>
    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, RunJson.Default.RunConfig);

    /// <summary>Reads a <c>config.json</c> and checks it whole.</summary>
    /// <exception cref="RunException">The file is absent, damaged, of a later version, or holds an impossible value.</exception>
    internal static RunConfig Read(string path)
    {
        const string Advice = "Restore the file from a copy, or start a new run in another folder.";
        RunConfig config;
        try
        {
            var length = new FileInfo(path).Length;
            if (length > LongestFile)
            {
                throw new RunException(path, $"at most {LongestFile} bytes", $"{length}", Advice);
            }

            config = JsonSerializer.Deserialize(File.ReadAllBytes(path), RunJson.Default.RunConfig)
                ?? throw new RunException(path, "the JSON object of a run", "null", Advice);
        }
        catch (JsonException exception)
        {
            var field = exception.Path is ['$', '.', .. var name] ? $", field {name}" : "";
            throw new RunException(
                path, "the JSON object of a run", $"an error in line {exception.LineNumber + 1}{field}", Advice, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Reading(path, exception);
        }

        if (config.Version is < 1 or > CurrentVersion)
        {
            throw new RunException(
                path, $"version {CurrentVersion}", $"{config.Version}", "Use the program that wrote the run, or a newer one.");
        }

        config.CheckIn(path);
        return config;
    }

    private void CheckIn(string path)
    {
        try
        {
            CheckOptions();
            AtLeast("channels", Channels, 1);
            AtLeast("height", Height, 1);
            AtLeast("width", Width, 1);
            Within("data_variance", DataVariance, DataVariance is >= 0 and < double.PositiveInfinity, "a number of at least 0");
        }
        catch (RunException exception)
        {
            throw new RunException(
                path, "the options of a run", exception.Message.TrimEnd('.'), "Restore the file from a copy.", exception);
        }
    }

    private static void AtLeast(string option, long value, long least) =>
        Within(option, value, value >= least, $"a whole number of at least {least}");

    private static void Within(string option, double value, bool isWithin, string expected)
    {
        if (!isWithin)
        {
            throw new RunException(option, expected, $"{value}", "Give another value.");
        }
    }
}
