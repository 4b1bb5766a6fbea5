using IlgpuVq.Models.Entropy;
using IlgpuVq.Models.Priors;
using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Priors;

/// <summary>Codes come back from as many bits as their prior says.</summary>
public sealed class PriorCoderTests : IDisposable
{
    private static readonly int[] Classes = [2, 0, 1];

    private readonly Device device = Device.Open("cpu", new DeviceOptions(Reproducible: true));

    public static TheoryData<string> FamilyNames() => [.. PriorTests.Small.Keys];

    public void Dispose() => device.Dispose();

    [Theory]
    [MemberData(nameof(FamilyNames))]
    public void Codes_come_back(string family)
    {
        using var prior = PriorTests.Build(device, family);
        if (!PriorCoder.Suits(prior))
        {
            Assert.Throws<NotSupportedException>(() => new PriorCoder(prior));
            return;
        }

        var places = 0;
        var coder = new PriorCoder(prior) { Progress = count => places += count };
        var codes = CodesOf(device);
        var encoder = new RangeEncoder();
        var bits = coder.Encode(codes, Classes, encoder);
        var bytes = encoder.Finish();
        Assert.InRange(8 * bytes.Length, bits - 16, bits + 16.1);
        Assert.Equal(3 * (2 * 2 + 4 * 3), places);
        Assert.Equal(bits, coder.BitsOf(codes, Classes));

        using var others = new Kept(family);
        var decoded = others.Coder.Decode(3, Classes, new RangeDecoder(bytes));
        Assert.Equal(codes, decoded);
        Assert.NotEqual(codes, others.Coder.Decode(3, [0, 0, 0], new RangeDecoder(bytes)));
    }

    [Theory]
    [MemberData(nameof(FamilyNames))]
    public void Bits_are_those_that_the_prior_measures_whatever_images_are_beside(string family)
    {
        using var prior = PriorTests.Build(device, family);
        if (!PriorCoder.Suits(prior))
        {
            return;
        }

        var coder = new PriorCoder(prior);
        var codes = CodesOf(device);
        var alone = Enumerable.Range(0, 3).Sum(image => coder.BitsOf(
            [.. codes.Select(ids => ids.AsSpan(image * ids.Length / 3, ids.Length / 3).ToArray())], [Classes[image]]));
        Assert.Equal(coder.BitsOf(codes, Classes), alone, 1e-9);

        using var cpu = Device.Open("cpu");
        using var measured = PriorTests.Build(cpu, family);
        using var its = new PriorTests.Codes(cpu);
        var nats = measured.Score([its.Coarse, its.Fine], its.Classes).Sum(score => score.Nats);
        Assert.Equal(nats / Math.Log(2), coder.BitsOf(codes, Classes), 1e-3);
    }

    [Fact]
    public void What_the_prior_is_not_of_is_refused()
    {
        using var prior = PriorTests.Build(device, "pixelcnn");
        var coder = new PriorCoder(prior);
        var codes = CodesOf(device);
        Assert.Throws<ArgumentException>(() => coder.BitsOf([codes[0]], Classes));
        Assert.Throws<ArgumentException>(() => coder.BitsOf([codes[1], codes[0]], Classes));
        Assert.Throws<ArgumentException>(() => coder.BitsOf(codes, null));
        Assert.Throws<ArgumentException>(() => coder.BitsOf(codes, [0, 1, 3]));
        Assert.Throws<ArgumentException>(() => coder.BitsOf([codes[0], [.. codes[1].Select(_ => 5)]], Classes));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => new PriorCoder(prior) { Stop = stop.Token }.BitsOf(codes, Classes));
    }

    private static int[][] CodesOf(Device device)
    {
        using var codes = new PriorTests.Codes(device);
        return [codes.Coarse.Ids.ToArray(), codes.Fine.Ids.ToArray()];
    }

    /// <summary>The same prior once more, on a device of its own.</summary>
    private sealed class Kept : IDisposable
    {
        private readonly Device device = Device.Open("cpu", new DeviceOptions(Threads: 1, Reproducible: true));
        private readonly CodePrior prior;

        public Kept(string family)
        {
            prior = PriorTests.Build(device, family);
            Coder = new PriorCoder(prior);
        }

        public PriorCoder Coder { get; }

        public void Dispose()
        {
            prior.Dispose();
            device.Dispose();
        }
    }
}
