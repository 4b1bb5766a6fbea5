using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Priors.GatedPixelCnn;
using IlgpuVq.Models.Priors.MaskGit;
using IlgpuVq.Models.Priors.PixelCnn;
using IlgpuVq.Models.Priors.PixelSnail;
using IlgpuVq.Models.Priors.Transformer;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using Xunit;

namespace IlgpuVq.Tests.Models.Priors;

/// <summary>What holds of every prior.</summary>
public sealed class PriorTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const int B = 3;

    private static readonly CodeLayout Coarse = new("top", 2, 2, [5]);
    private static readonly CodeLayout Fine = new("bottom", 4, 3, [6, 4]);

    /// <summary>Each family in small.</summary>
    internal static IReadOnlyDictionary<string, PriorOptions> Small { get; } = new Dictionary<string, PriorOptions>
    {
        ["pixelcnn"] = new PixelCnnOptions { Width = 8, Blocks = 2, OutputLayers = 1 },
        ["gated-pixelcnn"] = new GatedPixelCnnOptions { Width = 4, Layers = 3, OutputWidth = 6 },
        ["pixelsnail"] = new PixelSnailOptions
        {
            Width = 8,
            Kernel = 3,
            Blocks = 2,
            ResidualBlocks = 1,
            ResidualWidth = 6,
            OutputBlocks = 1,
            ConditionBlocks = 1,
            Attention = AttentionGrids.All,
            Heads = 2,
        },
        ["transformer"] = new TransformerOptions { Width = 8, Heads = 2, Layers = 2 },
        ["maskgit"] = new MaskGitOptions { Width = 8, Heads = 2, Layers = 1 },
    };

    public static TheoryData<string, string> FamiliesOnDevices() => [.. from family in Small.Keys
                                                                       from device in LawDevices.Names
                                                                       select (family, device)];

    public static TheoryData<string> FamilyNames() => [.. Small.Keys];

    [Fact]
    public void Every_family_is_here() => Assert.Equal(PriorFamilies.All.Select(kind => kind.Name), Small.Keys);

    [Theory]
    [MemberData(nameof(FamiliesOnDevices))]
    public void Logits_of_place_after_place_are_those_of_all_places_at_once(string family, string name)
    {
        var device = devices.Open(name);
        using var prior = Build(device, family);
        if (prior.Grids[^1] is not AutoregressivePrior grid)
        {
            return;
        }

        using var codes = new Codes(device);
        var condition = new PriorCondition(codes.Classes, [codes.Coarse]);
        using var tape = new Tape(device, recording: false);
        var whole = grid.AllLogits(tape, codes.Fine.Ids, condition, CausalContext.Inference)
            .Select(logits => logits.Value.ToArray()).ToArray();
        var ids = codes.Fine.Ids.ToArray();
        using var steps = new PriorSteps(grid, B, condition);
        foreach (var round in Enumerable.Range(0, 2))
        {
            for (var place = 0; place < Fine.Height * Fine.Width; place++)
            {
                for (var level = 0; level < Fine.Levels; level++)
                {
                    var k = Fine.CodebookSizes[level];
                    var own = steps.Logits().ToArray();
                    Assert.Equal(B * k, own.Length);
                    Assert.All(own.Select((value, i) => (value, i)), at => Assert.Equal(
                        whole[level][at.i * Fine.Height * Fine.Width + place], at.value, 1e-4f));
                    steps.Choose([.. Enumerable.Range(0, B).Select(b => ids[(b * Fine.Levels + level) * 12 + place])]);
                }
            }

            Assert.True(steps.IsDone);
            steps.Restart();
        }
    }

    [Theory]
    [MemberData(nameof(FamilyNames))]
    public void A_logit_depends_on_what_comes_before_it_alone(string family)
    {
        var device = devices.Open("cpu");
        using var prior = Build(device, family);
        if (prior.Grids[^1] is not AutoregressivePrior grid)
        {
            return;
        }

        using var codes = new Codes(device);
        var before = Run(codes.Fine.Ids.ToArray());
        var places = Fine.Height * Fine.Width;
        for (var changed = 0; changed < Fine.IndicesPerImage; changed++)
        {
            var (place, level) = (changed % places, changed / places);
            var ids = codes.Fine.Ids.ToArray();
            ids[changed] = (ids[changed] + 1) % Fine.CodebookSizes[level];
            var after = Run(ids);
            var reaches = false;
            for (var its = 0; its < Fine.Levels; its++)
            {
                for (var at = 0; at < places; at++)
                {
                    var isSame = Enumerable.Range(0, Fine.CodebookSizes[its]).All(
                        k => before[its][k * places + at] == after[its][k * places + at]);
                    var isLater = at > place || (at == place && its > level);
                    Assert.True(isSame || isLater, $"{at}, level {its} depends on {place}, level {level}");
                    reaches |= !isSame;
                }
            }

            Assert.True(reaches || changed == Fine.IndicesPerImage - 1, $"nothing depends on {place}, level {level}");
        }

        float[][] Run(int[] ids)
        {
            using var tensor = device.From<int>(ids, codes.Fine.Ids.Shape);
            using var tape = new Tape(device, recording: false);
            return [.. grid.AllLogits(tape, tensor, new PriorCondition(codes.Classes, [codes.Coarse]), CausalContext.Inference)
                .Select(logits => logits.Value.ToArray())];
        }
    }

    internal static CodePrior Build(Device device, string family) =>
        new(new ModuleScope(device, seed: 4), Small[family], [Coarse, Fine], classes: 3);

    /// <summary>Indices of some images, and their classes.</summary>
    internal sealed class Codes : IDisposable
    {
        public Codes(Device device)
        {
            Coarse = Draw(PriorTests.Coarse, 1);
            Fine = Draw(PriorTests.Fine, 2);
            Classes = device.From<int>([2, 0, 1], [B]);

            CodeGrid Draw(CodeLayout layout, int seed)
            {
                var random = new Random(seed);
                var places = layout.Height * layout.Width;
                int[] ids = [.. Enumerable.Range(0, B * layout.IndicesPerImage).Select(
                    i => random.Next(layout.CodebookSizes[i / places % layout.Levels]))];
                return new CodeGrid(
                    layout.Name, device.From<int>(ids, [B, layout.Levels, layout.Height, layout.Width]), layout.CodebookSizes);
            }
        }

        public CodeGrid Coarse { get; }

        public CodeGrid Fine { get; }

        public Tensor<int> Classes { get; }

        public void Dispose()
        {
            Coarse.Dispose();
            Fine.Dispose();
            Classes.Dispose();
        }
    }
}
