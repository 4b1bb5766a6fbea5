using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>The devices that primitives are tested on, opened once. Their memory is poisoned: what a primitive reads without
/// having written it is NaN.</summary>
public sealed class TensorDevices : IDisposable
{
    public Device Cpu { get; } = Device.Open("cpu", new DeviceOptions(Threads: 2, PoisonMemory: true));

    public Device Kernels { get; } = Device.Open("kernels", new DeviceOptions(PoisonMemory: true));

    public IEnumerable<Device> All => [Cpu, Kernels];

    private Device[] OtherThreadCounts { get; } =
    [
        Device.Open("cpu", new DeviceOptions(Threads: 1, PoisonMemory: true)),
        Device.Open("cpu", new DeviceOptions(Threads: 3, PoisonMemory: true)),
    ];

    /// <summary>Holds what <paramref name="run"/> returns, element by element, to <paramref name="expected"/> on every
    /// device.</summary>
    /// <remarks>Further, for every call: a second run gives the same bits and takes no new memory, nothing stays allocated, and
    /// 1, 2 and 3 threads give the same bits.</remarks>
    /// <param name="expected">In double precision, the results one after another.</param>
    /// <param name="tolerance">Largest distance, as a part of 1 + |expected|.</param>
    /// <param name="run">Makes its operands and results in the scope.</param>
    public void Check(double[] expected, double tolerance, Func<TensorScope, Tensor<float>[]> run)
    {
        var cpu = RunTwice(Cpu, run);
        AssertClose(Cpu, expected, cpu, tolerance);
        AssertClose(Kernels, expected, RunTwice(Kernels, run), tolerance);
        foreach (var other in OtherThreadCounts)
        {
            AssertSameBits(cpu, RunTwice(other, run), $"{other.Description} and {Cpu.Description}");
        }
    }

    /// <inheritdoc cref="Check(double[], double, Func{TensorScope, Tensor{float}[]})"/>
    public void Check(double[] expected, double tolerance, Func<TensorScope, Tensor<float>> run) =>
        Check(expected, tolerance, scope => [run(scope)]);

    /// <summary>Expects the same message from every device, and that nothing was allocated for the call.</summary>
    public void CheckRefused(string message, Func<TensorScope, Tensor<float>[]> operands, Action<Tensor<float>[]> call)
    {
        foreach (var device in All)
        {
            using var scope = new TensorScope(device);
            var tensors = operands(scope);
            var before = device.Memory;
            var exception = Assert.Throws<ShapeException>(() => call(tensors));
            Assert.Equal(message, exception.Message);
            Assert.Equal(before, device.Memory);
        }
    }

    public void Dispose()
    {
        foreach (var device in (Device[])[Cpu, Kernels, .. OtherThreadCounts])
        {
            device.Dispose();
        }
    }

    private static float[] RunTwice(Device device, Func<TensorScope, Tensor<float>[]> run)
    {
        var live = device.Memory.LiveBuffers;
        var first = Run(device, run);
        var allocations = device.Memory.Allocations;
        AssertSameBits(first, Run(device, run), $"two runs on {device.Name}");
        Assert.Equal(allocations, device.Memory.Allocations);
        Assert.Equal(live, device.Memory.LiveBuffers);
        return first;
    }

    private static float[] Run(Device device, Func<TensorScope, Tensor<float>[]> run)
    {
        using var scope = new TensorScope(device);
        var results = new List<float>();
        foreach (var tensor in run(scope))
        {
            results.AddRange(scope.Keep(tensor).ToArray());
        }

        return [.. results];
    }

    private static void AssertSameBits(float[] expected, float[] actual, string who) => Assert.True(
        expected.Select(BitConverter.SingleToInt32Bits).SequenceEqual(actual.Select(BitConverter.SingleToInt32Bits)),
        $"{who} differ in their bits");

    private static void AssertClose(Device device, double[] expected, float[] actual, double tolerance)
    {
        Assert.True(expected.Length == actual.Length, $"{device.Name}: expected {expected.Length} numbers; got {actual.Length}");
        for (var i = 0; i < expected.Length; i++)
        {
            var (e, a) = (expected[i], (double)actual[i]);
            var isClose = double.IsFinite(e) ? Math.Abs(e - a) <= tolerance * (1 + Math.Abs(e)) : e.Equals(a);
            Assert.True(isClose, $"{device.Name}: expected {e} at element {i}; got {a}");
        }
    }
}

/// <summary>Tests that share <see cref="TensorDevices"/> run one after another: a device is driven by one thread.</summary>
[CollectionDefinition(Name)]
public sealed class TensorTests : ICollectionFixture<TensorDevices>
{
    public const string Name = "tensors";
}
