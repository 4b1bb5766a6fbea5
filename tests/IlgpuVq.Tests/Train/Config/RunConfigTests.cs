using System.Text;
using IlgpuVq.Tests.Support;
using IlgpuVq.Models.VqVaes;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Runs;
using Xunit;

namespace IlgpuVq.Tests.Train.Runs;

public sealed class RunConfigTests
{
    private static readonly RunConfig Complete = new()
    {
        Model = "vqvae",
        Data = "cifar10",
        DataRoot = "/data",
        Accelerator = "cpu",
        Precision = Precision.Tf32,
        Steps = 10_000,
        Batch = 64,
        LearningRate = 1e-3,
        Hidden = 96,
        ResidualHidden = 24,
        ResidualLayers = 3,
        Codes = 256,
        CodeDim = 32,
        Commitment = 0.5,
        Codebook = CodebookRule.Gradient,
        Decay = 0.95,
        Seed = ulong.MaxValue,
        LogEvery = 10,
        CheckpointEvery = 20,
        SampleEvery = 30,
        Channels = 3,
        Height = 32,
        Width = 48,
        DataVariance = 0.063287,
    };

    [Fact]
    public void A_config_comes_back_as_it_was_written() =>
        Assert.Equal(Complete, Read(Encoding.UTF8.GetString(Complete.ToJson())));

    [Fact]
    public void The_file_is_readable_text_with_the_names_of_the_options()
    {
        var json = Encoding.UTF8.GetString(Complete.ToJson());
        string[] lines =
        [
            "\"version\": 1,", "\"residual_hidden\": 24,", "\"learning_rate\": 0.001,", "\"codebook\": \"gradient\",",
            "\"seed\": 18446744073709551615,",
        ];
        foreach (var line in lines)
        {
            Assert.Contains("\n  " + line + "\n", json, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Absent_fields_have_their_defaults_and_unknown_ones_are_passed_over()
    {
        var config = Read("""{"channels":1,"height":28,"width":28,"data_variance":0.1,"ema_warmup":10,"later":{"a":[1]}}""");
        Assert.Equal(new RunConfig { Channels = 1, Height = 28, Width = 28, DataVariance = 0.1 }, config);
        Assert.Equal(512, config.Codes);
    }

    [Theory]
    [InlineData("", "expected the JSON object of a run; got an error in line 1.")]
    [InlineData("null", "expected the JSON object of a run; got null.")]
    [InlineData("[]", "expected the JSON object of a run; got an error in line 1")]
    [InlineData("{\n\"batch\": \"many\"}", "got an error in line 2, field batch.")]
    [InlineData("""{"batch":1,"batch":2}""", "got an error in line 1")]
    [InlineData("""{"model":null}""", "got an error in line 1")]
    [InlineData("""{"codebook":"magic"}""", "got an error in line 1, field codebook.")]
    [InlineData("""{"version":2}""", "expected version 1; got 2. Use the program that wrote the run, or a newer one.")]
    [InlineData("""{"version":0}""", "expected version 1; got 0.")]
    [InlineData("""{"channels":0}""", "expected the options of a run; got channels: expected a whole number of at least 1; got 0. Give another value.")]
    [InlineData("""{"codes":-3}""", "got --codes: expected a whole number of at least 1; got -3.")]
    public void A_damaged_file_is_told_in_one_line(string json, string message)
    {
        var exception = Assert.Throws<RunException>(() => Read(json));
        Assert.Contains("config.json: expected ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void A_file_of_another_size_class_is_not_even_read() => Assert.Contains(
        "expected at most 1048576 bytes; got 1048578.",
        Assert.Throws<RunException>(() => Read("{" + new string(' ', 1 << 20) + "}")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void An_absent_file_is_told_in_one_line() => Assert.Contains(
        "expected a file to read; got none of that name.",
        Assert.Throws<RunException>(() => RunConfig.Read("/no/where/config.json")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Each_option_has_its_range()
    {
        new RunConfig().CheckOptions();
        Throws("--steps: expected a whole number of at least 1; got 0.", Complete with { Steps = 0 });
        Throws("--batch: expected a whole number of at least 1; got 0.", Complete with { Batch = 0 });
        Throws("--hidden: expected an even number of at least 2; got 0.", Complete with { Hidden = 0 });
        Throws("--residual-hidden: expected a whole number of at least 1; got 0.", Complete with { ResidualHidden = 0 });
        Throws("--residual-layers: expected a whole number of at least 0; got -1.", Complete with { ResidualLayers = -1 });
        Throws("--codes: expected a whole number of at least 1; got 0.", Complete with { Codes = 0 });
        Throws("--code-dim: expected a whole number of at least 1; got 0.", Complete with { CodeDim = 0 });
        Throws("--log-every: expected a whole number of at least 1; got 0.", Complete with { LogEvery = 0 });
        Throws("--checkpoint-every: expected a whole number of at least 0; got -1.", Complete with { CheckpointEvery = -1 });
        Throws("--sample-every: expected a whole number of at least 0; got -1.", Complete with { SampleEvery = -1 });
        Throws("--lr: expected a number above 0; got 0.", Complete with { LearningRate = 0 });
        Throws("--lr: expected a number above 0; got NaN.", Complete with { LearningRate = double.NaN });
        Throws("--commitment: expected a number of at least 0; got -1.", Complete with { Commitment = -1 });
        Throws("--decay: expected a number from 0 to below 1; got 1.", Complete with { Decay = 1 });
        Throws("--codebook: expected ema or gradient; got 7.", Complete with { Codebook = (CodebookRule)7 });

        static void Throws(string message, RunConfig config) =>
            Assert.StartsWith(message, Assert.Throws<RunException>(config.CheckOptions).Message, StringComparison.Ordinal);
    }

    private static RunConfig Read(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("config.json"), json);
        return RunConfig.Read(folder.At("config.json"));
    }
}
