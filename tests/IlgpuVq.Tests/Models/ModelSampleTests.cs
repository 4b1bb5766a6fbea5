using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Priors.PixelCnn;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models;

/// <summary>The samples of the models' README.</summary>
public sealed class ModelSampleTests
{
    [Fact]
    public void Layers_take_the_weights_of_another_program()
    {
        using var folder = new TemporaryFolder();
        using var device = Device.Open("cpu");
        using var images = Primitive.RandomUniform(device, [2, 3, 8, 8], -1, 1, seed: 1, stream: 1);
        using var tape = new Tape(device);
        var path = folder["weights.safetensors"];
        using (var encoder = Net(new ModuleScope(device, seed: 5).In("encoder")))
        {
            using var stream = File.Create(path);
            SafetensorsWriter.Write(stream, StateDictionary.ToFile(encoder.State));
        }

        var net = new Sequential(new ModuleScope(device, seed: 1),
            at => new Conv2dLayer(at, new ConvShape(3, 64, Kernel: 3), new Conv2dParams(Padding: 1)),
            at => new BatchNormLayer(at, 64),
            at => new FunctionLayer(at, Relu.Apply));     // keys 0.weight, 0.bias, 1.weight, …, 1.num_batches_tracked
        var y = net.Forward(tape.Constant(images), StepContext.Training);
        using var file = SafetensorsFile.Open(path);      // of another program, where the net lies below "encoder"
        StateDictionary.FromFile(file, path, [.. net.State], rename: StateDictionary.Below("encoder", ""));

        Assert.Equal([2, 64, 8, 8], y.Shape);
        using var same = Net(new ModuleScope(device, seed: 5).In("encoder"));
        Assert.Equal(same.Parameters.First().Value.ToArray(), net.Parameters.First().Value.ToArray());
        net.Dispose();

        static Sequential Net(ModuleScope scope) => new(
            scope,
            at => new Conv2dLayer(at, new ConvShape(3, 64, Kernel: 3), new Conv2dParams(Padding: 1)),
            at => new BatchNormLayer(at, 64),
            at => new FunctionLayer(at, Relu.Apply));
    }

    [Fact]
    public void A_training_loop_lowers_the_error()
    {
        using var device = Device.Open("cpu");
        using var loader = new BatchLoader(DataSets.Open("shapes", new DataSetOptions()), batch: 32, seed: 1);
        var errors = new List<float>();

        using var model = new VqVaeOptions { Channels = 3, Hidden = 16 }.Build(new ModuleScope(device, seed: 1));
        using var optimizer = new AdamOptions { LearningRate = 3e-3 }.Build(model.Parameters);
        using var images = device.Empty<float>([32, 3, 32, 32]);            // what every step reads
        using var error = Primitive.Fill(device, [], 0);                     // and writes
        using var step = new Recording(device, () =>
        {
            using var tape = new Tape(device);
            var x = tape.Constant(images);
            using var output = model.Forward(x, StepContext.Training);
            var distance = MeanSquaredError.Apply(output.Reconstruction, x).Keep();
            tape.Backward(output.Loss is { } own ? distance + own : distance);
            optimizer.Apply();
            Primitive.CopyInto(error, distance.Value);
        });
        for (var i = 0; i < 100; i++)
        {
            images.CopyFrom(loader.Next().Images);
            optimizer.Advance();
            step.Run();                                                      // recorded once, then replayed
            errors.Add(error.Item());
        }

        Assert.True(errors[^1] < 0.5 * errors[0], $"{errors[0]} → {errors[^1]}");
    }

    [Fact]
    public void Rows_are_left_out_batches_come_in_parts_and_codes_stay()
    {
        using var device = Device.Open("cpu");
        using var tape = new Tape(device);
        using var mask = device.From<float>([1, 0], [2]);
        using var codesToKeep = Primitive.Fill(device, [512], 1);
        var rows = tape.Leaf(Primitive.Fill(device, [2, 64], 1));
        var options = new VectorQuantizerOptions { Estimator = Estimator.Rotation };
        using var quantizer = options.Build(new ModuleScope(device, seed: 1));
        using var output = quantizer.Forward(rows, mask, new StepContext(IsTraining: true, IsPart: true));
        ((VectorQuantizer)quantizer).Codebooks[0].Freeze(codesToKeep);

        Assert.Equal(-1, output.Ids.ToArray()[1]);
        Assert.InRange(output.Ids.ToArray()[0], 0, 511);
    }

    [Fact]
    public void A_prior_goes_index_by_index()
    {
        using var device = Device.Open("cpu");
        var shape = new PriorShape(new CodeLayout("codes", 2, 2, [5]), [], Classes: 0);
        using var grid = (AutoregressivePrior)new PixelCnnOptions { Width = 4 }.Build(new ModuleScope(device, seed: 1), shape);
        var drawn = new List<int[]>();

        using var steps = new PriorSteps(grid, count: 16, PriorCondition.None);
        while (!steps.IsDone)
        {
            steps.Choose(Draw(steps.Logits()));            // (16, K) logits → 16 indices
        }

        Assert.Equal(4, drawn.Count);
        Assert.All(drawn[0], index => Assert.Equal(drawn[0][0], index)); // the likeliest of the same logits

        int[] Draw(ReadOnlySpan<float> logits)
        {
            var indices = new int[16];
            for (var i = 0; i < indices.Length; i++)
            {
                indices[i] = LogitSampler.Best(logits.Slice(i * 5, 5));
            }

            drawn.Add(indices);
            return indices;
        }
    }

    [Fact]
    public void A_model_that_is_used_keeps_its_weights()
    {
        using var device = Device.Open("cpu");
        using var model = new VqVaeOptions { Channels = 3, Hidden = 16 }.Build(new ModuleScope(device, seed: 1));
        using var images = Primitive.Fill(device, [1, 3, 16, 16], 0.25f);
        using var result = device.Empty<float>(images.Shape);

        using var frozen = model.Freeze();
        using var reconstruct = new Recording(device, () =>
        {
            using var tape = new Tape(device, recording: false);
            using var output = model.Forward(tape.Constant(images), StepContext.Inference);
            Primitive.CopyInto(result, output.Reconstruction.Value);
        });
        reconstruct.Run();                                                   // again for every image that is copied into images

        using var plain = new Tape(device, recording: false);
        using var expected = model.Forward(plain.Constant(images), StepContext.Inference);
        Assert.Equal(expected.Reconstruction.Value.ToArray(), result.ToArray());
    }

    [Fact]
    public void Samples_are_compiled_as_they_are_shown() =>
        ReadmeSamples.AreCompiled("Models.README.md", "ModelSampleTests.cs", count: 5);
}
