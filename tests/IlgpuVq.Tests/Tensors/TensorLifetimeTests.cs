using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>Devices, the memory of tensors and the pool it returns to.</summary>
[Collection(TensorTests.Name)]
public sealed class TensorLifetimeTests(TensorDevices devices)
{
    [Fact]
    public void Unknown_and_unusable_devices_are_refused_with_what_can_be_used()
    {
        var usable = string.Join(", ", Device.List().Where(device => device.IsUsable).Select(device => device.Name));
        Assert.StartsWith("cpu, kernels", usable, StringComparison.Ordinal);
        foreach (var name in (string[])["tpu", "opencl:99"])
        {
            Assert.Equal($"accelerator: expected one of auto, {usable}; got {name}: no device has that name. Try: devices",
                Assert.Throws<DeviceException>(() => Device.Open(name)).Message);
        }

        foreach (var device in Device.List().Where(device => !device.IsUsable))
        {
            Assert.Contains(
                $"got {device.Name}: {device.Reason}.", Assert.Throws<DeviceException>(() => Device.Open(device.Name)).Message,
                StringComparison.Ordinal);
        }
    }

    [Property]
    public Property Elements_go_in_and_out_unchanged() =>
        Drawn.ForAll(Numbers.Lengths, lengths =>
        {
            var shape = Shape.Create(lengths);
            var (floats, ints) = (Numbers.Uniform(1, shape.Size), Numbers.Whole(2, shape.Size, -1000, 1000));
            foreach (var device in devices.All)
            {
                using var s = new TensorScope(device);
                var (a, b) = (s.Floats(floats, shape), s.Ints(ints, shape));
                Assert.Equal(floats, a.ToArray());
                Assert.Equal(ints, b.ToArray());
                b.CopyFrom(new int[shape.Size]);
                Assert.All(b.ToArray(), value => Assert.Equal(0, value));
            }
        });

    [Fact]
    public void A_shared_tensor_outlives_the_first_one_and_sees_the_same_numbers()
    {
        foreach (var device in devices.All)
        {
            var live = device.Memory.LiveBuffers;
            var a = device.From<float>([1, 2, 3, 4, 5, 6], [2, 3]);
            Assert.True(a.CanOverwrite);
            using var b = a.Reshape([3, 2]);
            Assert.False(a.CanOverwrite);
            Primitive.FillInto(a, 7);
            a.Dispose();
            a.Dispose();
            Assert.True(b.CanOverwrite);
            Assert.Equal([7, 7, 7, 7, 7, 7], b.ToArray());
            Assert.Equal(live + 1, device.Memory.LiveBuffers);
            Assert.Throws<ObjectDisposedException>(() => a.ToArray());
            b.Dispose();
            Assert.Equal(live, device.Memory.LiveBuffers);
        }
    }

    [Fact]
    public void Freed_memory_is_lent_again_poisoned()
    {
        foreach (var device in devices.All)
        {
            device.From<float>(new float[1000], [1000]).Dispose();
            var before = device.Memory;
            using (var again = device.Empty<float>([1000]))
            {
                Assert.All(again.ToArray(), value => Assert.True(float.IsNaN(value)));
                Assert.Equal(before.LiveBuffers + 1, device.Memory.LiveBuffers);
                Assert.True(device.Memory.LiveBytes >= before.LiveBytes + 4000);
            }

            using var ints = device.Empty<int>([990]);
            Assert.All(ints.ToArray(), value => Assert.Equal(-1, value));
            Assert.Equal(before.Allocations, device.Memory.Allocations);
            Assert.Equal(before.ReservedBytes, device.Memory.ReservedBytes);
        }
    }

    [Fact]
    public void Counts_of_values_and_types_are_checked()
    {
        foreach (var device in devices.All)
        {
            using var s = new TensorScope(device);
            var x = s.Floats([1, 2, 3], [3]);
            var before = device.Memory;
            Assert.Equal("from: expected 4 values for a tensor (2, 2); got 3.",
                Assert.Throws<ShapeException>(() => device.From<float>([1, 2, 3], [2, 2])).Message);
            Assert.Equal("copy: expected 3 values for a tensor (3); got 2.",
                Assert.Throws<ShapeException>(() => x.CopyFrom([1, 2])).Message);
            Assert.Equal("reshape: expected a shape of 3 elements; got x (3), shape (2).",
                Assert.Throws<ShapeException>(() => x.Reshape([2])).Message);
            Assert.Throws<NotSupportedException>(() => device.Empty<double>([1]));
            Assert.Equal(before, device.Memory);
        }
    }

    [Fact]
    public void A_tensor_whose_device_is_gone_says_so_by_the_devices_name()
    {
        foreach (var name in (string[])["cpu", "kernels"])
        {
            var device = Device.Open(name);
            var x = device.From<float>([1, 2], [2]);
            device.Dispose();
            Action[] uses =
            [
                () => x.ToArray(), () => x.CopyFrom([3, 4]), () => x.Share(), () => Primitive.FillInto(x, 1),
                () => Primitive.Map(x, new Affine(2, 0)), () => device.Empty<float>([2]), () => device.From<int>([1], [1]),
            ];
            Assert.All(uses, use => Assert.Equal($"device {name}", Assert.Throws<ObjectDisposedException>(use).ObjectName));
            x.Dispose();
        }
    }

    [Fact]
    public void Threads_beyond_reason_are_refused()
    {
        foreach (var threads in (int[])[-1, DeviceOptions.MostThreads + 1, int.MaxValue])
        {
            Assert.Equal(
                $"threads: expected 0 to 1024; got {threads}. Take 0 for one per core.",
                Assert.Throws<DeviceException>(() => Device.Open("cpu", new DeviceOptions(Threads: threads))).Message);
        }
    }

    [Fact]
    public void A_dry_device_counts_what_another_one_takes_and_takes_nothing()
    {
        using var real = Device.Open("cpu");
        using var dry = Device.OpenDry();
        foreach (var device in (Device[])[real, dry])
        {
            using var x = device.From(new float[1000], [10, 100]);
            using var y = Primitive.Map(x, new Affine(2, 1));
            using var sum = Primitive.Sum(y, [0, 1], keepDims: false);
            Assert.Equal(device == dry ? 0f : 1000f, sum.Item());
        }

        Assert.Equal(real.Memory, dry.Memory);
        using var large = dry.Empty<float>([1 << 15, 1 << 15]);
        Assert.InRange(dry.Memory.LiveBytes, 4L << 30, 5L << 30);
    }
}
