using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Models.Entropy;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Models.Entropy;

/// <summary>Symbols come back whatever they and their frequencies are, from about as many bytes as their probabilities
/// say.</summary>
public sealed class RangeCoderTests
{
    /// <summary>Symbols as (start, frequency): rare ones, frequent ones, and those at the ends of the range, which
    /// carry.</summary>
    private static Gen<(uint Start, uint Frequency)[]> Symbols(Choices draw) =>
        from count in draw.Between(0, 300)
        from symbols in Gen.OneOf(
            from frequency in Gen.OneOf(
                Gen.Choose(1, 8), Gen.Choose(1, 1 << 12), Gen.Choose(1, (int)RangeEncoder.Total),
                Gen.Choose((int)RangeEncoder.Total - 8, (int)RangeEncoder.Total))
            from start in Gen.OneOf(
                Gen.Constant(0), Gen.Constant((int)RangeEncoder.Total - frequency),
                Gen.Choose(0, (int)RangeEncoder.Total - frequency))
            select ((uint)start, (uint)frequency)).ArrayOf(count)
        select symbols;

    [Property(AtLeast = 2000)]
    public Property All_symbols_come_back_from_as_many_bytes_as_they_are_improbable() => Drawn.ForAll(Symbols, symbols =>
    {
        var bytes = Encode(symbols);
        var decoder = new RangeDecoder(bytes);
        foreach (var (start, frequency) in symbols)
        {
            Assert.InRange(decoder.Target, start, start + frequency - 1);
            decoder.Take(start, frequency);
            Assert.False(decoder.IsOverrun);
        }

        Assert.False(decoder.HasMore);
        var bits = symbols.Sum(symbol => RangeEncoder.TotalBits - Math.Log2(symbol.Frequency));
        // A last symbol also has what the division leaves of the range: less than a part, so a bit less at the most.
        var last = symbols.Count(symbol => symbol.Start + symbol.Frequency == RangeEncoder.Total);
        Assert.InRange(bytes.Length, (bits - last) / 8 - 2.01, bits / 8 + 2.01);
    });

    [Fact]
    public void A_carry_goes_through_bytes_that_are_written()
    {
        // 0.999…: the last symbols but one leave bytes of 255 behind, which the last one carries into.
        const uint half = RangeEncoder.Total / 2;
        (uint, uint)[] symbols = [(0, half), .. Enumerable.Repeat((half, half), 100), (half, half)];
        var first = Encode([(0, half), .. Enumerable.Repeat((half, half), 60)]);
        var bytes = Encode(symbols);
        Assert.Contains((byte)255, first);
        var decoder = new RangeDecoder(bytes);
        Assert.All(symbols, symbol =>
        {
            Assert.InRange(decoder.Target, symbol.Item1, symbol.Item1 + symbol.Item2 - 1);
            decoder.Take(symbol.Item1, symbol.Item2);
        });

        // Parts that do not divide the range: the sum of the starts passes a byte's end behind bytes of 255.
        var random = new Random(5);
        for (var round = 0; round < 2000; round++)
        {
            (uint, uint)[] near = [.. Enumerable.Range(0, 40).Select(_ =>
            {
                var frequency = (uint)random.Next(1, 1 << random.Next(1, 20));
                return (RangeEncoder.Total - frequency - (uint)random.Next(2), frequency);
            })];
            var its = new RangeDecoder(Encode(near));
            foreach (var (start, frequency) in near)
            {
                Assert.InRange(its.Target, start, start + frequency - 1);
                its.Take(start, frequency);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(51)]
    public void More_symbols_than_were_written_and_fewer_are_told_by_the_length(int count)
    {
        // Bytes as symbols.
        const uint part = RangeEncoder.Total / 256;
        var bytes = Encode(Enumerable.Range(0, count).Select(i => (37 * (uint)i % 256 * part, part)));
        var decoder = new RangeDecoder(bytes);
        for (var i = 0; i < count + 12; i++)
        {
            // Eight bytes are read ahead, and a symbol may still need bits of the one before.
            Assert.True(i < count - 12 ? decoder.HasMore : i < count || !decoder.HasMore);
            Assert.False(i <= count && decoder.IsOverrun);
            decoder.Take(decoder.Target / part * part, part);
        }

        Assert.True(decoder.IsOverrun);
    }

    [Property(AtLeast = 500)]
    public Property Any_bytes_are_some_symbols() => Drawn.ForAll(
        draw =>
            from length in draw.Between(0, 60)
            from bytes in Gen.OneOf(Gen.Choose(0, 255), Gen.Constant(255), Gen.Constant(0)).ArrayOf(length)
            from k in draw.Between(1, 50)
            select (Bytes: bytes.Select(value => (byte)value).ToArray(), K: (uint)k),
        @case =>
        {
            var decoder = new RangeDecoder(@case.Bytes);
            var part = RangeEncoder.Total / @case.K;
            for (var i = 0; i < 200; i++)
            {
                var target = decoder.Target;
                Assert.InRange(target, 0u, RangeEncoder.Total - 1);
                var symbol = Math.Min(target / part, @case.K - 1);
                decoder.Take(symbol * part, symbol == @case.K - 1 ? RangeEncoder.Total - symbol * part : part);
            }
        });

    [Fact]
    public void What_is_no_part_of_the_total_is_refused()
    {
        var encoder = new RangeEncoder();
        Assert.Throws<ArgumentOutOfRangeException>(() => encoder.Encode(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => encoder.Encode(1, RangeEncoder.Total));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RangeDecoder(new byte[8]).Take(5, 5));
        Assert.Empty(encoder.Finish());
    }

    private static byte[] Encode(IEnumerable<(uint Start, uint Frequency)> symbols)
    {
        var encoder = new RangeEncoder();
        foreach (var (start, frequency) in symbols)
        {
            encoder.Encode(start, frequency);
        }

        return encoder.Finish();
    }
}
