using System.Collections;
using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Models.Quantizers.Residual;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using Xunit;

namespace IlgpuVq.Tests.Train;

/// <summary>From what is typed to a config.</summary>
public sealed class ConfigOptionsTests
{
    /// <summary>Chooses the options of train-prior.</summary>
    private const string Prior = "--prior";

    /// <summary>Every record with options, and what chooses it.</summary>
    private static readonly (object Defaults, string[] Choice)[] Records =
    [
        (new RunOptions(), []), (new DataOptions(), []), (new ReconstructionOptions(), []),
        .. TaskKinds.OfImages.Select(kind => ((object)kind.Default, (string[])["--task", kind.Name])),
        .. ModelFamilies.All.Select(kind => ((object)kind.Default, (string[])["--model", kind.Name])),
        .. QuantizerKinds.All.Select(kind => ((object)kind.Default, (string[])["--quantizer", kind.Name])),
        .. OptimizerKinds.All.Select(kind => ((object)kind.Default, (string[])["--optimizer", kind.Name])),
        .. ScheduleKinds.All.Select(kind => ((object)kind.Default, (string[])["--schedule", kind.Name])),
        .. PriorFamilies.All.Select(kind => (
            (object)new PriorTaskOptions { Prior = kind.Default }, (string[])[Prior, kind.Name])),
    ];

    private static readonly RunConfig Fsq = new()
    {
        Model = new VqVae2Options { Quantizer = new FiniteScalarQuantizerOptions { Levels = [5, 4] } },
        Optimizer = new AdamWOptions(),
        Run = new RunOptions { Batch = 7, Steps = 70, Seed = 3 },
    };

    public static TheoryData<string, string, string> Options { get; } =
    [
        .. from record in Records
           from part in WithParts(record.Defaults)
           from property in part.GetType().GetProperties()
           where property.GetCustomAttribute<OptionAttribute>() is not null
           select (string.Join(' ', record.Choice), part.GetType().Name, property.Name),
    ];

    /// <summary>Options of numbers that are not whole, and what chooses the kind that has them; each once.</summary>
    public static TheoryData<string, string[]> Reals { get; } =
    [
        .. (from record in Records
            where !record.Choice.Contains(Prior)
            from part in WithParts(record.Defaults)
            from property in part.GetType().GetProperties()
            where property.GetCustomAttribute<OptionAttribute>() is not null && property.PropertyType == typeof(double)
            select (NameOf(property), record.Choice)).DistinctBy(option => option.Item1),
    ];

    [Theory]
    [MemberData(nameof(Options))]
    public void Every_option_is_set_by_its_name_and_help_tells_its_default(string chosen, string record, string name)
    {
        string[] choice = chosen.Length == 0 ? [] : chosen.Split(' ');
        var defaults = PartsOf(Apply(null, choice)).Single(part => part.GetType().Name == record);
        var property = defaults.GetType().GetProperty(name)!;
        var option = NameOf(property);
        var (text, value) = Other(property.GetValue(defaults), property.PropertyType);

        var config = Apply(null, [.. choice, option, text]);

        Assert.Equal(value, property.GetValue(PartOf(config, defaults.GetType())));
        Assert.Equal([(record, name)], Differences(Apply(null, choice), config));
        // That of the first kind that has the option, or beside it that of this one.
        var help = Help(choice);
        var @default = TextOf(property.GetValue(defaults)).Replace("E-0", "e-", StringComparison.Ordinal);
        var shown = @default.Length == 0 ? "(?!.*default)"
            : $@"(\[default: {Regex.Escape(@default)}\]|[(, ]{chosen.Split(' ')[^1]}: {Regex.Escape(@default)}[,)])";
        Assert.Matches($"(?m)^  {option} <[^>]+> .*{shown}", help);
    }

