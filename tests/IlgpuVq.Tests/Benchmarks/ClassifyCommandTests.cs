using System.CommandLine;
using IlgpuVq.Benchmarks;
using IlgpuVq.Models.Data;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Train.Commands;
using IlgpuVq.Train.Commands;
using Xunit;

namespace IlgpuVq.Tests.Benchmarks;

[Collection(nameof(SampleRuns))]
public sealed class ClassifyCommandTests(SampleRuns runs)
{
    [Fact]
    public void Samples_are_named_by_a_network_that_learnt_the_images()
    {
        var (code, output, errors) = Invoke("--run", runs.ByClass, "--steps", "3", "--samples", "10", "--seed", "4");
        Assert.Equal((0, ""), (code, errors));
        Assert.Matches(@"test images: \d of 6 named right", output);
        Assert.Matches(@"their reconstructions: \d of 6 named right", output);
        Assert.Matches(@"samples: \d+ of 10 named right", output);
        Assert.Matches(@"class cats: \d of 4\s+class dogs: \d of 3\s+class eels: \d of 3", output);
        Assert.Equal(output, Invoke("--run", runs.ByClass, "--steps", "3", "--samples", "10", "--seed", "4").Output);
    }

    [Fact]
    public void A_classifier_learns_what_labels_say_and_is_the_same_for_the_same_seed()
    {
        // Labels by the half that is bright; in the second set by chance.
        var random = new Random(1);
        var (pixels, labels) = (new byte[300 * 64], new int[300]);
        random.NextBytes(pixels);
        for (var i = 0; i < pixels.Length; i++)
        {
            labels[i / 64] = i / 64 % 3 == 0 ? 1 : 0;
            pixels[i] = (byte)(pixels[i] / 2 + (i % 8 < 4 == (labels[i / 64] == 1) ? 100 : 0));
        }

        var shown = new MemoryDataSet("shown", DataSets.Train, (1, 8, 8), ["right", "left"], pixels[..(200 * 64)], labels[..200]);
        int[] chance = [.. labels[..200].Select(_ => random.Next(2))];
        var shuffled = new MemoryDataSet("chance", DataSets.Train, (1, 8, 8), ["right", "left"], pixels[..(200 * 64)], chance);
        var rest = pixels[(200 * 64)..].Select(value => value / 255f - 0.5f).ToArray();

        var names = Learn(shown, seed: 2);
        Assert.Equal(labels[200..], names);
        Assert.Equal(names, Learn(shown, seed: 2));
        Assert.InRange(Learn(shuffled, seed: 2).Zip(labels[200..]).Count(pair => pair.First == pair.Second), 10, 90);

        int[] Learn(ImageDataSet set, ulong seed)
        {
            using var device = Device.Open("cpu");
            using var classifier = new ImageClassifier(device, channels: 1, classes: 2, seed);
            var steps = new List<long>();
            classifier.Learn(set, batch: 20, steps: 60, steps.Add);
            Assert.Equal(Enumerable.Range(0, 61).Select(i => (long)i), steps);
            return classifier.Name(rest, (1, 8, 8));
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_a_line()
    {
        Fails("--run: expected a prior of labelled images; got one that knows no classes.", "--run", runs.Masks);
        Fails("--samples: expected a whole number of at least 1; got 0.", "--run", runs.ByClass, "--samples", "0");
        Fails("--batch: expected a whole number of at least 2; got 1.", "--run", runs.ByClass, "--batch", "1");
        Fails("--run: expected the run of a prior; got ", "--run", runs.Model);
        Fails(
            "shapes: expected images of 16×12 in 3 classes, as the prior learnt; got ", "--run", runs.ByClass, "--data",
            "shapes");
    }

    private void Fails(string message, params string[] options)
    {
        var (code, _, errors) = Invoke(options);
        Assert.Equal(1, code);
        Assert.StartsWith(message, errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(character => character == '\n'));
    }

    private (int Code, string Output, string Errors) Invoke(params string[] options)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var root = new RootCommand { ClassifyCommand.Create(ProgramRun.Console(output)) };
        string[] data = options.Contains("--data") ? [] : ["--data", runs.Data];
        string[] batch = options.Contains("--batch") ? [] : ["--batch", "4"];
        var code = CommandLine.Invoke(
            root.Parse(["classify", "--accelerator", "cpu", .. batch, .. data, .. options]), output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
