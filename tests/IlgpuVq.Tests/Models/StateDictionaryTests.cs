using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Models.Layers;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models;

public sealed class StateDictionaryTests : IDisposable
{
    private static readonly VectorQuantizerOptions Quantizer = new() { CodebookSize = 6, CodeDim = 4 };

    private static readonly VqVaeOptions Options = new() { Hidden = 8, ResidualHidden = 4, Quantizer = Quantizer };

    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        device.Dispose();
    }

    [Fact]
    public void What_is_written_is_read_back_to_the_bit()
    {
        using var from = Build(Options, seed: 1);
        using var to = Build(Options, seed: 2);

        Load(Write(from.State), to);

        Assert.Equal(Numbers(from), Numbers(to));
    }

    [Fact]
    public void A_file_without_the_count_of_updates_has_settled_averages()
    {
        using var from = Build(Options, seed: 1);
        using var to = Build(Options, seed: 2);

        Load(Write(from.State.Where(named => !named.Key.EndsWith("_ema_updates", StringComparison.Ordinal))), to);

        Assert.Equal(1 << 24, to.State.Single(named => named.Key == "_vq_vae._ema_updates").Tensor.Item());
    }

    [Fact]
    public void A_tensor_of_another_shape_is_named_and_nothing_is_overwritten()
    {
        using var from = Build(Options with { Quantizer = Quantizer with { CodeDim = 5 } }, seed: 1);
        using var to = Build(Options, seed: 2);
        var before = Numbers(to);
        var path = Write(from.State);

        var error = Assert.Throws<StateDictionaryException>(() => Load(path, to));

        Assert.Equal(
            $"{path}: expected tensor _pre_vq_conv.weight (4, 8, 1, 1); got (5, 8, 1, 1). Use the options that the file was "
                + "trained with.",
            error.Message);
        Assert.Equal(before, Numbers(to));
    }

    [Fact]
    public void Missing_and_unknown_tensors_are_named()
    {
        using var plain = Build(Options with { Quantizer = Quantizer with { Rule = CodebookRule.Gradient } }, seed: 1);
        using var ema = Build(Options, seed: 2);
        var (plainPath, emaPath) = (Write(plain.State, "plain"), Write(ema.State, "ema"));

        var missing = Assert.Throws<StateDictionaryException>(() => Load(plainPath, ema));
        var unknown = Assert.Throws<StateDictionaryException>(() => Load(emaPath, plain));

        Assert.StartsWith($"{plainPath}: expected tensor _vq_vae._ema_cluster_size (6); got a file without it.", missing.Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"{emaPath}: expected tensors of this model; got _vq_vae._ema_", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_numbers_are_int64_in_files_and_are_read_from_any_integers()
    {
        using var from = new BatchNormLayer(new ModuleScope(device, seed: 1), channels: 2);
        using var to = new BatchNormLayer(new ModuleScope(device, seed: 1), channels: 2);
        CountOf(from).CopyFrom([123_456_789]);
        var path = Write(from.State);
        using (var file = SafetensorsFile.Open(path))
        {
            Assert.Equal(SafetensorsType.I64, file.Find("num_batches_tracked")!.Type);
            Assert.Empty(file.Find("num_batches_tracked")!.Shape);
        }

        Load(path, [.. to.State]);
        Assert.Equal(StateBits.Of(from.State), StateBits.Of(to.State));

        Load(WriteCount(TensorData.OfInts("num_batches_tracked", [], new[] { 7 })), [.. to.State]);
        Assert.Equal(7, CountOf(to).Item());
    }

    [Fact]
    public void A_file_without_the_count_of_batches_counts_none()
    {
        using var layer = new BatchNormLayer(new ModuleScope(device, seed: 1), channels: 2);
        CountOf(layer).CopyFrom([5]);

        Load(Write(layer.State.Where(named => named.WholeNumbers is null)), [.. layer.State]);

        Assert.Equal(0, CountOf(layer).Item());
    }

    [Fact]
    public void Floats_where_whole_numbers_belong_and_a_count_beyond_an_int_are_refused()
    {
        using var layer = new BatchNormLayer(new ModuleScope(device, seed: 1), channels: 2);
        var before = StateBits.Of(layer.State);
        var floats = WriteCount(TensorData.OfFloats("num_batches_tracked", [], new[] { 7f }));
        var large = WriteCount(TensorData.OfLongs("num_batches_tracked", [], new[] { 1L << 31 }));

        Assert.Equal(
            $"{floats}: expected whole numbers in tensor num_batches_tracked; got F32. "
            + "Use the options that the file was trained with.",
            Assert.Throws<StateDictionaryException>(() => Load(floats, [.. layer.State])).Message);
        Assert.Equal(before, StateBits.Of(layer.State));
        Assert.Throws<SafetensorsException>(() => Load(large, [.. layer.State]));
        Assert.Throws<InvalidOperationException>(() => layer.State.Last().Tensor);
    }

    [Fact]
    public void What_lies_below_a_prefix_of_a_file_is_read_below_another()
    {
        using var from = Build(Options, seed: 1);
        using var to = Build(Options, seed: 2);
        var decoder = StateBits.Of(to.Decoder.State);
        var path = Write(from.State, rename: key => $"model.{key}");

        using (var file = SafetensorsFile.Open(path))
        {
            StateDictionary.FromFile(
                file, path, [.. to.Encoder.State], rename: StateDictionary.Below("model._encoder", "_encoder"));
        }

        Assert.Equal(StateBits.Of(from.Encoder.State), StateBits.Of(to.Encoder.State));
        Assert.Equal(decoder, StateBits.Of(to.Decoder.State));
        Assert.NotEqual(StateBits.Of(from.Decoder.State), decoder);
    }

    [Theory]
    [InlineData("encoder", "_encoder", "encoder.0.weight", "_encoder.0.weight")]
    [InlineData("encoder", "", "encoder.0.weight", "0.weight")]
    [InlineData("", "net", "0.weight", "net.0.weight")]
    [InlineData("encoder", "_encoder", "encoder2.0.weight", null)]
    [InlineData("encoder", "_encoder", "encoder", null)]
    public void A_prefix_ends_at_a_dot(string from, string to, string key, string? expected) =>
        Assert.Equal(expected, StateDictionary.Below(from, to)(key));

    [Fact]
    public void Renamed_tensors_are_told_by_both_names()
    {
        using var model = Build(Options, seed: 1);
        var path = Write(model.State, rename: key => key.Replace("_encoder", "enc", StringComparison.Ordinal));
        var state = model.State.ToArray();
        const string WhatToDo = "Use the options that the file was trained with.";

        Refused(
            "expected tensors of this model; got Enc._conv_1.bias (in the file enc._conv_1.bias), which it lacks. " + WhatToDo,
            key => key.Replace("enc", "Enc", StringComparison.Ordinal));
        Refused("expected one tensor for same; got enc._conv_1.bias and enc._conv_1.weight. Rename or ignore one of them.",
            key => key.StartsWith("enc._conv_1", StringComparison.Ordinal) ? "same" : null);
        Refused("expected tensor _encoder._conv_1.weight (in the file enc._conv_1.bias) (4, 3, 4, 4); got (4). " + WhatToDo,
            key => key == "enc._conv_1.bias" ? "_encoder._conv_1.weight" : null);
        Refused("expected tensor _encoder._conv_1.weight (4, 3, 4, 4); got a file without it. " + WhatToDo, _ => null);

        void Refused(string message, Func<string, string?> rename)
        {
            using var file = SafetensorsFile.Open(path);
            var error = Assert.Throws<StateDictionaryException>(
                () => StateDictionary.FromFile(file, path, state, rename: rename));
            Assert.Equal($"{path}: {message}", error.Message);
        }
    }

    [Fact]
    public void A_single_tensor_of_a_file_goes_to_a_device()
    {
        using var model = Build(Options, seed: 1);
        using var file = SafetensorsFile.Open(Write(model.State));

        using var weight = StateDictionary.ReadTensor(file, "_encoder._conv_2.weight", device);

        Assert.Equal([8, 4, 4, 4], weight.Shape);
        Assert.Equal(model.State.Single(named => named.Key == "_encoder._conv_2.weight").Tensor.ToArray(), weight.ToArray());
        Assert.Contains("expected a tensor 'none'", Assert.Throws<SafetensorsException>(
            () => StateDictionary.ReadTensor(file, "none", device)).Message, StringComparison.Ordinal);
    }

    private static Tensor<int> CountOf(Module module) =>
        module.State.Single(named => named.WholeNumbers is not null).WholeNumbers!;

    private static float[] Numbers(VqVaeModel model) => [.. model.State.SelectMany(named => named.Tensor.ToArray())];

    private static void Load(string path, VqVaeModel model) => Load(path, [.. model.State]);

    private static void Load(string path, NamedTensor[] state)
    {
        using var file = SafetensorsFile.Open(path);
        StateDictionary.FromFile(file, path, state);
    }

    private string Write(IEnumerable<NamedTensor> state, string name = "state", Func<string, string>? rename = null) =>
        Write(StateDictionary.ToFile(state, rename), name);

    private string Write(IEnumerable<TensorData> tensors, string name)
    {
        var path = folder.At($"{name}.safetensors");
        using var stream = File.Create(path);
        SafetensorsWriter.Write(stream, tensors);
        return path;
    }

    /// <summary>A batch norm of two channels with another program's count.</summary>
    private string WriteCount(TensorData count)
    {
        using var layer = new BatchNormLayer(new ModuleScope(device, seed: 1), channels: 2);
        return Write(
            StateDictionary.ToFile(layer.State.Where(named => named.WholeNumbers is null)).Append(count), $"count {count.Type}");
    }

    private VqVaeModel Build(VqVaeOptions options, ulong seed) => new(new ModuleScope(device, seed), options);
}
