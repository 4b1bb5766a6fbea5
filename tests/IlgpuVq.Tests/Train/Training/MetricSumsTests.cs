using IlgpuVq.Autograd;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

public sealed class MetricSumsTests : IDisposable
{
    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public void Dispose() => device.Dispose();

    [Fact]
    public void Figures_are_means_over_steps_and_codes_are_counted_by_grid_and_level()
    {
        using var sums = new MetricSums(
            device, ["loss", "recon"], [new CodeLayout("top", 1, 2, [4]), new CodeLayout("bottom", 1, 4, [3, 2])]);
        Add(sums, loss: 1, recon: 0.5f, top: [0, 0], bottom: [2, 2, 2, 2, 0, 0, 1, 1]);
        Add(sums, loss: 4, recon: 1.5f, top: [3, 1], bottom: [0, 1, 2, 2, 1, 1, 1, 1]);

        var (figures, _) = sums.Take();

        // Perplexities: top 1, then 2; bottom the mean of its levels: (1 + 2) / 2, then (2^1.5 + 1) / 2.
        Assert.Equal(2.5, figures["loss"], 1e-6);
        Assert.Equal(1, figures["recon"], 1e-6);
        Assert.Equal(1.5, figures["perplexity_top"], 1e-5);
        Assert.Equal((1.5 + (Math.Pow(2, 1.5) + 1) / 2) / 2, figures["perplexity_bottom"], 1e-5);
        Assert.Equal(3, figures["codes_used_top"]);
        Assert.Equal(3 + 2, figures["codes_used_bottom"]);
        Assert.Equal((1 + Math.Pow(2, 1.5)) / 2, figures["level_0_perplexity_bottom"], 1e-5);
        Assert.Equal(1.5, figures["level_1_perplexity_bottom"], 1e-5);
        Assert.Equal((3, 2), (figures["level_0_codes_used_bottom"], figures["level_1_codes_used_bottom"]));
        Assert.Equal(10, figures.Count);
        Assert.All(sums.Take().Figures.Values, value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_level_that_a_step_leaves_out_counts_in_the_other_steps_alone()
    {
        using var sums = new MetricSums(
            device, ["loss", "recon"], [new CodeLayout("top", 1, 2, [4]), new CodeLayout("bottom", 1, 4, [3, 2])]);
        Add(sums, loss: 1, recon: 0.5f, top: [0, 0], bottom: [2, 2, 2, 2, -1, -1, -1, -1]);
        Add(sums, loss: 1, recon: 0.5f, top: [0, 0], bottom: [0, 0, 2, 2, 0, 0, 1, 1]);
        Add(sums, loss: 1, recon: 0.5f, top: [0, 0], bottom: [2, 2, 2, 2, -1, -1, -1, -1]);

        var (figures, _) = sums.Take();

        Assert.Equal((1 + 2 + 1) / 3.0, figures["level_0_perplexity_bottom"], 1e-5);
        Assert.Equal(2, figures["level_1_perplexity_bottom"], 1e-5);
        Assert.Equal((4 / 3.0 + 2) / 2, figures["perplexity_bottom"], 1e-5);
        Assert.Equal((2, 2), (figures["level_0_codes_used_bottom"], figures["level_1_codes_used_bottom"]));
    }

    [Fact]
    public void What_is_saved_has_the_names_of_the_figures_and_one_grid_needs_no_name()
    {
        using var two = new MetricSums(
            device, ["loss"], [new CodeLayout("top", 1, 2, [4]), new CodeLayout("bottom", 1, 4, [3, 2])]);
        using var one = new MetricSums(device, ["loss"], [new CodeLayout("codes", 1, 2, [4])]);

        Assert.Equal(
            [
                ("metrics.steps", 1), ("metrics.loss", 1), ("metrics.perplexity_top", 1), ("metrics.perplexity_bottom", 2),
                ("metrics.chosen_bottom", 2),
                ("metrics.counts_top", 4), ("metrics.counts_bottom", 5),
            ],
            two.State.Select(named => (named.Key, named.Tensor.Size)));
        Assert.Equal(
            [("metrics.steps", 1), ("metrics.loss", 1), ("metrics.perplexity", 1), ("metrics.counts", 4)],
            one.State.Select(named => (named.Key, named.Tensor.Size)));
    }

    private void Add(MetricSums sums, float loss, float recon, int[] top, int[] bottom)
    {
        var tape = new Tape(device);
        using var lossTensor = device.From<float>([loss], []);
        using var reconTensor = device.From<float>([recon], []);
        var lossVariable = tape.Constant(lossTensor);
        using var output = new TaskOutput(
            [("loss", lossVariable), ("recon", tape.Constant(reconTensor))],
            [
                new CodeGrid("top", device.From<int>(top, [1, 1, 1, 2]), [4]),
                new CodeGrid("bottom", device.From<int>(bottom, [1, 2, 1, 4]), [3, 2]),
            ],
            tape);
        sums.Add(output);
    }
}
