using ILGPU;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Laws;
using Xunit;

namespace IlgpuVq.Tests.Tensors.Kernels;

/// <summary>Kernels that a caller of the library has.</summary>
public sealed class OwnKernelTests(LawDevices devices) : IClassFixture<LawDevices>
{
    public static TheoryData<string> KernelDevices { get; } = [.. LawDevices.Names.Where(name => name != "cpu")];

    [Theory]
    [MemberData(nameof(KernelDevices))]
    public void A_kernel_runs_once_for_each_index(string name)
    {
        var device = devices.Open(name);
        using var x = device.From<float>([1, 2, 3, 4, 5, 6, 7], [7]);
        using var ids = device.From<int>([6, 0, 5], [3]);
        using var y = Primitive.Fill(device, [4], 9);

        device.Launch(ids.Size, new TakeTwice(x.AsView(), ids.AsView(), y.AsView()));
        device.Launch(0, new TakeTwice(x.AsView(), ids.AsView(), y.AsView()));

        Assert.Equal([14, 2, 12, 9], y.ToArray());
    }

    [Fact]
    public void The_host_has_no_kernels()
    {
        using var device = Device.Open("cpu");
        using var x = Primitive.Fill(device, [2], 0);
        const string text = "launch: expected a device with kernels; got cpu. Open kernels, opencl or cuda.";
        Assert.Equal(text, Assert.Throws<DeviceException>(() => x.AsView()).Message);
        Assert.Equal(text, Assert.Throws<DeviceException>(() => OwnKernels.Launch(device, 2, default(TakeTwice))).Message);
    }

    [Fact]
    public void A_recording_refuses_them_and_a_negative_extent_is_one_of_the_caller()
    {
        using var device = Device.Open("kernels");
        using var x = Primitive.Fill(device, [2], 0);
        using var ids = device.From<int>([0, 1], [2]);
        var kernel = new TakeTwice(x.AsView(), ids.AsView(), x.AsView());
        using var step = new Recording(device, () => OwnKernels.Launch(device, 2, kernel));
        Assert.Contains("a kernel of a caller's own", Assert.Throws<InvalidOperationException>(step.Run).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => OwnKernels.Launch(device, -1, kernel));
    }

    public readonly struct TakeTwice(ArrayView<float> x, ArrayView<int> ids, ArrayView<float> y) : IKernel
    {
        public void Run(int i) => y[i] = 2 * x[ids[i]];
    }
}
