using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Codebooks;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Quantizers;

/// <summary>EMA codebooks in the form of the PyTorch notebook, whose update is written out here in double precision.</summary>
public sealed class NotebookStateTests : IDisposable
{
    private const int K = 4, D = 3;
    private const double Decay = 0.9, Epsilon = 1e-5;

    private static readonly VectorQuantizerOptions Options = new() { CodebookSize = K, CodeDim = D, Decay = Decay };

    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        device.Dispose();
    }

    [Fact]
    public void What_is_written_has_the_notebooks_keys_smoothed_counts_and_sums_whose_ratio_are_the_codes()
    {
        using var quantizer = Build(seed: 1);
        Train(quantizer, steps: 2);
        var own = Numbers([.. quantizer.State]);
        using var state = new NotebookState(quantizer);
        var written = Numbers(state.Tensors);

        Assert.Equal(["_ema_cluster_size", "_ema_w", "_embedding.weight"], written.Keys.Order());
        var averages = own["_ema_cluster_size"].Select(n => n / (1 - Math.Pow(Decay, 2))).ToArray();
        var total = averages.Sum();
        for (var k = 0; k < K; k++)
        {
            var smoothed = (averages[k] + Epsilon) / (total + K * Epsilon) * total;
            Assert.Equal(smoothed, written["_ema_cluster_size"][k], 1e-5);
            for (var d = k * D; d < (k + 1) * D; d++)
            {
                Assert.Equal(own["_embedding.weight"][d], written["_ema_w"][d] / smoothed, 1e-4);
            }
        }
    }

    [Theory]
    [InlineData(EmaStart.Zero)]
    [InlineData(EmaStart.One)]
    [InlineData(EmaStart.Running)]
    public void Averages_that_are_not_divided_have_the_notebooks_form_too(EmaStart start)
    {
        using var quantizer = new VectorQuantizer(new ModuleScope(device, seed: 1), Options with { EmaStart = start });
        Train(quantizer, steps: 2);
        var own = Numbers([.. quantizer.State]);
        using var state = new NotebookState(quantizer);
        var written = Numbers(state.Tensors);

        Assert.Equal(own.Keys.Order(), written.Keys.Order());
        Assert.Equal(own["_ema_w"], written["_ema_w"]);
        for (var i = 0; i < K * D; i++)
        {
            Assert.Equal(own["_embedding.weight"][i], written["_ema_w"][i] / written["_ema_cluster_size"][i / D], 1e-4);
        }

        state.TakeOver();
        Assert.All(
            own["_ema_cluster_size"].Zip(Numbers([.. quantizer.State])["_ema_cluster_size"]),
            pair => Assert.Equal(pair.First, pair.Second, start == EmaStart.Running ? 0 : 2e-6f * (1 + pair.First)));
    }

    [Fact]
    public void What_is_written_and_read_back_is_the_model_again_but_for_the_number_of_updates()
    {
        using var from = BuildModel(seed: 1);
        using var to = BuildModel(seed: 2);
        Train(from, steps: 3);
        var path = folder.At("notebook.safetensors");
        using (var state = new NotebookState(from))
        using (var stream = File.Create(path))
        {
            SafetensorsWriter.Write(stream, StateDictionary.ToFile(state.Tensors));
        }

        using (var file = SafetensorsFile.Open(path))
        using (var state = new NotebookState(to))
        {
            Assert.DoesNotContain(file.Entries, entry => entry.Name.EndsWith("_ema_updates", StringComparison.Ordinal));
            StateDictionary.FromFile(file, path, state.Tensors);
            state.TakeOver();
        }

        using var written = new NotebookState(from);
        using var again = new NotebookState(to);
        Assert.Equal(from.State.Count() - 1, written.Tensors.Count);
        foreach (var (expected, actual) in written.Tensors.Zip(again.Tensors))
        {
            var isAverage = expected.Key.Contains("_ema_", StringComparison.Ordinal);
            Assert.Equal(expected.Key, actual.Key);
            Assert.All(
                expected.Tensor.ToArray().Zip(actual.Tensor.ToArray()),
                pair => Assert.Equal(pair.First, pair.Second, isAverage ? 2e-6f * (1 + Math.Abs(pair.First)) : 0));
        }

        // N̂ rather than Ñ: the averages that the codes follow from.
        var (own, taken) = (Numbers([.. from.State]), Numbers([.. to.State]));
        Assert.All(
            own["_vq_vae._ema_cluster_size"].Zip(taken["_vq_vae._ema_cluster_size"]),
            pair => Assert.Equal(pair.First / (1 - Math.Pow(Decay, 3)), pair.Second, 2e-6 * (1 + pair.Second)));
        Assert.Equal([1 << 24], taken["_vq_vae._ema_updates"]);
    }

    [Fact]
    public void A_notebooks_file_goes_on_as_the_notebook_does()
    {
        using var quantizer = Build(seed: 3);

        // The notebook's state after some updates of its own: N smoothed and written back, e = M / N.
        double[] n = [5.25, 0.25, 1.5, 9], m = [.. Enumerable.Range(0, K * D).Select(i => Math.Sin(i) * 3)];
        double[] codes = [.. m.Select((sum, i) => sum / n[i / D])];
        using (var state = new NotebookState(quantizer))
        {
            var tensors = state.Tensors.ToDictionary(named => named.Key, named => named.Tensor);
            tensors["_embedding.weight"].CopyFrom(ToFloats(codes));
            tensors["_ema_cluster_size"].CopyFrom(ToFloats(n));
            tensors["_ema_w"].CopyFrom(ToFloats(m));
            state.TakeOver();
        }

        for (var step = 0; step < 3; step++)
        {
            using var rows = Rows(step);
            Update(rows.ToArray(), n, m, codes);
            using var tape = new Tape(device, recording: false);
            using var output = quantizer.Forward(tape.Constant(rows), StepContext.Training);

            var own = quantizer.Codebook.ToArray();
            Assert.All(codes.Zip(own), pair => Assert.Equal(pair.First, pair.Second, 5e-4 * (1 + Math.Abs(pair.First))));
        }
    }

    [Fact]
    public void A_codebook_that_saw_nothing_is_written_as_zeros_and_read_back()
    {
        using var quantizer = Build(seed: 1);
        using var state = new NotebookState(quantizer);
        var written = Numbers(state.Tensors);

        Assert.All(written["_ema_cluster_size"].Concat(written["_ema_w"]), value => Assert.Equal(0, value));
        state.TakeOver();
        Assert.All(Numbers([.. quantizer.State])["_ema_cluster_size"], value => Assert.Equal(0, value));
    }

    /// <summary>One update of the notebook: the smoothed counts are the new counts.</summary>
    private static void Update(float[] rows, double[] n, double[] m, double[] codes)
    {
        var chosen = rows.Chunk(D).Select(row => Enumerable.Range(0, K).MinBy(
            k => row.Select((value, d) => Math.Pow(value - codes[k * D + d], 2)).Sum())).ToArray();
        for (var k = 0; k < K; k++)
        {
            n[k] = Decay * n[k] + (1 - Decay) * chosen.Count(id => id == k);
        }

        var total = n.Sum();
        for (var i = 0; i < m.Length; i++)
        {
            m[i] = Decay * m[i] + (1 - Decay) * rows.Chunk(D).Where((_, row) => chosen[row] == i / D).Sum(row => row[i % D]);
        }

        for (var k = 0; k < K; k++)
        {
            n[k] = (n[k] + Epsilon) / (total + K * Epsilon) * total;
        }

        for (var i = 0; i < m.Length; i++)
        {
            codes[i] = m[i] / n[i / D];
        }
    }

    private static float[] ToFloats(double[] values) => Array.ConvertAll(values, value => (float)value);

    private static Dictionary<string, float[]> Numbers(IReadOnlyList<NamedTensor> state) =>
        state.ToDictionary(named => named.Key, named => named.Tensor.ToArray());

    private void Train(VectorQuantizer quantizer, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            using var rows = Rows(step);
            using var tape = new Tape(device, recording: false);
            quantizer.Forward(tape.Constant(rows), StepContext.Training).Dispose();
        }
    }

    private void Train(VqVaeModel model, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            using var images = Primitive.RandomUniform(device, [2, 3, 16, 16], -0.5f, 0.5f, seed: 4, stream: (ulong)step);
            using var tape = new Tape(device, recording: false);
            model.Forward(tape.Constant(images), StepContext.Training).Dispose();
        }
    }

    private Tensor<float> Rows(int step) =>
        Primitive.RandomNormal(device, [20, D], mean: 0, deviation: 1, seed: 8, stream: (ulong)step);

    private VectorQuantizer Build(ulong seed) => new(new ModuleScope(device, seed), Options);

    private VqVaeModel BuildModel(ulong seed) =>
        new(new ModuleScope(device, seed), new VqVaeOptions { Hidden = 8, ResidualHidden = 4, Quantizer = Options });
}
