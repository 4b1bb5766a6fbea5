using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Profiling;
using IlgpuVq.Train.Training;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Profiling;

/// <summary><c>explain</c>: its figures against sums of their own, and what is made of them.</summary>
public sealed class ExplainTests : IDisposable
{
    private static readonly string[] Tiny8 =
        ["--hidden", "8", "--residual-hidden", "4", "--codes", "16", "--code-dim", "4", "--batch", "4", "--image", "8"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("cpu")]
    [InlineData("opencl")]
    public void Nodes_bytes_calls_and_lifetimes_are_those_of_a_step(string name)
    {
        OptionalDevice.Require(name);
        using var device = Device.Open(name);
        var config = SmallRun.Config with
        {
            Data = SmallRun.Config.Data with { Augmentation = new() { Flip = true, Contrast = 0.2 } },
        };
        var step = StepExplanation.Of(device, config);

        using var state = new TrainingState(device, config);
        using var again = new TrainingStep(state)
        {
            // The tape itself, after its backward.
            Watch = tape =>
            {
                Assert.Equal(tape.Variables.Count, step.Nodes.Count);
                Assert.Equal(tape.Variables.Sum(variable => 4L * variable.Shape.Aggregate(1, (a, b) => a * b)), step.Bytes);
                foreach (var (variable, node) in tape.Variables.Zip(step.Nodes))
                {
                    Assert.Equal((variable.Op, variable.Shape), (node.Node.Op, node.Node.Shape));
                    Assert.Equal(variable.Inputs.Select(input => input.Id), node.Node.Inputs);
                    Assert.Equal(variable.HasValue, !node.Node.IsReleasedByBackward);
                }
            },
        };
        again.Run();
        var costs = step.Nodes.SelectMany(node => (WorkCost[])[node.Forward, node.Backward])
            .Concat(step.Others.Select(other => other.Cost)).ToArray();
        Assert.Equal(again.Recording.Calls, step.Calls);
        Assert.Equal(step.Calls, costs.Sum(cost => cost.Calls.Count));
        Assert.Equal(step.LaunchesOf.Values.Sum(), costs.Sum(cost => cost.Kernels.Count));
        Assert.All(costs, cost => Assert.Equal(cost.Calls.Count > 0, cost.Milliseconds > 0));
        Assert.Equal(name != "cpu", step.RunsKernels);

        foreach (var node in step.Nodes.Where(node => node.Node.Op == "conv2d"))
        {
            Assert.Contains(node.Forward.Kernels, kernel => kernel.FullName!.Contains("TileProduct", StringComparison.Ordinal));
            Assert.Contains(node.Backward.Kernels, kernel => kernel.FullName!.Contains("TileProduct", StringComparison.Ordinal));
            Assert.Equal($"backward of %{node.Node.Id}", node.KeptUntil);
        }

        Assert.Equal(
            state.Parameters.Select(parameter => parameter.Name).Order(),
            step.Nodes.Where(node => node.IsParameter).Select(node => node.Node.Op).Order());
        Assert.Contains(step.Others, other => other.Name == "optimizer");
        Assert.Equal(3, step.Others.Single(other => other.Name == "augmentation").Cost.Calls.Count);
    }

    [Fact]
    public void Ops_belong_to_the_module_whose_parameters_they_read_or_that_came_before()
    {
        using var device = Device.Open("cpu");
        using var numbers = device.From<float>(new float[4], [2, 2]);
        using var tape = new Tape(device);
        var (x, a) = (tape.Constant(numbers, "images"), tape.Leaf(numbers, "encoder.first.weight"));
        var y = Relu.Apply(Matmul.Apply(Exp.Apply(x), a));
        Mean.Apply(y); // a number before others is none of the loss
        var b = tape.Leaf(numbers, "decoder.weight");
        MeanSquaredError.Apply(Matmul.Apply(y, b), x);
        Assert.Equal(
            ["images", "images", "images", "encoder.first", "encoder.first", "encoder.first", "decoder", "decoder",
                "loss"],
            StepExplanation.ModulesOf(tape.Nodes(), new HashSet<string> { "encoder.first.weight", "decoder.weight" }));
    }

