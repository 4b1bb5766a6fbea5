using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Support;
using IlgpuVq.Tests.Train.Commands;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.TensorBoard;
using IlgpuVq.Train.TensorBoard.Messages;
using Xunit;

namespace IlgpuVq.Tests.Train.TensorBoard;

/// <summary>What TensorBoard finds in a run's folder.</summary>
public sealed class TensorBoardTests : IDisposable
{
    // Fields of the messages, by TensorBoard's numbers.
    private const int Step = 2, FileVersion = 3, Values = 5;
    private const int Tag = 1, Scalar = 2, Image = 4, Histo = 5, Text = 8, Meta = 9;

    private readonly TemporaryFolder folder = new();

    private string Run => folder.At("run");

    private string Events => Path.Combine(Run, "events.tfevents");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_writes_its_figures_pictures_histograms_and_settings()
    {
        Train("--steps", "6", "--sample-every", "4");
        var events = WireReader.Events(Events);
        Assert.Equal("brain.Event:2", events[0].Text(FileVersion));
        Assert.All(events, happening => Assert.InRange(happening.Number(1), 1.7e9, 1e11));

        var values = ValuesOf(events);
        foreach (var line in MetricsLog.Read(Path.Combine(Run, "metrics.jsonl")))
        {
            Assert.Contains(line.Figures, figure => figure is { Key: "lr", Value: > 0 });
            Assert.All(line.Figures, figure => Assert.Equal((float)figure.Value, values[(line.Step, figure.Key)].Number(Scalar)));
        }

        foreach (var step in new[] { 4, 6 })
        {
            var image = values[(step, "samples")].Message(Image);
            var picture = Path.Combine(Run, "samples", $"step-{step:D8}.png");
            Assert.Equal(File.ReadAllBytes(picture), image.Bytes(4));
            Assert.Equal(3, image.Whole(3));
            Assert.True(values[(step, "state/_encoder._conv_1.weight")].Has(Histo));
        }

        // Two steps of 4 images with 8 × 8 codes each.
        var usage = values[(2, "usage")].Message(Histo);
        Assert.Equal((0, 15, 512), (usage.Number(1), usage.Number(2), usage.Number(3)));
        Assert.Equal(16, usage.Packed(6).Length);
        Assert.Equal(512, usage.Packed(7).Sum());

        var text = values[(0, "config/text_summary")];
        Assert.Equal("text", text.Message(Meta).Message(1).Text(1));
        Assert.Contains("\"codes\": 16", text.Message(Text).Text(8), StringComparison.Ordinal);
        var start = values[(0, "_hparams_/session_start_info")].Message(Meta).Message(1);
        Assert.Equal("hparams", start.Text(1));
        var settings = start.Message(2).Message(3).Messages(1).ToDictionary(entry => entry.Text(1), entry => entry.Message(2));
        Assert.Equal(16, settings["model.quantizer.codes"].Number(2));
        Assert.Equal("shapes", settings["data.name"].Text(3));
        Assert.Equal(1, settings["task.normalize"].Whole(4));
        var experiment = values[(0, "_hparams_/experiment")].Message(Meta).Message(1).Message(2).Message(2);
        Assert.Equal(settings.Keys.Order(), experiment.Messages(4).Select(setting => setting.Text(1)).Order());
    }

    [Fact]
    public void A_run_that_goes_on_repeats_no_step_and_drops_what_a_crash_cut_off()
    {
        Train("--steps", "4", "--checkpoint-every", "2", "--sample-every", "2");
        var before = WireReader.Events(Events).Count;
        File.AppendAllBytes(Events, File.ReadAllBytes(Events)[..33]); // a record that is not whole

        Resume("2", "--steps", "8", "--discard-later");
        var events = WireReader.Events(Events);
        Assert.True(events.Count > before);
        var values = ValuesOf(events); // would refuse a step with a tag twice
        Assert.Equal([2L, 4, 6, 8], values.Keys.Where(key => key.Tag == "loss").Select(key => key.Step));
        Assert.Equal([2L, 4, 6, 8], values.Keys.Where(key => key.Tag == "samples").Select(key => key.Step));
        Assert.Equal([0L, 2], values.Keys.Where(key => key.Tag == "config/text_summary").Select(key => key.Step));
    }

