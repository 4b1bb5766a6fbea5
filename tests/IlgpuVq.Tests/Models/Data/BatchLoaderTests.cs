using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models;
using IlgpuVq.Models.Data;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Data;

public class BatchLoaderTests
{
    [Property]
    public Property Batches_are_those_of_the_order_from_any_first_step_and_with_any_depth_and_number_of_threads()
    {
        var cases =
            from count in Gen.Choose(1, 30)
            from batch in Gen.Choose(1, count)
            from firstStep in Gen.Choose(0, 40)
            from depth in Gen.Choose(2, 6)
            from isCostly in Gen.Elements(false, true)
            select (count, batch, firstStep, depth, isCostly);
        return Prop.ForAll(Arb.From(cases), test =>
        {
            var (count, batch, firstStep, depth, isCostly) = test;
            var data = new CountedSet(count, isCostly);
            var order = new DataOrder(count, batch, seed: 9);
            using var loader = new BatchLoader(data, batch, seed: 9, firstStep, depth);
            var (indices, images, labels) = (new int[batch], new float[batch * data.ImageLength], new int[batch]);
            for (long step = firstStep; step < firstStep + 15; step++)
            {
                var loaded = loader.Next();
                order.Fill(step, indices);
                data.ReadBatch(indices, images, labels);
                Assert.Equal(step, loaded.Step);
                Assert.Equal(labels, loaded.Labels);
                Assert.Equal(images, loaded.Images);
            }
        });
    }

    [Fact]
    public void Arrays_are_reused_and_stay_as_they_are_until_the_next_call()
    {
        var data = new CountedSet(count: 50);
        using var loader = new BatchLoader(data, batch: 5, seed: 1, depth: 3);
        var arrays = new HashSet<float[]>(ReferenceEqualityComparer.Instance);
        for (var step = 0; step < 30; step++)
        {
            var batch = loader.Next();
            var copy = batch.Images.ToArray();
            data.WaitForReads((step + 3) * 5); // the ring is full: every array but this one was written
            Assert.Equal(copy, batch.Images);
            arrays.Add(batch.Images);
        }

        Assert.Equal(3, arrays.Count);
    }

    [Fact]
    public void No_more_is_read_ahead_than_the_ring_holds()
    {
        var data = new CountedSet(count: 50);
        using (var loader = new BatchLoader(data, batch: 5, seed: 1, depth: 4))
        {
            data.WaitForReads(4 * 5);
            loader.Next();
            loader.Next();
            data.WaitForReads(5 * 5);
        }

        Assert.Equal(5 * 5, data.Reads);
    }

    [Fact]
    public void Steps_allocate_nothing()
    {
        var data = new CountedSet(count: 64);
        using var loader = new BatchLoader(data, batch: 16, seed: 1, depth: 2);
        for (var step = 0; step < 20; step++)
        {
            loader.Next();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var step = 0; step < 200; step++)
        {
            loader.Next();
        }

        // The caller's side; a blocked semaphore may make a small object, an array of images would be far larger.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * data.ImageLength * sizeof(float));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_failure_comes_out_of_the_step_it_belongs_to_and_again_after(bool isCostly)
    {
        var order = new DataOrder(count: 20, batch: 4, seed: 2);
        var indices = new int[4];
        order.Fill(3, indices);
        using var loader = new BatchLoader(new CountedSet(count: 20, isCostly, broken: indices[1]), batch: 4, seed: 2);
        for (var step = 0; step < 3; step++)
        {
            Assert.Equal(step, loader.Next().Step);
        }

        Assert.Equal("broken on purpose", Assert.Throws<DataException>(loader.Next).Subject);
        Assert.Equal("broken on purpose", Assert.Throws<DataException>(loader.Next).Subject);
    }

    [Fact]
    public void Disposing_stops_the_threads_at_any_moment()
    {
        for (var taken = 0; taken < 6; taken++)
        {
            var loader = new BatchLoader(new CountedSet(count: 20, isCostly: true), batch: 4, seed: 2);
            for (var i = 0; i < taken; i++)
            {
                loader.Next();
            }

            loader.Dispose();
            loader.Dispose();
            Assert.Throws<ObjectDisposedException>(loader.Next);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(21)]
    public void A_batch_that_does_not_fit_the_set_is_refused(int batch)
    {
        var error = Assert.Throws<DataException>(() => new BatchLoader(new CountedSet(count: 20), batch, seed: 0));
        Assert.Contains($"expected 1 to 20, the number of images; got {batch}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_too_large_for_an_array_is_refused()
    {
        var error = Assert.Throws<DataException>(
            () => new BatchLoader(new CountedSet(count: 20), batch: 400_000_000, seed: 0, allowRepeats: true));
        Assert.Equal(
            "batch: expected at most 357913931 images of this size; got 400000000. Take a smaller batch.", error.Message);
    }

    [Fact]
    public void Real_images_come_in_their_order()
    {
        RealData.Require("mnist", "t10k-images-idx3-ubyte.gz");
        var data = DataSets.Open("mnist", new DataSetOptions { Root = RealData.Root, Split = "test" });
        using var loader = new BatchLoader(data, batch: 32, seed: 0);
        var seen = new int[10];
        for (var step = 0; step < data.Count / 32; step++)
        {
            foreach (var label in loader.Next().Labels)
            {
                seen[label]++;
            }
        }

        var all = Enumerable.Range(0, data.Count).CountBy(data.Label).ToDictionary();
        Assert.Equal(data.Count / 32 * 32, seen.Sum());
        Assert.All(Enumerable.Range(0, 10), digit => Assert.InRange(seen[digit], all[digit] - (data.Count % 32), all[digit]));
    }

    /// <summary>Images of 1 × 2 × 3 whose bytes tell their index; counts what is read.</summary>
    private sealed class CountedSet(int count, bool isCostly = false, int broken = -1) : ImageDataSet("counted", DataSets.Train)
    {
        private int reads;

        public int Reads => Volatile.Read(ref reads);

        public override int Count => count;

        public override int Channels => 1;

        public override int Height => 2;

        public override int Width => 3;

        public override IReadOnlyList<string> ClassNames { get; } = [.. Enumerable.Range(0, count).Select(i => $"{i}")];

        public override bool IsCostlyToRead => isCostly;

        public override int Label(int index) => index;

        public override void Read(int index, Span<byte> pixels)
        {
            if (index == broken)
            {
                throw DataException.Expected("broken on purpose", "an image", "none");
            }

            for (var i = 0; i < pixels.Length; i++)
            {
                pixels[i] = (byte)((7 * index) + i);
            }

            Interlocked.Increment(ref reads);
        }

        public void WaitForReads(int wanted)
        {
            Assert.True(SpinWait.SpinUntil(() => Reads >= wanted, TimeSpan.FromSeconds(30)), $"{Reads} of {wanted} reads");
        }
    }
}
