using System.Globalization;
using IlgpuVq.Models;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Models.Quantizers.Residual;
using IlgpuVq.Train.Config;

namespace IlgpuVq.Train.Training;

/// <summary>What to type when codes have collapsed, by the quantizer and by what the run has already.</summary>
internal static class CollapseAdvice
{
    /// <summary>Whole sentences.</summary>
    /// <param name="config">Of the run.</param>
    /// <param name="run">Its folder.</param>
    public static string For(RunConfig config, string run)
    {
        var anew = OptionsAnew(config).ToArray();
        var first = $"Go on with {ProgramName.Hint(["train", "--run", run, "--resume", "latest", .. OptionsToGoOn(config)])}";
        return anew.Length == 0 ? $"{first}." : $"{first}, or begin a new run with {string.Join(" or ", anew)}.";
    }

    /// <summary>Options that may change while a run goes on.</summary>
    private static IEnumerable<string> OptionsToGoOn(RunConfig config) => CodebookOf(config) switch
    {
        { Rule: CodebookRule.Ema, Revival: CodeRevival.Threshold, DeadCodeThreshold: 0, FrozenCodebook: false } =>
            ["--dead-code-threshold", "1"],
        _ => ["--lr", (config.Optimizer.LearningRate / 10).ToString("G3", CultureInfo.InvariantCulture)],
    };

    /// <summary>Options that a run is started with.</summary>
    private static IEnumerable<string> OptionsAnew(RunConfig config)
    {
        if (CodebookOf(config) is not { } codebook)
        {
            return config.Model.Init == Initialization.Torch ? [] : ["--init torch"];
        }

        return
        [
            .. Unless(codebook.Revival == CodeRevival.Usage || codebook.FrozenCodebook, "--revival usage"),
            .. Unless(codebook.CodebookStart == CodebookStart.Kmeans, "--codebook-start kmeans"),
            .. Unless(codebook.Estimator != Estimator.StraightThrough, "--estimator rotation"),
        ];

        static string[] Unless(bool isSo, string option) => isSo ? [] : [option];
    }

    /// <summary>The options of the codebooks, on whichever level; null for a kind whose codes are no learnt vectors.</summary>
    private static VectorQuantizerOptions? CodebookOf(RunConfig config) => ConfigOptions.QuantizerOf(config.Model) switch
    {
        VectorQuantizerOptions vector => vector,
        ResidualQuantizerOptions residual => residual.Layer,
        GroupedResidualOptions grouped => grouped.Group.Layer,
        _ => null,
    };
}
