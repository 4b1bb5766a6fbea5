using ILGPU;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Differential.Harness;

/// <summary>Compares every kernel of a set, as each device runs it, with its method.</summary>
public abstract class KernelTests<TSet>(DifferentialDevices devices) : IClassFixture<DifferentialDevices>
    where TSet : IKernelSet
{
    private static readonly KernelSet Kernels = KernelSet.Of<TSet>();

    public static TheoryData<string, string> Rows =>
        [.. DifferentialDevices.Names.SelectMany(device => Kernels.Names.Select(kernel => (device, kernel)))];

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_device_computes_what_the_method_computes(string device, string kernel)
    {
        var accelerator = devices.Open(device);
        var expected = Kernels[kernel].Run(devices.Reference);
        Assert.NotEmpty(expected);
        Assert.All(expected, result => Assert.True(Comparison.IsChanged(result), $"{result.Name} was not written."));
        IReadOnlyList<KernelResult> actual = [];
        try
        {
            actual = Kernels[kernel].Run(accelerator);
        }
        catch (CapabilityNotSupportedException exception)
        {
            RequiredDevices.Miss(device, exception.Message);
        }

        Assert.Equal(expected.Count, actual.Count);
        foreach (var (left, right) in expected.Zip(actual))
        {
            if (Comparison.FirstDifference(left, right) is { } difference)
            {
                Assert.Fail(difference);
            }
        }
    }
}
