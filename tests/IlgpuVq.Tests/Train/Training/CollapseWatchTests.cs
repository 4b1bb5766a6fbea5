using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Models.Quantizers.Residual;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

/// <summary>When figures of the log are taken for a collapse, and what is then said.</summary>
public sealed class CollapseWatchTests
{
    private static readonly RunConfig Config = new() { Run = new RunOptions { Batch = 4 } };

    [Fact]
    public void A_collapse_is_told_once_it_lasted_after_the_first_steps_and_again_when_it_came_anew()
    {
        var told = Told(Of(new CodeLayout("codes", 8, 8, [512])), every: 100,
            (1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (50, 90), (1, 1), (1, 1), (1, 1));

        Assert.Equal([400L, 900], told.Select(line => line.Step));
        Assert.Equal(
            "codes: expected many of 512 codes in use; got 1 and perplexity 1.0, few in all lines since step 200", told[0].Text);
        Assert.EndsWith("since step 700", told[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_of_single_steps_must_show_it_as_long_as_others()
    {
        var told = Told(
            Of(new CodeLayout("codes", 8, 8, [512])), every: 1, [.. Enumerable.Repeat((1.0, 1.0), 600)]);

        Assert.Equal([400L], told.Select(line => line.Step));
    }

    [Theory]
    [InlineData(512, 8, 1.99, 300, true)] // perplexity below 2
    [InlineData(512, 8, 2.01, 300, false)]
    [InlineData(512, 8, 5, 10, true)] // below 2 % of 512
    [InlineData(512, 8, 5, 11, false)]
    [InlineData(1 << 20, 8, 60, 513, false)] // above 2 % of the 400·64 vectors that were seen
    [InlineData(1 << 20, 8, 60, 511, true)]
    [InlineData(4, 8, 1.5, 3, false)] // few codes have few in use
    [InlineData(4, 8, 1, 1, true)]
    [InlineData(512, 1, 1.5, 300, false)] // four vectors in a step
    [InlineData(1, 8, 1, 1, false)]
    [InlineData(512, 8, double.NaN, 300, false)]
    public void A_line_shows_it_by_perplexity_or_codes(int codes, int side, double perplexity, double used, bool isCollapsed)
    {
        var told = Told(
            Of(new CodeLayout("codes", side, side, [codes])), every: 100, [.. Enumerable.Repeat((perplexity, used), 5)]);

        Assert.Equal(isCollapsed, told.Length > 0);
    }

    [Fact]
    public void Few_images_cannot_use_many_codes()
    {
        var watch = new CollapseWatch(
            Config with { Data = new DataOptions { Count = 8 } }, [new CodeLayout("codes", 2, 2, [8192])]);

        Assert.Empty(Told(watch, every: 100, [.. Enumerable.Repeat((20.0, 30.0), 6)]));
    }

    [Fact]
    public void Each_grid_and_each_level_is_watched_for_itself()
    {
        CodeLayout[] layouts = [new("top", 4, 4, [64]), new("bottom", 8, 8, [64, 32])];
        var watch = new CollapseWatch(Config, layouts);
        MetricsLine Line(long step) => new(step, 0,
        [
            new("perplexity_top", 30), new("codes_used_top", 60),
            new("perplexity_bottom", 8), new("codes_used_bottom", 40),
            new("level_0_perplexity_bottom", 15), new("level_0_codes_used_bottom", 39),
            new("level_1_perplexity_bottom", 1), new("level_1_codes_used_bottom", 1),
        ]);

        Assert.Null(watch.Look(Line(300), 100));
        Assert.Equal(
            "bottom, level 1: expected many of 32 codes in use; got 1 and perplexity 1.0, few in all lines since step 200",
            watch.Look(Line(400), 100));
    }

    [Fact]
    public void A_level_that_quantize_dropout_left_out_shows_nothing()
    {
        var watch = new CollapseWatch(Config, [new CodeLayout("codes", 8, 8, [64, 64])]);
        static MetricsLine Line(long step, double perplexity, double used) => new(step, 0,
        [
            new("level_0_perplexity", 15), new("level_0_codes_used", 39),
            new("level_1_perplexity", perplexity), new("level_1_codes_used", used),
        ]);

        Assert.All([300L, 400, 500], step => Assert.Null(watch.Look(Line(step, 0, 0), 100)));
        Assert.Null(watch.Look(Line(600, 1, 1), 100));
        Assert.Null(watch.Look(Line(700, 0, 0), 100));
        Assert.NotNull(watch.Look(Line(800, 1, 1), 100));
    }

    [Fact]
    public void The_advice_is_options_that_the_quantizer_has_and_the_run_has_not()
    {
        var vector = new VectorQuantizerOptions();
        var revived = vector with { DeadCodeThreshold = 1 };
        var usage = vector with { Rule = CodebookRule.Gradient, Revival = CodeRevival.Usage, Estimator = Estimator.Rotation };
        const string start = "train --run runs/a --resume latest";

        AssertAdvice(
            vector, $"{start} --dead-code-threshold 1, or begin a new run with "
                + "--revival usage or --codebook-start kmeans or --estimator rotation.");
        AssertAdvice(
            new ResidualQuantizerOptions(), $"{start} --dead-code-threshold 1, or begin a new run with "
                + "--revival usage or --codebook-start kmeans or --estimator rotation.");
        AssertAdvice(
            new GroupedResidualOptions { Group = new() { Layer = revived } }, $"{start} --lr 3E-05, or begin a new run with "
                + "--revival usage or --codebook-start kmeans or --estimator rotation.");
        AssertAdvice(usage, $"{start} --lr 3E-05, or begin a new run with --codebook-start kmeans.");
        AssertAdvice(usage with { CodebookStart = CodebookStart.Kmeans }, $"{start} --lr 3E-05.");
        AssertAdvice(new FiniteScalarQuantizerOptions(), $"{start} --lr 3E-05, or begin a new run with --init torch.");
        AssertAdvice(
            new FiniteScalarQuantizerOptions(), $"{start} --lr 3E-05.", new VqVaeOptions { Init = Initialization.Torch });
    }

    private static void AssertAdvice(QuantizerOptions quantizer, string end, VqVaeOptions? model = null)
    {
        var config = Config with { Model = (model ?? new VqVaeOptions()) with { Quantizer = quantizer } };

        Assert.EndsWith(end, CollapseAdvice.For(config, "runs/a"), StringComparison.Ordinal);
    }

    private static CollapseWatch Of(CodeLayout layout) => new(Config, [layout]);

    private static (long Step, string Text)[] Told(
        CollapseWatch watch, long every, params (double Perplexity, double Used)[] lines) =>
    [
        .. from pair in lines.Index()
           let step = (pair.Index + 1) * every
           let text = watch.Look(
               new MetricsLine(step, 0, [new("perplexity", pair.Item.Perplexity), new("codes_used", pair.Item.Used)]), every)
           where text is not null
           select (step, text),
    ];
}
