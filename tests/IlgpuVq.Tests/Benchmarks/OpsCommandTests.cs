using System.CommandLine;
using System.Text.Json;
using IlgpuVq.Benchmarks;
using IlgpuVq.Train.Commands;
using Spectre.Console;
using Xunit;

namespace IlgpuVq.Tests.Benchmarks;

public sealed class OpsCommandTests
{
    [Fact]
    public void Ops_are_timed_by_name()
    {
        var (code, output, errors) = Invoke("--filter", "add", "--batch", "1", "--accelerator", "cpu", "--json");
        Assert.Equal((0, ""), (code, errors));
        var table = JsonDocument.Parse(output).RootElement;
        Assert.Equal(
            ("cpu", "fp32", 1), (Text(table, "accelerator"), Text(table, "precision"), table.GetProperty("batch").GetInt32()));
        Assert.True(table.GetProperty("peak_gflops").GetDouble() > 0);
        var ops = table.GetProperty("ops").EnumerateArray().ToArray();
        Assert.Equal(["add", "add bias"], ops.Select(op => Text(op, "op")));
        Assert.All(ops, op =>
        {
            Assert.True(op.GetProperty("of_peak").GetDouble() > 0);
            Assert.InRange(op.GetProperty("ms_min").GetDouble(), double.Epsilon, op.GetProperty("ms_median").GetDouble());
        });
    }

    [Theory]
    [InlineData("--filter: expected a part of an op's name (matmul, nearest-code, conv2d, ", "--filter", "fft")]
    [InlineData("--batch: expected a whole number of at least 1; got 0.", "--batch", "0")]
    public void Wrong_options_are_one_line(string message, string option, string value)
    {
        var (code, _, errors) = Invoke("--accelerator", "cpu", option, value);
        Assert.Equal(1, code);
        Assert.StartsWith(message, errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(character => character == '\n'));
    }

    private static string? Text(JsonElement element, string property) => element.GetProperty(property).GetString();

    private static (int Code, string Output, string Errors) Invoke(params string[] options)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Interactive = InteractionSupport.No });
        var root = new RootCommand { OpsCommand.Create(console) };
        return (CommandLine.Invoke(root.Parse(["ops", .. options]), output, errors), output.ToString(), errors.ToString());
    }
}
