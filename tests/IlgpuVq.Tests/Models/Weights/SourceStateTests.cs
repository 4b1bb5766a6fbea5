using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Models.Torch;
using IlgpuVq.Models.Weights;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Models.Torch;
using Xunit;

namespace IlgpuVq.Tests.Models.Weights;

/// <summary>Models with the weights that PyTorch saved of others, and what is written of them.</summary>
public sealed class SourceStateTests : IDisposable
{
    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public void Dispose() => device.Dispose();

    [Theory]
    [InlineData("zalando", "zip")]
    [InlineData("rosinality", "zip")]
    public void A_model_makes_of_images_what_the_one_did_whose_weights_it_has(string example, string form)
    {
        using var model = Import(example, form);
        var lines = TorchGoldens.Tensors(example);
        var x = lines.Single(line => line.Name == "x");
        using var images = device.From<float>(x.Floats, x.Shape);
        using var decoded = model.Decode(model.Encode(images));

        lines.Single(line => line.Name == "y").AssertClose(decoded.ToArray(), 1e-4, example);
    }

    [Theory]
    [InlineData("zalando")]
    [InlineData("rosinality")]
    public void What_is_written_is_what_was_read(string example)
    {
        using var model = Import(example, "zip");
        using var written = new MemoryStream();
        using (var source = model.ToSource())
        {
            TorchWriter.Write(written, StateDictionary.ToFile(source.Tensors));
        }

        using var before = TorchReadTests.Open(TorchGoldens.Checkpoint(example, "zip"));
        using var after = TorchReadTests.Open(written.ToArray());
        Assert.Equal(before.Tensors.Select(entry => entry.Name).Order(), after.Tensors.Select(entry => entry.Name).Order());
        foreach (var entry in before.Tensors)
        {
            Assert.Equal(entry.ToString(), after.Find(entry.Name)!.ToString());
            var (own, theirs) = (new float[entry.Count], new float[entry.Count]);
            before.ReadFloats(entry.Name, theirs);
            after.ReadFloats(entry.Name, own);

            // Counts are solved for and smoothed again.
            var tolerance = entry.Name.Contains("_ema_cluster_size", StringComparison.Ordinal) ? 2e-6f : 0;
            Assert.All(theirs.Zip(own), pair => Assert.Equal(pair.First, pair.Second, tolerance * (1 + Math.Abs(pair.First))));
        }
    }

    [Theory]
    [InlineData(EmaStart.Debiased)]
    [InlineData(EmaStart.Zero)]
    [InlineData(EmaStart.Running)]
    public void A_codebook_of_rosinality_is_transposed_and_its_counts_are_not_smoothed(EmaStart start)
    {
        using var model = Import("rosinality", "zip", start);
        using var file = TorchReadTests.Open(TorchGoldens.Checkpoint("rosinality", "zip"));
        var (embed, counts) = (new float[15], new float[5]);
        file.ReadFloats("quantize_b.embed", embed);
        file.ReadFloats("quantize_b.cluster_size", counts);
        var state = model.State.Where(named => named.WholeNumbers is null)
            .ToDictionary(named => named.Key, named => named.Tensor.ToArray());

        for (var k = 0; k < 5; k++)
        {
            for (var d = 0; d < 3; d++)
            {
                Assert.Equal(embed[d * 5 + k], state["quantize_b._embedding.weight"][k * 3 + d]);
            }
        }

        var (total, own) = ((double)counts.Sum(), state["quantize_b._ema_cluster_size"]);
        Assert.All(counts.Zip(own), pair => Assert.Equal(
            start == EmaStart.Running ? (pair.First + 1e-5) * total / (total + 5e-5) : pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void Sizes_are_those_of_the_file()
    {
        using var zalando = TorchReadTests.Open(TorchGoldens.Checkpoint("zalando", "zip"));
        var options = (VqVaeOptions)WeightSources.All.Single(source => source.Name == "zalando")
            .Options(new VqVaeOptions(), new WeightShapes(zalando, "z.pt"));
        Assert.Equal((3, 4, 3, 1), (options.Channels, options.Hidden, options.ResidualHidden, options.ResidualLayers));
        var quantizer = (VectorQuantizerOptions)options.Quantizer;
        Assert.Equal((6, 3, CodebookRule.Ema), (quantizer.CodebookSize, quantizer.CodeDim, quantizer.Rule));
        Assert.Equal(
            "z.pt: expected a tensor none of more than 0 dimensions; got none. Name a file of the program's own weights.",
            Assert.Throws<StateDictionaryException>(() => new WeightShapes(zalando, "z.pt").Length("none", 0)).Message);
    }

    [Theory]
    [InlineData("mid_block.attentions.0.query.weight", "mid_block.attentions.0.to_q.weight")]
    [InlineData("a.attentions.12.key.bias", "a.attentions.12.to_k.bias")]
    [InlineData("a.attentions.0.value.weight", "a.attentions.0.to_v.weight")]
    [InlineData("a.attentions.0.proj_attn.weight", "a.attentions.0.to_out.0.weight")]
    [InlineData("a.attentions.0.group_norm.weight", "a.attentions.0.group_norm.weight")]
    [InlineData("a.query.weight", "a.query.weight")]
    public void Earlier_names_of_attention_are_renewed(string old, string now)
    {
        var entry = OldNames.Renew(new TensorEntry(old, SafetensorsType.F32, [4, 4, 1, 1]));
        Assert.Equal(now, entry.Name);
        Assert.Equal(now.Contains(".to_", StringComparison.Ordinal) && now.EndsWith("weight", StringComparison.Ordinal)
            ? [4, 4]
            : new long[] { 4, 4, 1, 1 }, entry.Shape);
    }

    [Fact]
    public void A_tensor_is_read_under_another_name_and_two_of_one_are_refused()
    {
        using var file = TorchReadTests.Open(TorchGoldens.Checkpoint("kinds", "zip"));
        using var view = new TensorView(file, "k.pt", entry => entry.Name.StartsWith("list.", StringComparison.Ordinal)
            ? entry with { Name = entry.Name["list.".Length..] }
            : null);
        Assert.Equal(["0", "1.0"], view.Tensors.Select(entry => entry.Name));
        var numbers = new float[2];
        view.ReadFloats("0", numbers);
        Assert.Equal([1f, 1], numbers);
        Assert.Equal(
            "k.pt: expected one tensor for x; got tensors.float32 and tensors.float64. Leave one of them out.",
            Assert.Throws<StateDictionaryException>(
                () => new TensorView(file, "k.pt", entry => entry with { Name = "x" })).Message);
    }

    private Autoencoder Import(string example, string form, EmaStart start = EmaStart.Debiased)
    {
        using var file = TorchReadTests.Open(TorchGoldens.Checkpoint(example, form));
        var quantizer = new VectorQuantizerOptions { EmaStart = start };
        AutoencoderOptions options = example == "zalando"
            ? new VqVaeOptions { ResidualSkip = ResidualSkip.Rectified, Quantizer = quantizer }
            : new VqVae2Options { Quantizer = quantizer };
        var source = WeightSources.All.Single(source => source.Name == example);
        var model = source.Options(options, new WeightShapes(file, example)).Build(new ModuleScope(device, seed: 1));
        using var state = model.ToSource();
        StateDictionary.FromFile(file, example, state.Tensors);
        state.TakeOver();
        return model;
    }
}
