using IlgpuVq.Models.Data;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

public sealed class NearestImagesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(3 * 32 * 32 + 7)]
    public void A_distance_is_the_sum_of_squares(int length)
    {
        var (a, b) = (Bytes(length, seed: 1), Bytes(length, seed: 2));
        Assert.Equal(a.Zip(b).Sum(pair => (long)(pair.First - pair.Second) * (pair.First - pair.Second)),
            PixelDistance.Squared(a, b));
    }

    [Fact]
    public void The_largest_distances_of_large_images_do_not_overflow()
    {
        var (black, white) = (new byte[3_000_001], new byte[3_000_001]);
        white.AsSpan().Fill(255);
        Assert.Equal(3_000_001L * 255 * 255, PixelDistance.Squared(black, white));
        Assert.Equal(3_000_001L * 255 * 255, PixelDistance.Squared(white, black));
    }

    [Fact]
    public void The_nearest_are_found_in_order_and_equally_near_ones_by_their_number()
    {
        // More images than one part of the pass; every fifth is a copy of the first.
        var (count, length) = (5000, 4 * 3);
        var pixels = Bytes(count * length, seed: 3);
        for (var i = 0; i < count; i += 5)
        {
            pixels.AsSpan(0, length).CopyTo(pixels.AsSpan(i * length));
        }

        var set = new MemoryDataSet("set", DataSets.Train, (1, 4, 3), [], pixels, [.. Enumerable.Repeat(-1, count)]);
        byte[][] queries = [Bytes(length, seed: 4), pixels[..length], pixels[^length..]];
        var done = new List<long>();
        var nearest = NearestImages.Find(set, queries, count: 7, done.Add);

        Assert.Equal([0, 4096, 5000], done);
        for (var query = 0; query < queries.Length; query++)
        {
            var all = Enumerable.Range(0, count).Select(i => new Neighbour(
                i, pixels[(i * length)..((i + 1) * length)].Zip(queries[query], (a, b) => (a - b) * (a - b)).Sum()));
            Assert.Equal(all.OrderBy(each => each.Squared).ThenBy(each => each.Image).Take(7), nearest[query]);
        }

        Assert.Equal([0, 5, 10, 15, 20, 25, 30], nearest[1].Select(each => each.Image));
        Assert.Equal((4999, 0.0), (nearest[2][0].Image, nearest[2][0].Distance));
        Assert.Equal(nearest.Select(its => its[..3]), NearestImages.Find(set, queries, count: 3));
        Assert.Equal(count, NearestImages.Find(set, [queries[0]], count: 2 * count)[0].Length);
    }

    [Fact]
    public void A_distance_is_told_for_pixels_from_0_to_1() => Assert.Equal(2, new Neighbour(0, 4 * 255 * 255).Distance);

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