    [Fact]
    public void The_discriminators_step_is_a_tape_of_its_own_in_text_flowchart_and_page()
    {
        string[] adversarial =
            ["explain", .. Tiny8[..^1], "16", "--task", "adversarial", "--discriminator-depth", "2",
                "--discriminator-hidden", "8"];
        using var device = Device.Open("cpu");
        var config = SmallRun.Config with
        {
            Data = SmallRun.Config.Data with { Height = 16, Width = 16 },
            Task = new AdversarialOptions { Discriminator = new() { Depth = 2, Hidden = 8 } },
        };
        var step = StepExplanation.Of(device, config);
        var tapes = step.Tapes.ToDictionary(tape => tape.Key, tape => tape.ToArray());
        Assert.Equal(["model", "discriminator"], tapes.Keys);
        using var state = new TrainingState(device, config);
        using var again = new TrainingStep(state);
        again.Run();
        Assert.Equal(
            state.Task.Parameters.Select(parameter => parameter.Name).Order(),
            tapes["discriminator"].Where(node => node.IsParameter).Select(node => node.Node.Op).Order());
        Assert.Equal(Enumerable.Range(0, step.Nodes.Count), step.Nodes.Select(node => node.Node.Id));
        Assert.All(tapes.Values, nodes => Assert.All(
            nodes, node => Assert.All(node.Node.Inputs, input => Assert.Contains(step.Nodes[input], nodes))));
        var costs = step.Nodes.SelectMany(node => (WorkCost[])[node.Forward, node.Backward])
            .Concat(step.Others.Select(other => other.Cost)).ToArray();
        Assert.Equal((again.Recording.Calls, step.Calls), (step.Calls, costs.Sum(cost => cost.Calls.Count)));
        Assert.All(tapes.Values, nodes => Assert.All(
            nodes.Where(node => node.Node.Op == "conv2d"), node => Assert.NotEmpty(node.Forward.Calls)));

        // Its penalty is on no other tape.
        Assert.Contains(tapes["discriminator"], node => node is { Node.Op: "leaky-relu-gradient", Backward.Calls.Count: > 0 });
        Assert.DoesNotContain(step.Others, other => other.Name.StartsWith("leaky-relu-gradient", StringComparison.Ordinal));
        Assert.Equal(("loss", "discriminator.loss"), (tapes["model"][^1].Module, tapes["discriminator"][^1].Module));
        Assert.All(
            tapes["discriminator"], node => Assert.StartsWith("discriminator.", node.Module, StringComparison.Ordinal));

        var (code, text, errors) = Invoke(adversarial);
        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(
            Regex.Count(text, "(?m)^%"),
            Regex.Matches(text, @"(?m)^(\d+) variables").Sum(line => int.Parse(line.Groups[1].Value)));
        Assert.Single(Regex.Matches(text, "(?m)^tape of the discriminator$"));
        var chart = Invoke([.. adversarial, "--format", "mermaid"]).Output;
        Assert.Single(Regex.Matches(chart, "subgraph g\\d+\\[\"discriminator.loss\"\\]"));
        var path = folder.At("page.html");
        Assert.Equal(0, Invoke([.. adversarial, "--output", path]).Code);
        var page = File.ReadAllText(path);
        AssertIsWellFormed(page);
        Assert.Equal(
            ["Tape of the model", "Tape of the discriminator"],
            Regex.Matches(page, "<h2 id=\"tape-[a-z]+\">(.*?)</h2>").Select(title => title.Groups[1].Value));
        Assert.Equal(2, Regex.Count(page, "<svg"));
    }