    [Fact]
    public void What_is_not_typed_is_that_of_the_first_preset()
    {
        Assert.Equal(Presets.Default, Apply(null));
        Assert.Equal(new RunConfig(), Apply(null));
        var families = KindNames.Families.Replace(" or ", ", ", StringComparison.Ordinal);
        Assert.Matches($@"(?m)^  --model <model> .*{families} \[default: vqvae\]", Help());
        var quantizers = string.Join(", ", QuantizerKinds.All.Select(kind => kind.Name));
        Assert.Matches($@"(?m)^  --quantizer <quantizer> .*{quantizers} \[default: vector\]", Help());
        Assert.Matches(@"(?m)^  --optimizer <optimizer> .*adam, adamw \[default: adam\]", Help());
        Assert.Matches(@"(?m)^  --schedule <schedule> .*constant, step, cosine, power, cycle \[default: constant\]", Help());
        Assert.Matches(@"(?m)^  --task <task> .*reconstruction, adversarial \[default: reconstruction\]", Help());
        Assert.Matches($@"(?m)^  --preset <preset> .*{KindNames.Presets}", Help());
    }

    [Theory]
    [InlineData("--lr", "0,0003", "a finite number such as 0.25 or 3e-4", "'0,0003'")]
    [InlineData("--lr", "1e39", "a finite number such as 0.25 or 3e-4", "'1e39'")]
    [InlineData("--lr", "NaN", "a finite number such as 0.25 or 3e-4", "'NaN'")]
    [InlineData("--lr", "∞", "a finite number such as 0.25 or 3e-4", "'∞'")]
    [InlineData("--lr", "Infinity", "a finite number such as 0.25 or 3e-4", "'Infinity'")]
    [InlineData("--lr", " 5", "a finite number such as 0.25 or 3e-4", "' 5'")]
    [InlineData("--lr", "5 ", "a finite number such as 0.25 or 3e-4", "'5 '")]
    [InlineData("--lr", "1_000", "a finite number such as 0.25 or 3e-4", "'1_000'")]
    [InlineData("--lr", "0x10", "a finite number such as 0.25 or 3e-4", "'0x10'")]
    [InlineData("--lr", "", "a finite number such as 0.25 or 3e-4", "nothing")]
    [InlineData("--batch", "1,000", "a whole number", "'1,000'")]
    [InlineData("--batch", "1_000", "a whole number", "'1_000'")]
    [InlineData("--batch", "5.0", "a whole number", "'5.0'")]
    [InlineData("--batch", "1e3", "a whole number", "'1e3'")]
    [InlineData("--batch", " 5", "a whole number", "' 5'")]
    [InlineData("--batch", "5 ", "a whole number", "'5 '")]
    [InlineData("--batch", "0x10", "a whole number", "'0x10'")]
    [InlineData("--batch", "2147483648", "a whole number", "'2147483648'")]
    [InlineData("--batch", "", "a whole number", "nothing")]
    [InlineData("--steps", "9223372036854775808", "a whole number", "'9223372036854775808'")]
    [InlineData("--seed", "-1", "a whole number of at least 0", "'-1'")]
    [InlineData("--seed", "18446744073709551616", "a whole number of at least 0", "'18446744073709551616'")]
    [InlineData("--seed", "", "a whole number of at least 0", "nothing")]
    [InlineData("--normalize", "yes", "true or false", "'yes'")]
    [InlineData("--normalize", "", "true or false", "nothing")]
    [InlineData("--reconstruction-loss", "l2", "mse or l1", "'l2'")]
    [InlineData("--codebook", "1", "ema or gradient", "'1'")]
    [InlineData("--codebook", "ema,gradient", "ema or gradient", "'ema,gradient'")]
    [InlineData("--estimator", "straightthrough", "straight-through or rotation or diveq", "'straightthrough'")]
    [InlineData("--init", "", "torch or sonnet or keras or normal", "nothing")]
    [InlineData("--data", "", "text", "nothing")]
    [InlineData("--model", "", KindNames.Families, "''")]
    [InlineData("--model", "VQVAE", KindNames.Families, "'VQVAE'")]
    [InlineData("--optimizer", "sgd", "adam or adamw", "'sgd'")]
    [InlineData("--schedule", "sine", "constant or step or cosine or power or cycle", "'sine'")]
    [InlineData("--preset", "keras", KindNames.Presets, "'keras'")]
    public void What_is_no_value_is_told_in_one_line(string option, string text, string rule, string got)
    {
        var message = Assert.Throws<RunException>(() => Apply(null, option, text)).Message;

        Assert.StartsWith($"{option}: expected {rule}; got {got}. ", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("8,,5", "'8,,5'")]
    [InlineData("8, 5", "'8, 5'")]
    [InlineData("8,5,", "'8,5,'")]
    [InlineData("8;5", "'8;5'")]
    [InlineData("8,5.0", "'8,5.0'")]
    [InlineData("", "nothing")]
    public void What_is_no_list_of_numbers_is_told_in_one_line(string text, string got) => Assert.Equal(
        $"--levels: expected whole numbers, separated by commas; got {got}. Give another value.",
        Assert.Throws<RunException>(() => Apply(null, "--quantizer", "fsq", "--levels", text)).Message);

    [Fact]
    public void Numbers_do_not_depend_on_the_country()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("")
            {
                NumberFormat = { NumberDecimalSeparator = ",", NumberGroupSeparator = "." },
            };
            Assert.Equal(0.5, Apply(null, "--lr", "0.5").Optimizer.LearningRate);
            Assert.Contains("[default: 0.0003]", Help(), StringComparison.Ordinal);
            Assert.Throws<RunException>(() => Apply(null, "--lr", "0,5"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("--levels 3,3", "--levels", "model vqvae with quantizer vector")]
    [InlineData("--quantizer fsq --codes 4", "--codes", "model vqvae with quantizer fsq")]
    [InlineData("--quantizer residual --levels 4,3", "--levels", "model vqvae with quantizer residual")]
    [InlineData("--quantizer vector --layers 3", "--layers", "model vqvae with quantizer vector")]
    [InlineData("--model vqvae2 --residual-skip clean", "--residual-skip", "model vqvae2 with quantizer vector")]
    [InlineData("--weight-decay 0.1", "--weight-decay", "model vqvae with quantizer vector")]
    [InlineData("--schedule-steps 7", "--schedule-steps", "model vqvae with quantizer vector")]
    [InlineData("--schedule cycle --warmup-steps 7", "--warmup-steps", "model vqvae with quantizer vector")]
    public void An_option_of_another_kind_is_refused(string arguments, string option, string own) => Assert.Equal(
        $"{option}: expected an option of {own}; got one of another. Leave it out, or choose the --model, --quantizer, "
            + "--task, --optimizer or --schedule that has it.",
        Assert.Throws<RunException>(() => Apply(null, arguments.Split(' '))).Message);

    [Fact]
    public void A_quantizer_that_is_none_is_told_with_all_that_are() => Assert.Equal(
        $"--quantizer: expected {string.Join(" or ", QuantizerKinds.All.Select(kind => kind.Name))}; got 'none'. "
            + "Choose one that this program has.",
        Assert.Throws<RunException>(() => Apply(null, "--quantizer", "none")).Message);

    [Fact]
    public void Options_of_a_layer_within_a_quantizer_are_set_by_their_names()
    {
        var residual = Apply(null, "--quantizer", "residual", "--layers", "3", "--codes", "32", "--commitment", "0.5");
        Assert.Equal(
            new VqVaeOptions
            {
                Quantizer = new ResidualQuantizerOptions { Layers = 3, Layer = new() { CodebookSize = 32, Commitment = 0.5 } },
            },
            residual.Model);
        var grouped = Apply(null, "--quantizer", "grouped-residual-fsq", "--groups", "3", "--layers", "2", "--levels", "4,3");
        Assert.Equal(
            new VqVaeOptions
            {
                Quantizer = new GroupedResidualFsqOptions
                {
                    Groups = 3,
                    Group = new() { Layers = 2, Layer = new() { Levels = [4, 3] } },
                },
            },
            grouped.Model);

        // What may change when a run goes on, and what may not, holds for layers too.
        Assert.Equal(
            0.75, ((ResidualQuantizerOptions)ConfigOptions.QuantizerOf(Apply(residual, "--commitment", "0.75").Model)!)
                .Layer.Commitment);
        Assert.StartsWith(
            "--codes: expected 32, as the run that goes on was started with; got 64.",
            Assert.Throws<RunException>(() => Apply(residual, "--codes", "64")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--batch", "8", "7")]
    [InlineData("--seed", "4", "3")]
    [InlineData("--normalize", "false", "true")]
    [InlineData("--reconstruction-loss", "l1", "mse")]
    [InlineData("--hidden", "64", "128")]
    [InlineData("--init", "torch", "sonnet")]
    [InlineData("--levels", "4,5", "5,4")]
    public void A_run_that_goes_on_keeps_what_is_fixed(string option, string text, string own)
    {
        Assert.Equal(
            $"{option}: expected {own}, as the run that goes on was started with; got {text}. Leave the option out, or start a "
                + "new run with another --run.",
            Assert.Throws<RunException>(() => Apply(Fsq, option, text)).Message);
        Assert.Equal(Fsq, Apply(Fsq, option, own));
    }

    [Theory]
    [InlineData("--model", "vqvae")]
    [InlineData("--quantizer", "vector")]
    [InlineData("--optimizer", "adam")]
    public void A_run_that_goes_on_keeps_its_kinds(string option, string kind) => Assert.StartsWith(
        "--model, --quantizer, --task and --optimizer: expected those that the run that goes on was started with; got others.",
        Assert.Throws<RunException>(() => Apply(Fsq, option, kind)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_schedule_in_epochs_becomes_one_in_steps_of_the_data()
    {
        var config = Apply(null, "--preset", "nadavbh12-cifar10", "--decay-epochs", "2", "--batch", "64");
        var started = (config with { Data = config.Data with { Count = 1000 } }).WithScheduleOverRun();

        Assert.Equal(new StepSchedule { Every = 2 * 15, Multiplier = 0.5 }, started.Optimizer.Schedule);
        Assert.Equal(started, started.WithScheduleOverRun());
        Assert.Equal(7, ((StepSchedule)Apply(started, "--decay-every", "7").WithScheduleOverRun().Optimizer.Schedule).Every);
        Assert.Equal(
            45, ((StepSchedule)Apply(started, "--decay-epochs", "3").WithScheduleOverRun().Optimizer.Schedule).Every);
    }

    [Fact]
    public void A_schedule_belongs_to_the_optimizer_and_may_change_when_a_run_goes_on()
    {
        var typed = Apply(
            null, "--optimizer", "adamw", "--schedule", "cosine", "--warmup-steps", "5", "--schedule-end", "0.5",
            "--clip-norm", "1");
        Assert.Equal(
            new AdamWOptions { ClipNorm = 1, Schedule = new CosineSchedule { WarmupSteps = 5, End = 0.5 } }, typed.Optimizer);

        // The length is that of the run which was started, and stays when it goes on for longer.
        var started = typed.WithScheduleOverRun();
        Assert.Equal(new CosineSchedule { Steps = started.Run.Steps, WarmupSteps = 5, End = 0.5 }, started.Optimizer.Schedule);
        var longer = Apply(started, "--steps", "9000").WithScheduleOverRun();
        Assert.Equal(started.Optimizer, longer.Optimizer);
        Assert.Equal(
            9000, ((CosineSchedule)Apply(longer, "--schedule-steps", "0").WithScheduleOverRun().Optimizer.Schedule).Steps);
        Assert.Equal(new ConstantSchedule(), Apply(started, "--schedule", "constant").Optimizer.Schedule);
    }

    [Fact]
    public void An_option_that_is_off_is_put_on_by_its_name_alone()
    {
        Assert.True(Apply(null, "--strict").Data.Strict);
        var both = Apply(null, "--strict", "--batch", "7");
        Assert.Equal((true, 7), (both.Data.Strict, both.Run.Batch));
        Assert.False(Apply(Apply(null, "--strict"), "--strict", "false").Data.Strict);
        Assert.StartsWith(
            "--strict: expected true or false; got 'yes'.",
            Assert.Throws<RunException>(() => Apply(null, "--strict", "yes")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--resize", "0")]
    [InlineData("--resize", "64x")]
    [InlineData("--resize", "64x64x64")]
    [InlineData("--crop", "-4")]
    [InlineData("--crop", "16385")]
    [InlineData("--crop", "half")]
    public void What_is_no_size_is_told_in_one_line(string option, string text) => Assert.Equal(
        $"{option}: expected N or WxH, in pixels from 1 to 16384, as 64 or 96x64; got {text}. Give another value.",
        Assert.Throws<RunException>(Apply(null, option, text).CheckOptions).Message);

    [Fact]
    public void A_run_that_goes_on_keeps_the_size_of_its_images()
    {
        var sized = Apply(null, "--resize", "64", "--crop", "48x32");
        sized.CheckOptions();
        Assert.StartsWith("--crop: expected 48x32, as the run that goes on",
            Assert.Throws<RunException>(() => Apply(sized, "--crop", "32")).Message, StringComparison.Ordinal);
        Assert.StartsWith("--resize: expected none, as the run",
            Assert.Throws<RunException>(() => Apply(new RunConfig(), "--resize", "32")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_goes_on_takes_no_preset() => Assert.StartsWith(
        "--preset: expected none for a run that goes on: it keeps its settings; got 'deepmind'.",
        Assert.Throws<RunException>(() => Apply(Fsq, "--preset", "deepmind")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_run_that_goes_on_may_change_the_rest()
    {
        var config = Apply(
            Fsq, "--steps", "90", "--accelerator", "cpu", "--precision", "bf16",
            "--log-every", "3", "--checkpoint-every", "0", "--sample-every", "5", "--data-root", "/data", "--lr", "0.5",
            "--beta1", "0.25", "--weight-decay", "0.125",
            "--model", "vqvae2", "--quantizer", "fsq", "--optimizer", "adamw");

        var expected = Fsq with
        {
            Run = Fsq.Run with
            {
                Steps = 90,
                Accelerator = "cpu",
                Precision = Precision.Bf16,
                LogEvery = 3,
                CheckpointEvery = 0,
                SampleEvery = 5
            },
            Data = Fsq.Data with { Root = "/data" },
            Optimizer = new AdamWOptions { LearningRate = 0.5, Beta1 = 0.25, WeightDecay = 0.125 },
        };
        Assert.Equal(expected, config);
        Assert.Equal(Fsq, Apply(Fsq));
        var vector = new RunConfig();
        Assert.Equal(
            vector with { Model = new VqVaeOptions { Quantizer = new VectorQuantizerOptions { Commitment = 1, Decay = 0.5 } } },
            Apply(vector, "--commitment", "1", "--decay", "0.5"));
    }

    [Fact]
    public void Presets_are_settings_of_known_systems_and_options_override_them()
    {
        foreach (var name in Presets.Names)
        {
            Apply(null, "--preset", name).CheckOptions();
        }

        Assert.Equal(new RunConfig(), Apply(null, "--preset", "deepmind"));
        var zalando = Apply(null, "--preset", "zalando", "--batch", "3");
        Assert.Equal(("cifar10", 3, 15_000L, 1e-3),
            (zalando.Data.Name, zalando.Run.Batch, zalando.Run.Steps, zalando.Optimizer.LearningRate));
        Assert.Equal(
            new VqVaeOptions
            {
                Init = Initialization.Torch,
                ResidualSkip = ResidualSkip.Rectified,
                Quantizer = new VectorQuantizerOptions { EmaStart = EmaStart.Running },
            },
            zalando.Model);
        var paper = Apply(null, "--preset", "hwangjohn-paper", "--activation", "gelu", "--steps", "9");
        Assert.Equal((128, 9L, 2e-4), (paper.Run.Batch, paper.Run.Steps, paper.Optimizer.LearningRate));
        Assert.Equal(
            new VqVaeOptions
            {
                Init = Initialization.Torch,
                Hidden = 256,
                UseNorm = true,
                BlockNames = BlockNames.Twice,
                Activation = HiddenActivation.Gelu,
                Quantizer = new VectorQuantizerOptions { EmaStart = EmaStart.Running },
            },
            paper.Model);
        var rosinality = Apply(null, "--preset", "rosinality", "--codes", "32");
        Assert.Equal((128, 3e-4), (rosinality.Run.Batch, rosinality.Optimizer.LearningRate));
        Assert.False(((ReconstructionOptions)rosinality.Task).Normalize);
        Assert.Equal(
            new VqVae2Options
            {
                Init = Initialization.Torch,
                PixelRange = PixelRange.Signed,
                Quantizer = new VectorQuantizerOptions { CodebookSize = 32, EmaStart = EmaStart.Zero },
            },
            rosinality.Model);
        Assert.Equal(new AdamOptions { Schedule = new CycleSchedule() }, rosinality.Optimizer);
        var vqgan = Apply(null, "--preset", "vqgan", "--gradient-penalty", "0", "--discriminator-depth", "3");
        Assert.Equal(
            new AdversarialOptions { Normalize = false, GradientPenalty = 0, Discriminator = new() { Depth = 3 } }, vqgan.Task);
        Assert.Equal(new AdamWOptions { LearningRate = 1e-4, WeightDecay = 0.01, ClipNorm = 1 }, vqgan.Optimizer);
    }

    private static RunConfig Apply(RunConfig? resumed, params string[] arguments)
    {
        if (arguments.Contains(Prior))
        {
            var own = new PriorConfigOptions();
            return own.Apply(Parse(own.All), resumed ?? Presets.Default);
        }

        var options = new ConfigOptions();
        return options.Apply(Parse(options.All), resumed);

        ParseResult Parse(IEnumerable<Option> all)
        {
            var command = new Command("train");
            foreach (var option in all)
            {
                command.Options.Add(option);
            }

            var parsed = command.Parse(arguments);
            Assert.Empty(parsed.Errors);
            return parsed;
        }
    }

    private static string Help(params string[] choice)
    {
        var root = new RootCommand("test");
        foreach (var option in choice.Contains(Prior) ? new PriorConfigOptions().All : new ConfigOptions().All)
        {
            root.Options.Add(option);
        }

        using var output = new StringWriter();
        root.Parse(["--help"]).Invoke(new InvocationConfiguration { Output = output });
        return output.ToString();
    }

    private static string NameOf(PropertyInfo property) => "--" + (property.GetCustomAttribute<OptionAttribute>()!.Name
        ?? Regex.Replace(property.Name, "(?<!^)(?=[A-Z])", "-").ToLowerInvariant());

    private static IEnumerable<(string, string)> Differences(RunConfig a, RunConfig b) =>
        from parts in PartsOf(a).Zip(PartsOf(b))
        from property in parts.First.GetType().GetProperties()
        where property.GetCustomAttribute<OptionAttribute>() is not null
        where TextOf(property.GetValue(parts.First)) != TextOf(property.GetValue(parts.Second))
        select (parts.First.GetType().Name, property.Name);

    private static object PartOf(RunConfig config, Type type) => PartsOf(config).Single(part => part.GetType() == type);

    private static object[] PartsOf(RunConfig config) =>
        [.. ((object[])[config.Run, config.Data, config.Task, config.Model, config.Optimizer]).SelectMany(WithParts)];

    /// <summary>A record of options and those that it holds: all of the model's project, but for numbers and lists.</summary>
    private static IEnumerable<object> WithParts(object record) => record.GetType().GetProperties()
        .Where(property => property.PropertyType is { IsClass: true, Namespace: not "System" })
        .SelectMany(property => WithParts(property.GetValue(record)!)).Prepend(record);

    /// <summary>Another value of the type, and how it is typed.</summary>
    private static (string Text, object Value) Other(object? value, Type type) => value switch
    {
        int number => ($"{number + 2}", number + 2),
        long number => ($"{number + 2}", number + 2),
        ulong number => ($"{number + 2}", number + 2),
        double => ("0.125", 0.125),
        bool flag => (flag ? "false" : "true", !flag),
        Enum => Enum.GetValues(type).Cast<object>().First(other => !other.Equals(value)) is var other
            ? (TextOf(other), other) : default,
        IEnumerable and not string => ("3,2", ImmutableArray.Create(3, 2)),
        _ => ("x", "x"),
    };

    private static string TextOf(object? value) => value switch
    {
        null => "",
        Enum => Regex.Replace($"{value}", "(?<=[a-z])(?=[A-Z])", "-").ToLowerInvariant(),
        bool => $"{value}".ToLowerInvariant(),
        ImmutableArray<int> numbers => string.Join(',', numbers),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => $"{value}",
    };
}
