using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;
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

    private static float[] Numbers(VqVaeModel model) => [.. model.State.SelectMany(named => named.Tensor.ToArray())];

    private static void Load(string path, VqVaeModel model)
    {
        using var file = SafetensorsFile.Open(path);
        StateDictionary.FromFile(file, path, [.. model.State]);
    }

    private string Write(IEnumerable<NamedTensor> state, string name = "state")
    {
        var path = folder.At($"{name}.safetensors");
        using var stream = File.Create(path);
        SafetensorsWriter.Write(stream, StateDictionary.ToFile(state));
        return path;
    }

    private VqVaeModel Build(VqVaeOptions options, ulong seed) => new(new ModuleScope(device, seed), options);
}
