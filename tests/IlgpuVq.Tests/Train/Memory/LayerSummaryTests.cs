using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Memory;
using Xunit;

namespace IlgpuVq.Tests.Train.Memory;

/// <summary>The table of layers that training begins with.</summary>
public sealed class LayerSummaryTests
{
    [Fact]
    public void Each_layer_has_a_row_with_what_it_learns_and_makes()
    {
        var rows = Of(new VqVaeOptions { Hidden = 8, ResidualHidden = 4, ResidualLayers = 1 }).Rows;

        Assert.Equal(
            ["_encoder._conv_1", "_encoder._conv_2", "_encoder._conv_3", "_encoder._residual_stack._layers.0._block.1",
                "_encoder._residual_stack._layers.0._block.3", "_pre_vq_conv", "codes", "_decoder._conv_1",
                "_decoder._residual_stack._layers.0._block.1", "_decoder._residual_stack._layers.0._block.3",
                "_decoder._conv_trans_1", "_decoder._conv_trans_2"],
            rows.Select(row => row.Layer));
        Assert.Equal(new LayerRow("_encoder._conv_1", [2, 4, 16, 16], 3 * 4 * 16 + 4, rows[0].Bytes), rows[0]);
        Assert.True(rows[0].Bytes >= sizeof(float) * 2 * 4 * 16 * 16);
        Assert.Equal([2, 3, 32, 32], rows[^1].Output);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public void Rows_hold_all_parameters_and_are_few(int residualLayers)
    {
        var options = new VqVaeOptions
        {
            Hidden = 8,
            ResidualHidden = 4,
            ResidualLayers = residualLayers,
            Quantizer = new VectorQuantizerOptions { Rule = CodebookRule.Gradient, CodebookSize = 16, CodeDim = 4 },
        };
        using var device = Device.OpenDry();
        using var model = options.Build(new ModuleScope(device, seed: 0));
        var rows = Of(options).Rows;

        Assert.Equal(model.Parameters.Sum(parameter => parameter.Value.Size), rows.Sum(row => row.Parameters));
        Assert.InRange(rows.Count, 5, 24);
    }

    private static LayerSummary Of(VqVaeOptions options)
    {
        using var device = Device.OpenDry();
        using var model = options.Build(new ModuleScope(device, seed: 0));
        return LayerSummary.Of(model, [2, 3, 32, 32], StepContext.Training);
    }
}
