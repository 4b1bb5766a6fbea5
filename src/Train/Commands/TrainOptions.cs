using System.CommandLine;
using System.CommandLine.Parsing;
using IlgpuVq.Train.Data;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Commands;

/// <summary>The options of <c>train</c> that make a <see cref="RunConfig"/>. Only what was typed is applied, so that a resumed run keeps its own.</summary>
internal sealed class TrainOptions
{
    private readonly List<IConfigOption> all = [];

    public TrainOptions()
    {
        var none = new RunConfig();
        Add("--model", "the model: vqvae", none.Model, (c, v) => c with { Model = v }, c => c.Model, isFixed: true);
        Add("--data", $"{string.Join(", ", DataSets.Names)}, or a folder of images", none.Data, (c, v) => c with { Data = v }, c => c.Data,
            isFixed: true);
        Add("--data-root", $"where data sets are found; {DataSetOptions.RootVariable} or data/ when not given", none.DataRoot,
            (c, v) => c with { DataRoot = v });
        Add("--accelerator", "auto, cpu, kernels, opencl or cuda; see the command devices", none.Accelerator, (c, v) => c with { Accelerator = v });
        Add("--precision", CommonOptions.PrecisionDescription, none.Precision, (c, v) => c with { Precision = v });
        Add("--steps", "training steps in all", none.Steps, (c, v) => c with { Steps = v });
        Add("--batch", "images per step", none.Batch, (c, v) => c with { Batch = v }, c => c.Batch, isFixed: true);
        Add("--lr", "learning rate of Adam", none.LearningRate, (c, v) => c with { LearningRate = v });
        Add("--hidden", "channels inside encoder and decoder", none.Hidden, (c, v) => c with { Hidden = v }, c => c.Hidden, isFixed: true);
        Add("--residual-hidden", "channels inside a residual block", none.ResidualHidden, (c, v) => c with { ResidualHidden = v },
            c => c.ResidualHidden, isFixed: true);
        Add("--residual-layers", "residual blocks", none.ResidualLayers, (c, v) => c with { ResidualLayers = v }, c => c.ResidualLayers,
            isFixed: true);
        Add("--residual-skip", "what a residual block's skip carries: rectified (relu(x)) or clean (x)", none.ResidualSkip,
            (c, v) => c with { ResidualSkip = v }, c => c.ResidualSkip, isFixed: true);
        Add("--init", "whose default distributions the weights start from: torch or sonnet", none.Initialization,
            (c, v) => c with { Initialization = v }, c => c.Initialization, isFixed: true);
        Add("--codes", "codes in the codebook", none.Codes, (c, v) => c with { Codes = v }, c => c.Codes, isFixed: true);
        Add("--code-dim", "width of a code", none.CodeDim, (c, v) => c with { CodeDim = v }, c => c.CodeDim, isFixed: true);
        Add("--commitment", "weight β of the commitment term", none.Commitment, (c, v) => c with { Commitment = v });
        Add("--codebook", "how the codebook learns: ema or gradient", none.Codebook, (c, v) => c with { Codebook = v }, c => c.Codebook,
            isFixed: true);
        Add("--decay", "decay γ of the EMA codebook", none.Decay, (c, v) => c with { Decay = v });
        Add("--seed", "fixes initial weights and data order", none.Seed, (c, v) => c with { Seed = v }, c => c.Seed, isFixed: true);
        Add("--log-every", "steps between lines of metrics", none.LogEvery, (c, v) => c with { LogEvery = v });
        Add("--checkpoint-every", "steps between checkpoints; 0: at the end only", none.CheckpointEvery, (c, v) => c with { CheckpointEvery = v });
        Add("--sample-every", "steps between pictures of reconstructions; 0: at the end only", none.SampleEvery,
            (c, v) => c with { SampleEvery = v });
    }

    private interface IConfigOption
    {
        Option Option { get; }

        RunConfig Apply(ParseResult parsed, RunConfig config, bool isResumed);
    }

    public IEnumerable<Option> Options => all.Select(option => option.Option);

    /// <summary>The given config with all that was typed.</summary>
    /// <param name="parsed">What was typed.</param>
    /// <param name="config">The defaults, or the config of the run that goes on.</param>
    /// <param name="isResumed">Whether the config is a run's, whose model, data and order may not change.</param>
    /// <exception cref="RunException">An option would change what a resumed run may not change.</exception>
    public RunConfig Apply(ParseResult parsed, RunConfig config, bool isResumed) =>
        all.Aggregate(config, (current, option) => option.Apply(parsed, current, isResumed));

    private void Add<T>(
        string name, string description, T defaultValue, Func<RunConfig, T, RunConfig> set, Func<RunConfig, T>? get = null, bool isFixed = false) =>
        all.Add(new ConfigOption<T>(name, description, defaultValue, set, isFixed ? get : null));

    private sealed class ConfigOption<T> : IConfigOption
    {
        private readonly Option<T> option;
        private readonly Func<RunConfig, T, RunConfig> set;
        private readonly Func<RunConfig, T>? getFixed;

        public ConfigOption(string name, string description, T defaultValue, Func<RunConfig, T, RunConfig> set, Func<RunConfig, T>? getFixed)
        {
            (this.set, this.getFixed) = (set, getFixed);
            option = new Option<T>(name) { Description = description, DefaultValueFactory = _ => defaultValue };
            if (typeof(T).IsEnum)
            {
                option.CustomParser = ParseEnum;
            }
        }

        public Option Option => option;

        private static T? ParseEnum(ArgumentResult result)
        {
            var text = result.Tokens[^1].Value;
            if (Array.Find(Enum.GetNames(typeof(T)), name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } known)
            {
                return (T)Enum.Parse(typeof(T), known);
            }

            var names = string.Join(" or ", Enum.GetNames(typeof(T)).Select(name => name.ToLowerInvariant()));
            result.AddError($"{(result.Parent as OptionResult)?.Option.Name}: expected {names}; got {text}.");
            return default;
        }

        public RunConfig Apply(ParseResult parsed, RunConfig config, bool isResumed)
        {
            if (parsed.GetResult(option) is not { Implicit: false })
            {
                return config;
            }

            var value = parsed.GetValue(option)!;
            if (isResumed && getFixed is not null && !Equals(getFixed(config), value))
            {
                throw new RunException(option.Name, $"{getFixed(config)}, as the run that goes on was started with", $"{value}",
                    "Leave the option out, or start a new run with another --run.");
            }

            return set(config, value);
        }
    }
}