    [Fact]
    public void A_run_without_events_gets_some_when_it_goes_on()
    {
        Train("--steps", "2", "--tensorboard", "false");
        Assert.False(File.Exists(Events));
        Resume("latest", "--steps", "4", "--tensorboard", "true");
        Assert.Equal([4L], ValuesOf(WireReader.Events(Events)).Keys.Where(key => key.Tag == "loss").Select(key => key.Step));
    }

    [Property(AtLeast = 300)]
    public Property A_damaged_file_is_gone_on_from_up_to_its_damage()
    {
        var path = folder.At("events");
        using (var file = EventFile.Create(path))
        {
            for (var step = 1; step <= 5; step++)
            {
                file.Append(new Event { Step = step, Summary = new Summary() });
            }
        }

        var whole = File.ReadAllBytes(path);
        return Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
        {
            var random = new Random(seed);
            File.WriteAllBytes(path, ChangedBytes.Of(whole, random));
            var read = EventFile.Read(path);
            var last = random.Next(7);
            if (EventFile.Resume(path, last) is { } file)
            {
                file.Append(new Event { Step = 9 });
                file.Dispose();
                Assert.Equal([.. read.Where(one => one.Step <= last).Select(one => one.Step), 9],
                    EventFile.Read(path).Select(one => one.Step));
                _ = WireReader.Events(path);
            }
            else
            {
                Assert.True(read.Count(one => one.Step <= last) < 2);
            }
        });
    }

    [Theory]
    [InlineData(new[] { 1f, 2, 3, 3, float.NaN, float.PositiveInfinity }, 4, 1, 3)]
    [InlineData(new[] { 5f, 5 }, 2, 5, 5)]
    public void A_histogram_of_numbers_holds_each_finite_one_once(float[] numbers, int count, double min, double max)
    {
        var histogram = EventHistogram.OfNumbers(numbers);
        Assert.Equal((count, min, max), (histogram.Num, histogram.Min, histogram.Max));
        Assert.Equal(count, histogram.Bucket.Sum());
        Assert.Equal(max, histogram.BucketLimit[^1]);
        Assert.Equal(histogram.Bucket.Count, histogram.BucketLimit.Count);
        Assert.Equal(numbers.Count(number => number == numbers[0]), histogram.Bucket[0]);
        Assert.Equal(histogram.BucketLimit.Order(), histogram.BucketLimit);
    }

    [Fact]
    public void A_histogram_of_many_codes_shares_buckets_among_neighbours()
    {
        var histogram = EventHistogram.OfCounts([.. Enumerable.Repeat(1f, 1000)]);
        Assert.Equal((500, 1000), (histogram.Bucket.Count, histogram.Num));
        Assert.All(histogram.Bucket, bucket => Assert.Equal(2, bucket));
        Assert.Equal([1.5, 3.5, 999.5], [histogram.BucketLimit[0], histogram.BucketLimit[1], histogram.BucketLimit[^1]]);
    }

    [Fact]
    public void Nothing_finite_and_no_codes_are_histograms_too()
    {
        Assert.Equal(0, EventHistogram.OfNumbers([float.NaN]).Num);
        Assert.Equal(0, EventHistogram.OfCounts([0, 0]).Num);
    }

    private static Dictionary<(long Step, string Tag), WireReader> ValuesOf(IEnumerable<WireReader> events) => (
        from happening in events
        where happening.Has(Values)
        from value in happening.Message(Values).Messages(1)
        select (Key: (happening.Whole(Step), value.Text(Tag)), value)).ToDictionary(pair => pair.Key, pair => pair.value);

    private void Train(params string[] options) =>
        Assert.Equal(0, ProgramRun.Invoke(["train", "--run", Run, .. ProgramRun.Tiny, .. options]).Code);

    private void Resume(string checkpoint, params string[] options) =>
        Assert.Equal(0, ProgramRun.Invoke(["train", "--run", Run, "--resume", checkpoint, .. options]).Code);
}
