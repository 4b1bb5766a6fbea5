using System.Text.Json.Nodes;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Models.Torch;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Models.Torch;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Weights;

/// <summary>The commands import and export as their user meets them.</summary>
public sealed class ImportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Pixels there are those here, moved by a shift, times a scale: −½ to ½, −1 to 1, or 0 to 1.</summary>
    [Theory]
    [InlineData("zalando", "zip", "", 21, 0, 1)]
    [InlineData("zalando", "nested", " below model.module", 21, 0, 1)]
    [InlineData("rosinality", "zip", "", 48, 0, 2)]
    [InlineData("rosinality", "nested", " below model.module", 48, 0, 2)]
    [InlineData("ritheshkumar", "older", "", 75, 0, 2)]
    [InlineData("nadavbh12-cifar10", "older", "", 65, 0, 2)]
    [InlineData("nadavbh12-mnist", "older", "", 65, 0.5f, 1)]
    [InlineData("nadavbh12-cvae", "older", "", 74, 0, 2)]
    [InlineData("hwangjohn-paper", "older", "", 80, 0, 1)]
    [InlineData("hwangjohn-colab", "older", "", 25, 0, 1)]
    public void Weights_of_PyTorch_make_a_run_that_reconstructs_as_they_did(
        string example, string form, string below, int count, float shift, float scale)
    {
        var (input, run) = (Checkpoint(example, form), folder.At("run"));
        var output = Succeeds("import", "--input", input, "--run", run);
        Assert.StartsWith($"imported {count} tensors{below} of {input} as {example}", output, StringComparison.Ordinal);

        using var device = Device.Open("cpu");
        using var trained = TrainedModel.Load(device, run, CheckpointStore.LatestName, _ => { });
        Assert.Equal(0, trained.Checkpoint.Step);
        var lines = TorchGoldens.Tensors(example);
        var x = lines.Single(line => line.Name == "x");
        using var images = device.From<float>(Array.ConvertAll(x.Floats, pixel => pixel / scale - shift), x.Shape);
        using var drawn = Reconstruct(trained.Model, images);
        lines.Single(line => line.Name == "y").AssertClose(
            Array.ConvertAll(drawn.ToArray(), pixel => (pixel + shift) * scale), 1e-4, example);
    }

    private static Tensor<float> Reconstruct(Autoencoder model, Tensor<float> images)
    {
        if (model is not ContinuousAutoencoder continuous)
        {
            return model.Decode(model.Encode(images));
        }

        using var latents = continuous.EncodeLatents(images);
        return continuous.DecodeLatents(latents);
    }

    [Theory]
    [InlineData("ritheshkumar")]
    [InlineData("nadavbh12-cifar10")]
    [InlineData("nadavbh12-mnist")]
    [InlineData("nadavbh12-cvae")]
    [InlineData("hwangjohn-paper")]
    [InlineData("hwangjohn-colab")]
    public void What_is_exported_has_the_keys_shapes_and_numbers_of_what_was_imported(string example)
    {
        Succeeds("import", "--input", Checkpoint(example, "older"), "--run", folder.At("run"));
        Succeeds("export", "--run", folder.At("run"), "--output", folder.At("again.pt"));
        using var before = TorchReadTests.Open(TorchGoldens.Checkpoint(example, "older"));
        using var after = TorchFile.Open(folder.At("again.pt"));
        Assert.Equal(before.Tensors.Select(entry => $"{entry}").Order(), after.Tensors.Select(entry => $"{entry}").Order());
        foreach (var entry in before.Tensors)
        {
            var (own, theirs) = (new float[entry.Count], new float[entry.Count]);
            before.ReadFloats(entry.Name, theirs);
            after.ReadFloats(entry.Name, own);
            Assert.Equal(theirs, own);
        }
    }

    [Fact]
    public void Files_of_one_program_are_told_from_those_of_another_with_the_same_keys()
    {
        // Norms, and the layers of blocks under a second name, are HwangJohn's; what is asked for counts for all else.
        var norms = Checkpoint("hwangjohn-paper", "older");
        Succeeds("import", "--input", norms, "--run", folder.At("asked"), "--preset", "zalando", "--commitment", "0.5");
        var model = ModelOf("asked");
        Assert.Equal(("true", "clean"), (model["use_norm"]!.ToJsonString(), (string)model["residual_skip"]!));
        Assert.Equal(0.5, (double)model["quantizer"]!["commitment"]!);

        Succeeds("import", "--input", Checkpoint("hwangjohn-colab", "older"), "--run", folder.At("gelu"), "--activation", "gelu",
            "--residual-skip", "clean");
        Assert.Equal(("gelu", "twice"), ((string)ModelOf("gelu")["activation"]!, (string)ModelOf("gelu")["block_names"]!));

        Succeeds("import", "--input", Checkpoint("zalando", "zip"), "--run", folder.At("plain"), "--preset", "hwangjohn-colab");
        Succeeds("export", "--run", folder.At("plain"), "--output", folder.At("plain.pt"));
        using var plain = TorchFile.Open(folder.At("plain.pt"));
        Assert.Equal(21, plain.Tensors.Count);

        JsonNode ModelOf(string run) =>
            JsonNode.Parse(File.ReadAllText(Path.Combine(folder.At(run), RunFolder.ConfigName)))!["model"]!;
    }

    [Fact]
    public void An_imported_run_evaluates_encodes_decodes_reconstructs_and_goes_on_training()
    {
        var run = folder.At("run");
        Succeeds("import", "--input", Checkpoint("zalando", "zip"), "--run", run, "--batch", "4", "--log-every", "2");
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(run, RunFolder.ConfigName)))!;
        Assert.Equal((0, 3), ((int)config["data"]!["height"]!, (int)config["data"]!["channels"]!));

        Succeeds("evaluate", "--run", run, "--data", "shapes");
        var result = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "evaluate-test.json")))!;
        Assert.True((double)result["nmse"]! > 0);
        Succeeds("reconstruct", "--run", run, "--input", "shapes", "--output", folder.At("grid.png"));
        Succeeds("encode", "--run", run, "--input", "shapes", "--output", folder.At("codes"));
        Succeeds("decode", "--run", run, "--input", folder.At("codes"), "--output", folder.At("images.png"));

        // Images that are known from the first step on are those of the run.
        Succeeds("train", "--run", run, "--resume", "latest", "--data", "shapes", "--steps", "4");
        Assert.Equal([4L, 0], RunFolder.OpenForReading(run).OpenCheckpoints().List().Select(checkpoint => checkpoint.Step));
        Assert.Equal(32, (int)JsonNode.Parse(File.ReadAllText(Path.Combine(run, RunFolder.ConfigName)))!["data"]!["height"]!);
        AssertFails($"{run}: expected a folder without a run; got one that holds a run.",
            "import", "--input", Checkpoint("zalando", "zip"), "--run", run);

        Succeeds("export", "--run", run, "--checkpoint", "0", "--output", folder.At("zero.safetensors"));
        using var zero = SafetensorsFile.Open(folder.At("zero.safetensors"));
        using var before = TorchReadTests.Open(TorchGoldens.Checkpoint("zalando", "zip"));
        Assert.Equal(before.Tensors.Select(entry => $"{entry}").Order(), zero.Entries.Select(entry => $"{entry}").Order());
    }

    [Fact]
    public void Data_that_are_named_are_those_of_the_run()
    {
        var run = folder.At("run");
        Succeeds("import", "--input", Checkpoint("zalando", "zip"), "--run", run, "--data", "shapes", "--weight-ema", "0.9",
            "--batch", "4");
        Assert.Equal(32, (int)JsonNode.Parse(File.ReadAllText(Path.Combine(run, RunFolder.ConfigName)))!["data"]!["height"]!);
        using (var checkpoint = SafetensorsFile.Open(Path.Combine(run, "checkpoints", "step-00000000.safetensors")))
        {
            var (average, weight) = (new float[96], new float[96]);
            checkpoint.ReadFloats("_encoder._conv_1.weight", average);
            checkpoint.ReadFloats("train/weights._encoder._conv_1.weight", weight);
            Assert.Equal(weight, average);
        }

        Succeeds("train", "--run", run, "--resume", "latest", "--steps", "2");
        AssertFails("shapes: expected images of 1 channels, as the imported model has; got 3.",
            "import", "--input", Grey(), "--run", folder.At("grey"), "--data", "shapes");
    }

    [Theory]
    [InlineData("out.pt")]
    [InlineData("out.pth")]
    [InlineData("out.safetensors")]
    public void What_is_exported_is_imported_as_the_same(string name)
    {
        var (first, second, output) = (folder.At("first"), folder.At("second"), folder.At(name));
        Succeeds("import", "--input", Checkpoint("rosinality", "zip"), "--run", first);
        Assert.Equal($"wrote {output}: 48 tensors of vqvae2, step 0\n", Succeeds("export", "--run", first, "--output", output));
        Succeeds("import", "--input", output, "--run", second);
        using var a = SafetensorsFile.Open(Path.Combine(first, "checkpoints", "step-00000000.safetensors"));
        using var b = SafetensorsFile.Open(Path.Combine(second, "checkpoints", "step-00000000.safetensors"));
        Assert.Equal(a.HashTensors(), b.HashTensors());
    }

    [Fact]
    public void A_checkpoint_of_this_program_is_imported_under_its_own_keys()
    {
        var (first, second) = (folder.At("first"), folder.At("second"));
        Succeeds("train", "--model", "vqvae2", "--run", first, "--steps", "2", "--hidden", "4", "--residual-hidden", "2",
            "--codes", "8", "--code-dim", "4", "--batch", "4");
        var checkpoint = Path.Combine(first, "checkpoints", "step-00000002.safetensors");
        Succeeds("import", "--input", checkpoint, "--run", second, "--model", "vqvae2", "--hidden", "4", "--residual-hidden", "2",
            "--codes", "8", "--code-dim", "4");
        using var a = SafetensorsFile.Open(checkpoint);
        using var b = SafetensorsFile.Open(Path.Combine(second, "checkpoints", "step-00000000.safetensors"));
        Assert.Equal(
            a.HashTensors(entry => !TrainingState.IsTrainingKey(entry.Name)),
            b.HashTensors(entry => !TrainingState.IsTrainingKey(entry.Name)));
    }

    [Fact]
    public void Files_that_do_not_fit_are_refused_and_leave_no_run()
    {
        var run = folder.At("run");
        var kinds = folder.Write("kinds.pt", TorchGoldens.Checkpoint("kinds", "zip"));
        AssertFails($"{kinds}: expected keys of hwangjohn-paper, hwangjohn-colab, zalando, rosinality, ritheshkumar, "
            + "nadavbh12-cifar10, nadavbh12-cvae, or all those of a preset (deepmind, ",
            "import", "--input", kinds, "--run", run);
        var file = Checkpoint("zalando", "zip");
        var message = AssertFails($"{file}: expected the tensors of this vqvae2, such as enc_b.blocks.0.weight; got 64 missing "
            + "(enc_b.blocks.0.weight, enc_b.blocks.0.bias, enc_b.blocks.2.weight and 61 more) and 21 unused (",
            "import", "--input", file, "--run", run, "--model", "vqvae2");
        Assert.EndsWith("Choose the --preset, or the --model and its options, that the weights are of.\n", message,
            StringComparison.Ordinal);
        AssertFails($"{file}: expected tensor _encoder._conv_1.weight (4, 3, 4, 4); got (2, 3, 4, 4).",
            "import", "--input", file, "--run", run, "--hidden", "8");
        AssertFails($"{file}: expected the tensors of this vqvae, such as _encoder._conv_1.weight; got 8 missing (",
            "import", "--input", file, "--run", run, "--residual-layers", "3");
        AssertFails("--codes: expected a whole number", "import", "--input", file, "--run", run, "--codes", "many");
        AssertFails("--input: expected the weights: safetensors, .pt, .pth, or the folder of a model of diffusers; got none.",
            "import", "--run", run);
        AssertFails("none.pt: expected a file of weights; got no file of that name.",
            "import", "--input", "none.pt", "--run", run);
        AssertFails($"{folder.Path}: expected a folder with config.json and diffusion_pytorch_model.safetensors or "
            + "diffusion_pytorch_model.bin; got one without weights.", "import", "--input", folder.Path, "--run", run);
        var evil = folder.Write("evil.pth", ZipBuilder.Checkpoint(
            new PickleBuilder().Global("posix", "system").Put("(").Text("touch pwned").Put("tR.").ToArray()));
        AssertFails($"{evil}: expected tensors, numbers, text and containers of them; got 'posix.system', which is not among "
            + "what a checkpoint may hold.", "import", "--input", evil, "--run", run);
        Assert.False(Path.Exists(run));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Weights_that_are_not_finite_are_refused(float value)
    {
        var file = Rewritten("zalando", (name, numbers) =>
        {
            if (name == "_decoder._conv_1.bias")
            {
                numbers[1] = value;
            }
        });
        AssertFails($"{file}: expected numbers that are finite in 32 bits; got NaN or ∞ in _decoder._conv_1.bias.",
            "import", "--input", file, "--run", folder.At("run"));
        Assert.False(Path.Exists(folder.At("run")));
    }

    [Fact]
    public void One_of_two_models_is_chosen_by_what_stands_before_its_keys()
    {
        var both = Rewritten("zalando", (_, _) => { }, name => [$"model.{name}", $"ema.{name}"]);
        AssertFails($"{both}: expected one model; got 2, below 'model.', 'ema.'. Choose one: --prefix model",
            "import", "--input", both, "--run", folder.At("run"));
        var output = Succeeds("import", "--input", both, "--run", folder.At("run"), "--prefix", "ema");
        Assert.StartsWith($"imported 21 tensors below ema of {both} as zalando; 21 others were left out", output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Export_says_what_it_cannot_write()
    {
        AssertFails($"--output: expected a name that ends in .safetensors, .pt, .pth, .bin; got x.onnx. Choose another name.",
            "export", "--run", folder.At("run"), "--output", "x.onnx");
        AssertFails($"{folder.At("run")}: expected the folder of a run; got no folder of that name.",
            "export", "--run", folder.At("run"), "--output", folder.At("x.pt"));
        Assert.False(Path.Exists(folder.At("x.pt")));
    }

    /// <summary>Settings as diffusers writes them, among others that no model here has.</summary>
    [Theory]
    [InlineData(
        """
        "_class_name": "VQModel", "act_fn": "silu", "block_out_channels": [32, 64], "layers_per_block": 2, "latent_channels": 3,
        "down_block_types": ["DownEncoderBlock2D", "AttnDownEncoderBlock2D"], "num_vq_embeddings": 16, "vq_embed_dim": null,
        "norm_num_groups": 16, "in_channels": 3, "sample_size": 32
        """,
        "--model", "vqmodel", "--block-out-channels", "32,64", "--layers-per-block", "2", "--latent-channels", "3",
        "--attention-levels", "1", "--codebook", "gradient", "--codes", "16", "--code-dim", "3",
        "--norm-num-groups", "16")]
    [InlineData(
        """
        "_class_name": "AutoencoderKL", "block_out_channels": [32, 32], "layers_per_block": 1, "latent_channels": 4,
        "norm_num_groups": 32, "sample_size": 512, "scaling_factor": 0.18215, "force_upcast": true
        """,
        "--model", "kl", "--block-out-channels", "32,32", "--latent-channels", "4")]
    [InlineData(
        """
        "_class_name": "AutoencoderTiny", "encoder_block_out_channels": [8, 8], "decoder_block_out_channels": [8, 8],
        "num_encoder_blocks": [1, 2], "num_decoder_blocks": [2, 1], "latent_channels": 4
        """,
        "--model", "tiny", "--encoder-block-out-channels", "8,8", "--decoder-block-out-channels", "8,8",
        "--num-encoder-blocks", "1,2", "--num-decoder-blocks", "2,1", "--latent-channels", "4")]
    [InlineData(
        """
        "_class_name": "AsymmetricAutoencoderKL", "down_block_out_channels": [32, 32], "layers_per_down_block": 1,
        "up_block_out_channels": [32, 64], "layers_per_up_block": 2, "latent_channels": 4, "norm_num_groups": 32
        """,
        "--model", "asymmetric", "--block-out-channels", "32,32", "--up-block-out-channels", "32,64",
        "--layers-per-up-block", "2", "--latent-channels", "4", "--condition-channels", "32,64,64,64,64")]
    [InlineData(
        """
        "_class_name": "PaellaVQModel", "levels": 2, "bottleneck_blocks": 2, "embed_dim": 16, "latent_channels": 4,
        "num_vq_embeddings": 32, "up_down_scale_factor": 2
        """,
        "--model", "paella", "--bottleneck-blocks", "2", "--embed-dim", "16", "--codebook", "gradient", "--codes", "32",
        "--code-dim", "4")]
    public void A_folder_of_diffusers_becomes_the_model_that_its_config_describes(string config, params string[] options)
    {
        var (run, folderOf) = (folder.At("run"), Directory.CreateDirectory(folder.At("model")).FullName);
        Succeeds(["train", "--run", run, "--steps", "1", "--batch", "2", .. options]);
        var weights = Path.Combine(folderOf, "diffusion_pytorch_model.safetensors");
        Succeeds("export", "--run", run, "--output", weights);
        File.WriteAllText(Path.Combine(folderOf, "config.json"), "{" + config + "}");

        Succeeds("import", "--input", folderOf, "--run", folder.At("imported"));
        Succeeds("export", "--run", folder.At("imported"), "--output", folder.At("again.safetensors"));
        using var before = SafetensorsFile.Open(weights);
        using var after = SafetensorsFile.Open(folder.At("again.safetensors"));
        Assert.Equal(before.HashTensors(), after.HashTensors());
    }

    [Fact]
    public void A_folder_of_diffusers_tells_its_class()
    {
        var model = Directory.CreateDirectory(folder.At("model")).FullName;
        File.Copy(Checkpoint("zalando", "zip"), Path.Combine(model, "diffusion_pytorch_model.bin"));
        string[] import = ["import", "--input", model, "--run", folder.At("run")];
        var weights = Path.Combine(model, "diffusion_pytorch_model.bin");
        AssertFails($"{model}: expected a folder with config.json", import);
        Write("{\"_class_name\": \"UNet2DModel\"}");
        Assert.Contains("; got 'UNet2DModel'. Name what the weights are of with --preset,", AssertFails(
            $"{weights}: expected _class_name in its config.json to be one of ", import), StringComparison.Ordinal);
        Write("{}");
        AssertFails($"{weights}: expected _class_name in its config.json to be one of ", import);
        Write("{\"a\": 1,");
        AssertFails($"{Path.Combine(model, "config.json")}: expected a JSON object; got an error in line 1.", import);
        Write("[]");
        AssertFails($"{Path.Combine(model, "config.json")}: expected a JSON object; got another value.", import);
        Write("{\"_class_name\": \"AutoencoderKL\", \"act_fn\": \"gelu\"}");
        AssertFails($"{weights}: expected act_fn in its config.json to be silu or swish; got 'gelu'.", import);
        Write("{\"_class_name\": \"AutoencoderTiny\", \"act_fn\": \"silu\"}");
        AssertFails($"{weights}: expected act_fn in its config.json to be relu; got 'silu'.", import);
        Write("{}");
        Succeeds([.. import, "--preset", "zalando"]);

        void Write(string text) => File.WriteAllText(Path.Combine(model, "config.json"), text);
    }

    private static string Succeeds(params string[] arguments)
    {
        var (code, output, errors) = Invoke(arguments);
        Assert.Equal((0, ""), (code, errors));
        return output;
    }

    private string Checkpoint(string example, string form) =>
        folder.Write($"{example}-{form}.pt", TorchGoldens.Checkpoint(example, form));

    /// <summary>A checkpoint with numbers changed, and tensors under other names.</summary>
    private string Rewritten(
        string example, Action<string, float[]> change, Func<string, string[]>? names = null)
    {
        using var file = TorchReadTests.Open(TorchGoldens.Checkpoint(example, "zip"));
        List<TensorData> tensors = [];
        foreach (var entry in file.Tensors)
        {
            var numbers = new float[entry.Count];
            file.ReadFloats(entry.Name, numbers);
            change(entry.Name, numbers);
            tensors.AddRange((names?.Invoke(entry.Name) ?? [entry.Name]).Select(
                name => TensorData.OfFloats(name, entry.Shape, numbers)));
        }

        using var stream = new MemoryStream();
        TorchWriter.Write(stream, tensors.OrderBy(tensor => tensor.Name.StartsWith('e')));
        return folder.Write("rewritten.pt", stream.ToArray());
    }

    /// <summary>Weights of a model of grey images.</summary>
    private string Grey()
    {
        using var device = Device.Open("cpu");
        using var model = new IlgpuVq.Models.Autoencoders.VqVae.VqVaeOptions { Channels = 1, Hidden = 4, ResidualHidden = 2 }
            .Build(new ModuleScope(device, seed: 1));
        using var source = model.ToSource();
        using var stream = new MemoryStream();
        TorchWriter.Write(stream, StateDictionary.ToFile(source.Tensors));
        return folder.Write("grey.pt", stream.ToArray());
    }
}
