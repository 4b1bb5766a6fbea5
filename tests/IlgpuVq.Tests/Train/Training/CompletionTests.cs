using IlgpuVq.Models.Data;
using IlgpuVq.Models.Priors;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Train.Commands;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

[Collection(nameof(SampleRuns))]
public sealed class CompletionTests(SampleRuns runs)
{
    private const int Length = 3 * SampleRuns.Height * SampleRuns.Width;

    [Theory]
    [InlineData("by-class", "top:0.7", "1111 1111 ....")]
    [InlineData("masks", "left", "11.. 11.. 11..")]
    public void What_is_kept_has_the_codes_of_the_image_and_the_rest_is_drawn(string run, string text, string places)
    {
        using var device = Device.Open("cpu");
        using var trained = TrainedPrior.Load(device, runs.At(run), CheckpointStore.LatestName, _ => { });
        var (prior, model) = (trained.Prior, trained.Trained.Model);
        var images = (float[])[.. Pixels(0), .. Pixels(4)];
        var completion = new Completion(prior, model, KeptPart.Parse("--keep", text, trained.Size), "--keep");
        var options = new SamplingOptions { Seed = 3 };
        int[]? labels = prior.Classes > 0 ? [0, 1] : null;
        var rows = completion.Draw(images, times: 2, labels, new PriorDrawing(0) { Options = options });

        using var x = device.From<float>(images, [2, 3, SampleRuns.Height, SampleRuns.Width]);
        using var codes = model.Encode(x)[0];
        var ids = codes.Ids.ToArray();
        places = places.Replace(" ", "", StringComparison.Ordinal);
        int[] given = [.. Enumerable.Range(0, 4 * 12).Select(
            i => places[i % 12] == '1' ? ids[i / 24 * 12 + i % 12] : -1)];
        using var classes = labels is null ? null : device.From<int>([0, 0, 1, 1], [4]);
        using var drawn = new CodeGrid(codes.Name, prior.Grids[0].Sample(
            new SampleRequest(4, new PriorCondition(classes, []), options) { Given = given }), codes.CodebookSizes);
        var drawnIds = drawn.Ids.ToArray();
        Assert.All(given.Zip(drawnIds).Where(pair => pair.First >= 0), pair => Assert.Equal(pair.First, pair.Second));
        Assert.NotEqual(drawnIds[..12], drawnIds[12..24]);
        using var decoded = model.Decode([drawn]);
        var expected = decoded.ToArray();

        Assert.Equal(images[..Length], rows[..Length]);
        Assert.Equal(expected[..(2 * Length)], rows[(2 * Length)..(4 * Length)]);
        Assert.Equal(images[Length..], rows[(4 * Length)..(5 * Length)]);
        Assert.Equal(expected[(2 * Length)..], rows[(6 * Length)..]);
        using var whole = model.Decode([codes]);
        Assert.Equal(Masked(whole.ToArray()[..Length], places), rows[Length..(2 * Length)]);
    }

    /// <summary>Grey where a place, four pixels wide and high, is not kept.</summary>
    private static float[] Masked(float[] image, string places) => [.. image.Select((value, i) =>
    {
        var (row, x) = (i / SampleRuns.Width % SampleRuns.Height, i % SampleRuns.Width);
        return places[row / 4 * 4 + x / 4] == '1' ? value : 0;
    })];

    private float[] Pixels(int image)
    {
        var (set, pixels) = (DataSets.OpenFile(runs.Image(image), channels: 3), new float[Length]);
        set.ReadBatch([0], pixels, new int[1]);
        return pixels;
    }
}
