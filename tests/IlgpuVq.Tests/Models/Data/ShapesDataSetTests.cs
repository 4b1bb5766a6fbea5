using System.Security.Cryptography;
using IlgpuVq.Models.Data;
using IlgpuVq.Tensors;
using Xunit;
using static IlgpuVq.Tests.Models.Data.DataFiles;

namespace IlgpuVq.Tests.Models.Data;

public class ShapesDataSetTests
{
    private static readonly DataSetOptions Options = new();

    [Fact]
    public void The_first_images_are_the_same_bits_for_ever()
    {
        // Made by this code, after the picture was looked at. Only exactly rounded operations: the same on every machine.
        Assert.Equal("a9bbe64d9228590a67a522999c16e23e4ce11f4e3647d26fd259ddc9b4ae6f5b", Hash(Options));
    }

    [Fact]
    public void Order_of_reading_size_of_the_cache_and_opening_again_change_nothing()
    {
        var (data, other) = (DataSets.Open("shapes", Options), DataSets.Open("shapes", Options with { CacheBytes = 0 }));
        var forth = Enumerable.Range(0, 40).Select(i => Read(data, i)).ToArray();
        var back = Enumerable.Range(0, 40).Reverse().Select(i => Read(other, i)).Reverse().ToArray();
        Assert.Equal(forth, back);
        Assert.Equal(forth[7], Read(data, 7));
    }

    [Fact]
    public void Seeds_and_splits_give_other_images_and_no_image_comes_twice()
    {
        DataSetOptions[] sets =
        [
            Options, Options with { Split = "test" }, Options with { Seed = 1 }, Options with { Seed = 1UL << 40 },
        ];
        var seen = new HashSet<string>();
        Assert.All(sets, options =>
        {
            var data = DataSets.Open("shapes", options with { ShapeSize = 16 });
            for (var i = 0; i < 1000; i++)
            {
                Assert.True(seen.Add(Convert.ToHexString(SHA256.HashData(Read(data, i)))), $"image {i}");
            }
        });
    }

    [Fact]
    public void Every_class_comes_equally_often_and_looks_different_from_the_others()
    {
        var data = DataSets.Open("shapes", Options);
        Assert.True(data.ClassNames.Count >= 6);
        Assert.Equal(data.ClassNames.Count, data.ClassNames.Distinct().Count());
        var counts = Enumerable.Range(0, 800).GroupBy(data.Label).Select(group => group.Count());
        Assert.All(counts, count => Assert.Equal(800 / data.ClassNames.Count, count));
    }

    [Fact]
    public void Every_outline_has_an_inside_and_stays_within_the_unit_circle()
    {
        for (var shape = 0; shape < ShapeOutline.Names.Count; shape++)
        {
            var inside = 0;
            for (var i = 0UL; i < 20_000; i++)
            {
                var words = Philox.Block(seed: 5, stream: (ulong)shape, i);
                var (x, y) = ((Philox.ToUniform(words.X) * 3f) - 1.5f, (Philox.ToUniform(words.Y) * 3f) - 1.5f);
                var distance = ShapeOutline.Distance(shape, x, y);
                inside += distance < 0f ? 1 : 0;
                Assert.True(distance > 0f || (x * x) + (y * y) <= 1.02f, $"{ShapeOutline.Names[shape]} at {x}, {y}");

                // A distance grows no faster than the way gone; what is drawn at the edge depends on it.
                var step = ShapeOutline.Distance(shape, x + 0.01f, y) - distance;
                Assert.True(MathF.Abs(step) <= 0.0101f, $"{ShapeOutline.Names[shape]} at {x}, {y}: {step}");
            }

            Assert.InRange(inside / 20_000.0 * 9.0, 0.8, 2.6); // area; the unit circle has π
        }
    }

    [Fact]
    public void Sizes_can_be_chosen_within_limits()
    {
        var data = DataSets.Open("shapes", Options with { ShapeSize = 48 });
        Assert.Equal((3, 48, 48), (data.Channels, data.Height, data.Width));
        AssertRefused("shapes", Options with { ShapeSize = 7 }, "shapes: expected a size from 8 to 1024; got 7.");
        AssertRefused("shapes", Options with { ShapeSize = 1025 }, "got 1025.");
    }

    [Fact]
    public void There_is_no_image_outside_the_count()
    {
        var data = DataSets.Open("shapes", Options);
        Assert.Throws<ArgumentOutOfRangeException>(() => Read(data, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Read(data, data.Count));
    }

    private static string Hash(DataSetOptions options)
    {
        var data = DataSets.Open("shapes", options);
        return Convert.ToHexStringLower(SHA256.HashData([.. Enumerable.Range(0, 64).SelectMany(i => Read(data, i))]));
    }
}
