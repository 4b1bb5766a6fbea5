using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Support;
using IlgpuVq.Tests.Train.Commands;
using IlgpuVq.Train.Profiling;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;
using static IlgpuVq.Tests.Train.Commands.SampleRuns;

namespace IlgpuVq.Tests.Train.Profiling;

/// <summary><c>--trace</c> of commands that train nothing: the file shows what they do in its order, and changes nothing of
/// it.</summary>
[Collection(nameof(SampleRuns))]
public sealed class CommandTimelineTests(SampleRuns runs) : IDisposable
{
    private const string Hint = "open it at https://ui.perfetto.dev or chrome://tracing";
    private const int Pixels = Width * Height * 3;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Evaluate_reads_encodes_decodes_measures_and_scores_in_batches_and_writes()
    {
        var file = Follow("evaluate", "--run", runs.ByClass, "--batch", "4");
        Assert.Equal(
            [
                "read the model", "open the images", "read images 1 to 4", "encode", "decode", "measure", "read images 5 to 6",
                "encode", "decode", "measure", "read the prior", "read images 1 to 6", "encode", "score",
                "write figures and plots",
            ],
            JobsOf(file));
        var encode = file.Events.First(each => each.Name == "encode");
        Assert.Equal(
            ["copy to device", "copy to host"],
            file.Of("copy").Where(encode.Holds).Select(copy => copy.Name).Distinct());
        var bytes = $"{4 * Pixels * sizeof(float)}";
        Assert.Contains(file.Of("copy"), copy => encode.Holds(copy) && copy.Arguments["bytes"] == bytes);
        Assert.Contains(file.Of("op"), op => encode.Holds(op) && op.Name == "conv2d");
        var score = file.Events.Single(each => each.Name == "score");
        Assert.Contains(file.Of("op"), op => score.Holds(op) && op.Name == "cross-entropy");
        Assert.All(file.Of("op"), op => Assert.Contains(file.Of("primitive"), op.Holds));
    }

    [Fact]
    public void With_json_the_line_about_the_trace_is_none_of_the_output()
    {
        var trace = folder.At("trace.json");
        var (code, output, errors) = Invoke("evaluate", "--run", runs.Model, "--json", "--trace", trace);
        Assert.Equal((0, '{', '}'), (code, output[0], output.TrimEnd()[^1]));
        Assert.EndsWith($"trace: {trace}; {Hint}\n", errors, StringComparison.Ordinal);
        Assert.Equal("all", TraceFile.Read(trace).Notes["calls"]);
    }

    [Fact]
    public void Reconstruct_reads_encodes_decodes_and_writes_its_picture()
    {
        string[] reconstruct = ["reconstruct", "--run", runs.Model, "--input", runs.Data, "--count", "3"];
        var (plain, followed) = (folder.At("a.png"), folder.At("b.png"));
        Succeed([.. reconstruct, "--output", plain]);
        var file = Follow([.. reconstruct, "--output", followed]);
        Assert.Equal(
            ["read the model", "open the images", "read images 1 to 3", "encode", "decode", "write the picture"], JobsOf(file));
        Assert.Equal(File.ReadAllBytes(plain), File.ReadAllBytes(followed));
    }

    [Theory]
    [InlineData("kernels")]
    [InlineData("opencl")]
    public void Kernels_lie_in_the_calls_that_launch_them(string accelerator)
    {
        OptionalDevice.Require(accelerator);
        var file = Follow(
            "reconstruct", "--run", runs.Model, "--input", runs.Image(0), "--output", folder.At("a.png"), "--accelerator",
            accelerator);
        Assert.NotEmpty(file.Of("kernel"));
        Assert.All(file.Of("kernel"), kernel => Assert.Contains(file.Of("primitive"), call => call.Holds(kernel)));
    }

