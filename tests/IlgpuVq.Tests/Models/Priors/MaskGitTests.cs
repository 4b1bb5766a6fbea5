using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Priors.MaskGit;
using IlgpuVq.Models.Priors.PixelCnn;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using Xunit;

namespace IlgpuVq.Tests.Models.Priors;

/// <summary>What holds of a prior that predicts hidden indices.</summary>
public sealed class MaskGitTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private const int B = 3, PerImage = 24;

    private static readonly MaskGitOptions Options = new() { Width = 8, Heads = 2, Layers = 1 };

    public static TheoryData<string> Devices => [.. LawDevices.Names];

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_prediction_depends_on_what_is_seen_and_on_no_hidden_index(string name)
    {
        var device = devices.Open(name);
        using var prior = TransformerTests.Build(device, Options);
        using var codes = new PriorTests.Codes(device);
        var grid = (MaskGitPrior)prior.Grids[1];
        var ids = codes.Fine.Ids.ToArray();
        float[] hidden = [.. ids.Select((_, i) => i * 7 % 5 < 2 ? 1f : 0f)];
        var before = Run(ids);
        Assert.All(before, logit => Assert.True(float.IsFinite(logit)));
        Assert.Equal(before, Run([.. ids.Select((id, i) => hidden[i] != 0 ? -1 : id)]));
        Assert.Equal(before, Run([.. ids.Select((id, i) => hidden[i] != 0 ? (id + 1) % 4 : id)]));
        foreach (var seen in (int[])[.. Enumerable.Range(0, PerImage).Where(i => hidden[i] == 0)])
        {
            int[] changed = [.. ids];
            changed[seen] = (changed[seen] + 1) % 4;
            var after = Run(changed);
            Assert.NotEqual(before[..120], after[..120]); // of the first image: 12 places of 6 codes, and of 4
            Assert.Equal(before[120..], after[120..]);
        }

        float[] Run(int[] all)
        {
            using var tensor = device.From<int>(all, codes.Fine.Ids.Shape);
            using var mask = device.From<float>(hidden, codes.Fine.Ids.Shape);
            using var tape = new Tape(device, recording: false);
            var logits = grid.Logits(
                tape, tensor, mask, new PriorCondition(codes.Classes, [codes.Coarse]), StepContext.Inference);
            var (first, second) = (logits[0].Value.ToArray(), logits[1].Value.ToArray());
            return [.. Enumerable.Range(0, B).SelectMany(
                b => (float[])[.. first.AsSpan(b * 72, 72), .. second.AsSpan(b * 48, 48)])];
        }
    }

    [Fact]
    public void Scores_of_images_add_up_and_count_eight_masks_of_each()
    {
        var device = devices.Open("cpu");
        using var prior = TransformerTests.Build(device, Options);
        using var codes = new PriorTests.Codes(device);
        var all = prior.Score([codes.Coarse, codes.Fine], codes.Classes)[1];
        var sum = default(PriorScore);
        for (var b = 0; b < B; b++)
        {
            using var coarse = Part(codes.Coarse, b, 4);
            using var fine = Part(codes.Fine, b, PerImage);
            using var classes = device.From<int>([codes.Classes.ToArray()[b]], [1]);
            sum += prior.Score([coarse, fine], classes)[1];
        }

        Assert.Equal(all.Nats, sum.Nats, 1e-3);
        Assert.Equal((all.Right, all.Count), (sum.Right, sum.Count));
        int[] counts = [.. Enumerable.Range(0, 8).Select(i => (int)Math.Ceiling(PerImage * Math.Cos(Math.PI * (i + 0.5) / 16)))];
        Assert.Equal(B * counts.Sum(), all.Count);

        CodeGrid Part(CodeGrid grid, int b, int length)
        {
            var ids = grid.Ids.ToArray()[(b * length)..((b + 1) * length)];
            return new CodeGrid(grid.Name, device.From<int>(ids, [1, .. grid.Ids.Shape.AsSpan()[1..]]), grid.CodebookSizes);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100)]
    public void It_draws_in_any_number_of_passes(int passes)
    {
        var device = devices.Open("cpu");
        using var prior = TransformerTests.Build(device, Options);
        using var codes = new PriorTests.Codes(device);
        var done = new List<int>();
        var request = new SampleRequest(
            B, new PriorCondition(codes.Classes, [codes.Coarse]), new SamplingOptions { Passes = passes, Seed = 3 })
        {
            Progress = (places, _) => done.Add(places),
        };
        using var drawn = prior.Grids[1].Sample(request);
        Assert.DoesNotContain(-1, drawn.ToArray());
        Assert.Equal(done.Order(), done);
        if (passes <= 5)
        {
            Assert.Equal((passes, 12), (done.Count, done[^1]));
        }
        else
        {
            Assert.InRange(done.Count, 12, PerImage); // one index at least in each pass
        }
    }

    [Fact]
    public void It_has_no_likelihood_and_so_codes_nothing()
    {
        using var device = Device.OpenDry();
        using var masked = TransformerTests.Build(device, Options);
        using var causal = TransformerTests.Build(device, new PixelCnnOptions { Width = 4 });

        Assert.False(PriorCoder.Suits(masked));
        Assert.True(PriorCoder.Suits(causal));
    }
}
