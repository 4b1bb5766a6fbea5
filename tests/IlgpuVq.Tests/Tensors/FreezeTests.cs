using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Tensors that do not change: what devices keep of them changes no bit, is given back, and does not become
/// stale.</summary>
[Collection(TensorTests.Name)]
public sealed class FreezeTests(TensorDevices devices)
{
    public static TheoryData<int> Batches => [1, 2, 9];

    [Theory]
    [MemberData(nameof(Batches))]
    public void Frozen_weights_change_no_bit(int batch)
    {
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var weights = Weights(scope);
            var plain = Run(scope.Device, weights, batch);
            using var frozen = device.Freeze(weights);
            for (var time = 0; time < 2; time++)
            {
                // With another batch between, whose plan is another.
                Assert.Equal(plain, Run(scope.Device, weights, batch));
                _ = Run(scope.Device, weights, batch + 1);
            }
        }
    }

    [Fact]
    public void What_was_kept_is_given_back()
    {
        using var scope = new TensorScope(devices.Cpu);
        var weights = Weights(scope);
        _ = Run(scope.Device, weights, 2);
        var before = devices.Cpu.Memory.LiveBytes;
        using (devices.Cpu.Freeze(weights))
        {
            _ = Run(scope.Device, weights, 2);
            Assert.True(devices.Cpu.Memory.LiveBytes > before, "nothing was kept");
        }

        Assert.Equal(before, devices.Cpu.Memory.LiveBytes);
    }

    [Fact]
    public void No_more_is_kept_than_there_is_room_for()
    {
        using var scope = new TensorScope(devices.Cpu);
        var weights = Weights(scope);
        var plain = Run(scope.Device, weights, 2);
        var before = devices.Cpu.Memory.LiveBytes;
        foreach (var room in (long[])[0, 100_000])
        {
            using var frozen = devices.Cpu.Freeze(weights, room);
            Assert.Equal(plain, Run(scope.Device, weights, 2));
            Assert.Equal(plain, Run(scope.Device, weights, 2));
            Assert.InRange(devices.Cpu.Memory.LiveBytes - before, room / 100, room + room / 8);
        }
    }

    [Fact]
    public void After_a_change_nothing_old_is_used()
    {
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var weights = Weights(scope);
            using (device.Freeze(weights))
            {
                _ = Run(scope.Device, weights, 2);
            }

            weights[0].CopyFrom(Numbers.Uniform(90, weights[0].Size));
            weights[1].CopyFrom(Numbers.Uniform(91, weights[1].Size));
            weights[2].CopyFrom(Numbers.Uniform(92, weights[2].Size));
            var plain = Run(scope.Device, weights, 2);
            using var frozen = device.Freeze(weights);
            Assert.Equal(plain, Run(scope.Device, weights, 2));
        }
    }

    [Fact]
    public void A_recording_uses_what_is_kept()
    {
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var weights = Weights(scope);
            var x = scope.Floats(Numbers.Uniform(7, 2 * 32 * 8 * 8), [2, 32, 8, 8]);
            using var plain = Primitive.Conv2d(x, weights[0], null, new Conv2dParams(Padding: 1));
            var y = scope.Floats(new float[plain.Size], plain.Shape);
            using var frozen = device.Freeze(weights);
            using var recording = new Recording(device, () =>
            {
                using var result = Primitive.Conv2d(x, weights[0], null, new Conv2dParams(Padding: 1));
                Primitive.CopyInto(y, result);
            });
            for (var time = 0; time < 3; time++)
            {
                Primitive.FillInto(y, 0);
                recording.Run();
                Assert.Equal(plain.ToArray(), y.ToArray());
            }
        }
    }

    [Fact]
    public void What_would_change_a_frozen_tensor_is_refused()
    {
        foreach (var device in devices.All)
        {
            using var scope = new TensorScope(device);
            var x = scope.Floats([1, 2, 3], [3]);
            var other = scope.Floats([4, 5, 6], [3]);
            using (device.Freeze([x]))
            {
                const string Message = "got (3), which is frozen";
                Assert.Contains(Message, Refusal(() => x.CopyFrom([7, 8, 9])), StringComparison.Ordinal);
                Assert.Contains(Message, Refusal(() => Primitive.FillInto(x, 1)), StringComparison.Ordinal);
                Assert.Contains(Message, Refusal(() => Primitive.CopyInto(x, other)), StringComparison.Ordinal);
                Assert.Contains(Message, Refusal(() => device.Freeze([x])), StringComparison.Ordinal);
                using var shared = x.Reshape([1, 3]);
                Assert.Contains("is frozen", Refusal(() => Primitive.FillInto(shared, 1)), StringComparison.Ordinal);
            }

            Primitive.FillInto(x, 1);
            Assert.Equal([1f, 1, 1], x.ToArray());
        }
    }

    /// <summary>Of a 3×3 and a strided 4×4 convolution, forward and transposed, and a codebook.</summary>
    private static Tensor<float>[] Weights(TensorScope scope) =>
    [
        scope.Floats(Numbers.Uniform(1, 32 * 32 * 9), [32, 32, 3, 3]),
        scope.Floats(Numbers.Uniform(2, 40 * 32 * 16), [40, 32, 4, 4]),
        scope.Floats(Numbers.Uniform(3, 50 * 12), [50, 12]),
    ];

    private static float[] Run(Device device, Tensor<float>[] weights, int batch)
    {
        using var scope = new TensorScope(device);
        var x = scope.Floats(Numbers.Uniform(4, batch * 32 * 8 * 8), [batch, 32, 8, 8]);
        var rows = scope.Floats(Numbers.Uniform(5, batch * 12), [batch, 12]);
        using var same = Primitive.Conv2d(x, weights[0], null, new Conv2dParams(Padding: 1));
        using var small = Primitive.Conv2d(same, weights[1], null, new Conv2dParams(2, Padding: 1));
        using var large = Primitive.ConvTranspose2d(small, weights[1], null, new Conv2dParams(2, Padding: 1), default);
        using var ids = Primitive.NearestCode(rows, weights[2]);
        return [.. small.ToArray(), .. large.ToArray(), .. ids.ToArray().Select(id => (float)id)];
    }

    private static string Refusal(Action change) => Assert.Throws<InvalidOperationException>(change).Message;
}