    [Fact]
    public void Sample_draws_codes_decodes_them_and_writes_its_picture()
    {
        string[] sample = ["sample", "--run", runs.ByClass, "--output", folder.At("a.png")];
        var file = Follow([.. sample, "--count", "3"]);
        Assert.Equal(["read the prior", "draw codes", "decode", "write the picture"], JobsOf(file));
        var draw = file.Events.Single(each => each.Name == "draw codes");
        Assert.Contains(file.Of("primitive"), draw.Holds);

        Assert.Equal(
            [
                "read the prior", "open the images", "read images 1 to 2", "encode", "draw codes", "decode", "decode",
                "write the picture",
            ],
            JobsOf(Follow([.. sample, "--from-image", runs.Data, "--images", "2", "--count", "1"])));
        var jobs = JobsOf(Follow([.. sample, "--neighbours", "2", "--count", "1"]));
        Assert.Equal(
            ["read the prior", "open the images", "draw codes", "decode", "find the nearest images"], jobs.Take(5));
    }

    [Fact]
    public void Encode_and_decode_show_their_files()
    {
        var (codes, plain) = (folder.At("codes.safetensors"), folder.At("plain.safetensors"));
        string[] encode = ["encode", "--run", runs.Model, "--input", runs.Data, "--output"];
        Assert.Equal(
            ["read the model", "open the images", "read images 1 to 6", "encode", "append codes", "write the file"],
            JobsOf(Follow([.. encode, codes])));
        Succeed([.. encode, plain]);
        Assert.Equal(File.ReadAllBytes(plain), File.ReadAllBytes(codes));
        string[] decode = ["decode", "--run", runs.Model, "--input", codes];
        Assert.Equal(
            ["open the codes", "read the model", "decode", "write the picture"],
            JobsOf(Follow([.. decode, "--output", folder.At("a.png")])));
        Assert.Equal(
            ["open the codes", "read the model", "decode", "write pictures"],
            JobsOf(Follow([.. decode, "--folder", folder.At("images")])));
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_refused_before_any_work()
    {
        var picture = folder.At("a.png");
        string[] trace = ["--trace", folder.At("none/t.json"), "--run", runs.Model];
        AssertFails("--trace: expected a file in a folder that is there", ["evaluate", .. trace]);
        string[][] others =
            [["reconstruct", "--input", runs.Data], ["encode", "--input", runs.Data], ["decode", "--input", "c"], ["sample"]];
        foreach (var other in others)
        {
            AssertFails("--trace: expected a file in a folder that is there", [.. other, "--output", picture, .. trace]);
        }

        Assert.False(File.Exists(picture));
    }

    [Fact]
    public void Calls_of_a_job_belong_to_no_op_of_the_job_before()
    {
        using var device = Device.Open("cpu");
        Assert.Null(device.BeginJob("a job of nobody"));
        using var x = Primitive.Fill(device, [2], 1);
        var path = folder.At("trace.json");
        var timeline = CommandTimeline.Of(device, path, "all")!;
        using (device.BeginJob("first"))
        {
            using var tape = new Tape(device, recording: false);
            Relu.Apply(tape.Constant(x));
        }

        device.InJob("second", () => Primitive.Fill(device, [2], 2)).Dispose();
        Primitive.FillInto(x, 3);
        timeline.Write(_ => { });
        var file = TraceFile.Read(path);
        file.AssertNests();
        Assert.Equal(["relu"], file.Of("op").Select(op => op.Name));
        Assert.True(file.Events.Single(each => each.Name == "first").Holds(file.Of("op").Single()));
    }

    /// <summary>The trace of a command: what nests, and lies in the command's own slice.</summary>
    private TraceFile Follow(params string[] command)
    {
        var path = folder.At("trace.json");
        Assert.EndsWith(
            $"trace: {path}; {Hint}\n", Succeed([.. command, "--trace", path]), StringComparison.Ordinal);
        var file = TraceFile.Read(path);
        File.Delete(path);
        file.AssertNests();
        var whole = file.Events[0];
        Assert.Equal(("job", command[0]), (whole.Kind, whole.Name));
        Assert.All(file.Events, each => Assert.True(whole.Holds(each), $"{each}"));
        Assert.Contains(file.Of("op"), op => op.Name.StartsWith("conv", StringComparison.Ordinal));
        return file;
    }

    /// <summary>What the command did, in its order.</summary>
    private static string[] JobsOf(TraceFile file) =>
        [.. file.Events.Skip(1).Where(each => each.Kind is "job" or "loader").Select(each => each.Name)];
}