    [Fact]
    public void The_text_has_a_line_for_each_node_and_each_kernel_with_its_source()
    {
        var (code, text, errors) = Invoke(["explain", .. Tiny8]);
        Assert.Equal((0, ""), (code, errors));
        var lines = text.Split('\n');
        var nodes = lines.Where(line => line.StartsWith('%')).ToArray();
        Assert.Equal(Enumerable.Range(0, nodes.Length).Select(id => $"%{id}"), nodes.Select(line => line.Split(' ')[0]));
        Assert.Contains($"{nodes.Length} variables, ", text, StringComparison.Ordinal);
        Assert.All(
            nodes.Where(line => line.Contains(" conv2d(", StringComparison.Ordinal)),
            line => Assert.Matches(@"backward of %\d+ +\S+ +\d+\.\d{3} +\d+\.\d{3} +k\d+.* / .*k\d+", line));
        Assert.Contains(lines, line => Regex.IsMatch(line, @"^k\d+ +.*Multiply<.*src/Tensor/Kernels/Tiles/TileProduct\.cs:\d+"));
        Assert.Contains("src/Autograd/Ops/Relu.cs:", text, StringComparison.Ordinal);
        Assert.DoesNotContain("kernel void", text, StringComparison.Ordinal);

        Assert.Contains(".visible .entry", Invoke(["explain", "--source", "ptx", .. Tiny8]).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flowchart_has_each_node_in_its_module()
    {
        var path = folder.At("tape.mmd");
        Assert.Equal(0, Invoke(["explain", "--output", path, .. Tiny8]).Code);
        var text = File.ReadAllText(path);
        Assert.StartsWith("flowchart TD\n", text, StringComparison.Ordinal);
        Assert.Equal(Regex.Count(text, "subgraph "), Regex.Count(text, "(?m)^    end$"));
        Assert.Matches(@"v\d+\[""%\d+ conv2d<br>\([0-9, ]+\)<br>value [0-9.]+ k?M?B<br>forward ms [0-9.]+<br>backward ms", text);
        var again = Invoke(["explain", "--format", "mermaid", .. Tiny8]).Output;
        Assert.Equal(again.Count(character => character == '\n'), text.Count(character => character == '\n'));
    }

    [Fact]
    public void The_page_of_a_run_stands_alone_and_opens_each_node_with_its_kernels()
    {
        var (run, path) = (folder.At("run"), folder.At("page.html"));
        Assert.Equal(0, Invoke(["train", "--run", run, "--steps", "1", .. Tiny]).Code);
        var (code, output, errors) = Invoke("explain", "--run", run, "--output", path);
        Assert.Equal((0, ""), (code, errors));
        var page = File.ReadAllText(path);
        AssertIsWellFormed(page);
        Assert.DoesNotMatch("(src|href)=\"(?!#)", page);
        Assert.DoesNotMatch(@"url\(|@import|https?://", page);

        using var data = JsonDocument.Parse(
            Regex.Match(page, "id=\"data\">(.*?)</script>", RegexOptions.Singleline).Groups[1].Value);
        var nodes = data.RootElement.GetProperty("nodes").EnumerateArray().ToArray();
        Assert.Equal(
            Enumerable.Range(0, nodes.Length),
            Regex.Matches(page, "data-node=\"(\\d+)\"").Select(match => int.Parse(match.Groups[1].Value)));
        var kernels = data.RootElement.GetProperty("kernels").EnumerateArray().ToArray();
        Assert.Equal($"wrote {path}: {nodes.Length} nodes, {kernels.Length} kernels\n", output);
        Assert.All(kernels, kernel => Assert.Contains(
            "kernel void", kernel.GetProperty("text").GetString()!, StringComparison.Ordinal));
        for (var id = 0; id < nodes.Length; id++)
        {
            // Each input knows its user, and the other way round.
            Assert.All(nodes[id].GetProperty("inputs").EnumerateArray(), input => Assert.Contains(
                id, nodes[input.GetInt32()].GetProperty("users").EnumerateArray().Select(user => user.GetInt32())));
        }

        var svg = XElement.Parse(Regex.Match(page, "<svg.*?</svg>", RegexOptions.Singleline).Value);
        Assert.Equal(
            nodes.Count(node => node.GetProperty("users").GetArrayLength() > 0), svg.Elements("path").Count());
    }

    [Fact]
    public void Wrong_options_are_refused_in_one_line()
    {
        AssertFails("--format: expected one of text, mermaid, html; got 'htlm'. Did you mean", "explain", "--format", "htlm");
        AssertFails("--format: expected the file as --output for a page of html; got none.", "explain", "--format", "html");
        AssertFails("--source: expected none in a flowchart of mermaid; got ptx.",
            "explain", "--format", "mermaid", "--source", "ptx");
        AssertFails("--image: expected a whole number of at least 1; got 0.", "explain", "--image", "0");
        AssertFails("--channels: expected a whole number from 1 to 3; got 4.", "explain", "--channels", "4");
        AssertFails("--image: expected images whose sides 4 divides", "explain", "--image", "30");
        AssertFails("--output: expected a file in a folder that is there", "explain", "--output", folder.At("none/page.html"));
        AssertFails($"{folder.At("none")}: expected", "explain", "--run", folder.At("none"));
        AssertFails("--preset: expected", "explain", "--preset", "zalado");
    }

    [Fact]
    public void Options_that_a_run_has_already_are_refused_in_words_of_a_step_that_is_shown()
    {
        const string instead = " Leave the option out, or leave --run out for a step by options alone.\n";
        var run = folder.At("run");
        Assert.Equal(0, Invoke(["train", "--run", run, "--steps", "1", .. Tiny]).Code);
        string[] explain = ["explain", "--run", run];
        (string Message, string[] Options)[] cases =
        [
            ("--hidden: expected 8, as the run was started with; got 16.", ["--hidden", "16"]),
            ("--set run.batch: expected 4, as the run was started with; got 8.", ["--set", "run.batch=8"]),
            ("--preset: expected none for the step of a run: it keeps its settings; got 'zalando'.", ["--preset", "zalando"]),
            ("--config: expected none for the step of a run: it keeps its settings; got a.json.", ["--config", "a.json"]),
        ];
        foreach (var (message, options) in cases)
        {
            Assert.Equal(message + instead, AssertFails(message, [.. explain, .. options]));
        }

        AssertFails(
            "--model, --quantizer, --task and --optimizer: expected those that the run was started with; got others. Leave them "
                + "out, or leave --run out for a step by options alone.", [.. explain, "--optimizer", "adamw"]);
        Assert.Equal(0, Invoke([.. explain, "--lr", "1e-3", "--image", "8"]).Code);
    }

    /// <summary>Tags close in the order that HTML wants; text of scripts and styles is no tag.</summary>
    private static void AssertIsWellFormed(string page)
    {
        var plain = Regex.Replace(page, "(<(script|style)[^>]*>).*?(</\\2>)", "$1$3", RegexOptions.Singleline);
        var open = new Stack<string>();
        foreach (Match tag in Regex.Matches(plain, @"<(/?)([a-z0-9]+)((?:\s+[a-zA-Z-]+(?:=""[^""<]*"")?)*)\s*(/?)>"))
        {
            if (tag.Groups[1].Value == "/")
            {
                Assert.Equal(tag.Groups[2].Value, open.Pop());
            }
            else if (tag.Groups[2].Value is not "meta" && tag.Groups[4].Value.Length == 0)
            {
                open.Push(tag.Groups[2].Value);
            }
        }

        Assert.Empty(open);
        Assert.DoesNotMatch("<(?![a-z/!])", plain);
        var ids = Regex.Matches(plain, " id=\"[^\"]*\"").Select(id => id.Value).ToArray();
        Assert.Equal(ids.Distinct(), ids);
    }
}
