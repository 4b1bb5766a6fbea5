using IlgpuVq.Models;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Priors.GatedPixelCnn;
using IlgpuVq.Models.Priors.PixelCnn;
using IlgpuVq.Models.Priors.PixelSnail;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Priors;

/// <summary>Priors at the sizes that their originals have.</summary>
public sealed class PriorSizesTests
{
    private static readonly CodeLayout Top = new("top", 32, 32, [512]);
    private static readonly CodeLayout Bottom = new("bottom", 64, 64, [512]);

    [Fact]
    public void A_PixelCNN_has_as_many_parameters_as_that_of_keras() =>
        AssertSize(1_049_728, new PixelCnnOptions(), new PriorShape(new CodeLayout("codes", 7, 7, [128]), [], Classes: 0));

    [Fact]
    public void A_gated_PixelCNN_has_as_many_parameters_as_ritheshkumars() =>
        AssertSize(1_841_472, new GatedPixelCnnOptions(), new PriorShape(new CodeLayout("codes", 8, 8, [512]), [], Classes: 10));

    [Fact]
    public void A_PixelSNAIL_of_top_codes_has_as_many_parameters_as_rosinalitys() =>
        AssertSize(84_873_280, new PixelSnailOptions(), new PriorShape(Top, [], Classes: 0));

    [Fact]
    public void A_PixelSNAIL_of_bottom_codes_has_as_many_parameters_as_rosinalitys() =>
        AssertSize(89_762_816, new PixelSnailOptions(), new PriorShape(Bottom, [Top], Classes: 0));

    private static void AssertSize(long expected, PriorOptions options, PriorShape shape)
    {
        options.Validate();
        using var device = Device.OpenDry();
        using var prior = options.Build(new ModuleScope(device, seed: 1), shape);
        Assert.Equal(expected, prior.Parameters.Sum(parameter => (long)parameter.Value.Size));
    }
}
