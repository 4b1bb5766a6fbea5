using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Models.Data;

public class DataOrderTests
{
    private static readonly Gen<(int Count, int Batch, ulong Seed)> Orders =
        from count in Gen.Choose(1, 60)
        from batch in Gen.Choose(1, count)
        from seed in Gen.Choose(0, int.MaxValue)
        select (count, batch, (ulong)seed * 0x1_0000_0001);

    [Property]
    public Property An_epoch_shows_every_image_at_most_once_and_whole_batches_only()
    {
        return Prop.ForAll(Arb.From(Orders), order =>
        {
            var (count, batch, seed) = order;
            var data = new DataOrder(count, batch, seed);
            Assert.Equal(count / batch, data.StepsPerEpoch);
            for (var epoch = 0; epoch < 3; epoch++)
            {
                var shown = Enumerable.Range(0, data.StepsPerEpoch).SelectMany(i => Step(data, (epoch * data.StepsPerEpoch) + i));
                var sorted = shown.Order().ToArray();
                Assert.Equal(sorted.Distinct(), sorted);
                Assert.Equal(count / batch * batch, sorted.Length);
                Assert.InRange(sorted[0], 0, count - 1);
                Assert.InRange(sorted[^1], 0, count - 1);
            }
        });
    }

    [Property]
    public Property A_step_is_the_same_whatever_was_asked_before()
    {
        return Prop.ForAll(Arb.From(Orders), Arb.From(Gen.Choose(0, 1000)), (order, step) =>
        {
            var (count, batch, seed) = order;
            var walked = new DataOrder(count, batch, seed);
            _ = Step(walked, step + 1);
            _ = Step(walked, step / 2);
            Assert.Equal(Step(new DataOrder(count, batch, seed), step), Step(walked, step));
        });
    }

    [Fact]
    public void Seeds_and_epochs_give_other_orders()
    {
        var orders = new[] { 0UL, 1UL, 1UL << 32 }.SelectMany(seed =>
        {
            var data = new DataOrder(count: 100, batch: 100, seed);
            return new[] { Step(data, 0), Step(data, 1), Step(data, 1L << 33) };
        });
        Assert.Equal(9, orders.Select(order => string.Join(',', order)).Distinct().Count());
    }

    [Fact]
    public void Every_image_comes_to_every_position_about_equally_often()
    {
        // 2 000 permutations of 10: each cell expects 200 with a deviation of √(200 · 0.9) ≈ 13.4; six of them are allowed.
        var data = new DataOrder(count: 10, batch: 10, seed: 3);
        var counts = new int[10, 10];
        for (var epoch = 0; epoch < 2000; epoch++)
        {
            var order = Step(data, epoch);
            for (var position = 0; position < 10; position++)
            {
                counts[position, order[position]]++;
            }
        }

        Assert.All(counts.Cast<int>(), count => Assert.InRange(count, 200 - 80, 200 + 80));
    }

    [Fact]
    public void A_batch_larger_than_the_set_repeats_images_only_when_that_is_allowed()
    {
        var data = new DataOrder(count: 3, batch: 7, seed: 0, allowRepeats: true);
        var joined = Step(data, 0).Concat(Step(data, 1)).Concat(Step(data, 2)).ToArray();
        for (var epoch = 0; epoch < 7; epoch++)
        {
            Assert.Equal([0, 1, 2], joined[(3 * epoch)..((3 * epoch) + 3)].Order());
        }

        Assert.Equal(joined[7..14], Step(new DataOrder(3, 7, seed: 0, allowRepeats: true), 1));
    }

    [Theory]
    [InlineData(0, "Take a larger batch.")]
    [InlineData(-1, "Take a larger batch.")]
    [InlineData(11, "Take a smaller batch, or allow repeats.")]
    public void A_batch_that_does_not_fit_the_set_is_refused_with_both_numbers(int batch, string advice)
    {
        var error = Assert.Throws<DataException>(() => new DataOrder(count: 10, batch, seed: 0));
        Assert.Equal($"batch: expected 1 to 10, the number of images; got {batch}. {advice}", error.Message);
    }

    private static int[] Step(DataOrder order, long step)
    {
        var indices = new int[order.Batch];
        order.Fill(step, indices);
        return indices;
    }
}
