using System.Text.Json;
using IlgpuVq.Models;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Benchmarks;
using IlgpuVq.Train.Config;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary><c>bench quantizers</c>, from the options to the table.</summary>
public sealed class BenchQuantizersTests : IDisposable
{
    private static readonly string[] Tiny =
    [
        "bench", "quantizers", "--steps", "2", "--hidden", "8", "--residual-hidden", "4", "--batch", "4", "--accelerator", "cpu",
    ];

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Names { get; } = [.. QuantizerVariants.All.Select(variant => variant.Name)];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_quantizer_is_a_run_and_a_row_of_figures()
    {
        var output = folder.At("runs");
        var (code, text, errors) = Invoke([.. Tiny, "--kinds", "fsq,residual", "--output", output, "--json"]);
        Assert.Equal((0, ""), (code, errors));
        var rows = JsonDocument.Parse(text).RootElement.EnumerateArray().ToArray();

        Assert.Equal(["fsq", "residual"], rows.Select(row => row.GetProperty("kind").GetString()));
        Assert.All(rows, row =>
        {
            Assert.Equal(JsonValueKind.Null, row.GetProperty("problem").ValueKind);
            Assert.Equal(2, Number(row, "steps"));
            Assert.InRange(Number(row, "nmse"), 0.1, 100);
            Assert.True(Number(row, "images_per_s") > 0);
            Assert.Equal(Number(row, "codes"), Number(row, "codes_used") + Number(row, "dead_codes"));
            Assert.InRange(Number(row, "perplexity"), 1, Number(row, "codes_used"));
        });

        // 8 × 8 places of shapes' 32 × 32 pixels: three scalars of 3 bits, four levels of 7 bits.
        Assert.Equal((512, 64 * 9), (Number(rows[0], "codes"), Math.Round(Number(rows[0], "bits_per_image"), 9)));
        Assert.Equal((512, 64 * 28), (Number(rows[1], "codes"), Math.Round(Number(rows[1], "bits_per_image"), 9)));

        // What evaluate says of the run that was left.
        var run = rows[1].GetProperty("run").GetString()!;
        Assert.Equal(Path.Combine(output, "residual"), run);
        Assert.Equal(0, Invoke("evaluate", "--run", run, "--accelerator", "cpu").Code);
        using var evaluated = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "evaluate-test.json")));
        Assert.Equal(Number(evaluated.RootElement, "nmse"), Number(rows[1], "nmse"), 1e-9);
    }

    [Fact]
    public void One_that_fails_is_a_row_with_its_reason_and_the_others_come_all_the_same()
    {
        var output = folder.At("runs");
        Directory.CreateDirectory(output);
        File.WriteAllText(Path.Combine(output, "fsq"), "in the way");
        var (code, text, errors) = Invoke([.. Tiny, "--kinds", "fsq,lfq", "--output", output]);

        Assert.Equal((0, ""), (code, errors));
        var lines = text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.StartsWith("quantizer  nmse ", lines[^3], StringComparison.Ordinal);
        Assert.Matches(@"^fsq +– +– +– +– +– +– +failed: .*expected a folder for the run; got a file", lines[^2]);
        Assert.Matches(@"^lfq +\d+\.\d{4} +\d+\.\d +\d+ of 512 +\d+ +576 +\d+ +--quantizer lfq --bits 9$", lines[^1]);
    }

    [Fact]
    public void What_makes_no_comparison_is_refused_before_anything_is_trained()
    {
        var output = folder.At("runs");
        AssertFails("--kinds: expected vector, ", [.. Tiny, "--kinds", "fsq,resdual", "--output", output]);
        AssertFails("--kinds: expected each name once; got fsq,fsq.", [.. Tiny, "--kinds", "fsq,fsq", "--output", output]);
        AssertFails("--quantizer and its options: expected none", [.. Tiny, "--codes", "16", "--output", output]);
        AssertFails("--batch: expected options behind quantizers; got one before it.", ["bench", "--batch", "4", "quantizers"]);
        AssertFails("--stepz: expected an option of quantizers; got an unknown one. Did you mean --steps?",
            ["bench", "quantizers", "--stepz", "4"]);
        Assert.False(Directory.Exists(output));

        Assert.Equal(0, Invoke("train", "--steps", "1", "--hidden", "8", "--run", Path.Combine(output, "lfq")).Code);
        AssertFails($"{Path.Combine(output, "lfq")}: expected a folder without a run", [.. Tiny, "--output", output]);
        Assert.Equal([Path.Combine(output, "lfq")], Directory.GetDirectories(output));
    }

    [Fact]
    public void Bench_itself_tells_of_its_own_options_still()
    {
        AssertFails("--bach: expected an option of bench; got an unknown one. Did you mean --batch?", "bench", "--bach", "2");
        AssertFails("bench: expected options and their values; got 'foo'.", "bench", "foo");
        AssertFails("runs: expected one of list, compare first; got none.", "runs");
    }

    [Fact]
    public void Every_kind_is_compared()
    {
        var compared = QuantizerVariants.All.Select(variant => variant.Options.Split(' ')[1]);

        Assert.Equal(QuantizerKinds.All.Select(kind => kind.Name).Order(), compared.Distinct().Order());
        Assert.Equal(QuantizerVariants.All.Count, QuantizerVariants.All.Select(variant => variant.Name).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_options_of_a_row_make_a_config_that_differs_in_the_quantizer_alone(string name)
    {
        var variant = QuantizerVariants.All.Single(variant => variant.Name == name);
        var config = variant.Apply(new RunConfig { Run = new RunOptions { Seed = 3, Steps = 7 } });
        config.CheckOptions();

        var quantizer = ConfigOptions.QuantizerOf(config.Model)!;
        Assert.Equal(variant.Options.Split(' ')[1], QuantizerKinds.All.NameOf(quantizer));
        Assert.Equal((3UL, 7L), (config.Run.Seed, config.Run.Steps));
        Assert.Equal(new RunConfig().Data, config.Data);
    }

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();
}
