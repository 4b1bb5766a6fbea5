using System.Globalization;
using System.Text.RegularExpressions;
using ILGPU;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Differential.Refusals;

/// <summary>
/// What the language of kernels does not have is refused when the kernel is loaded for a device that compiles it, with the
/// method, the reason and the line of the source.
/// </summary>
public sealed class RefusalTests(DifferentialDevices devices) : IClassFixture<DifferentialDevices>
{
    /// <summary>No kernel of <see cref="RefusedKernels"/> is longer.</summary>
    private const int LongestKernel = 12;

    private static readonly RefusalSet Kernels = RefusedKernels.All();

    public static TheoryData<string, string> Rows =>
        [.. DifferentialDevices.Compiling.SelectMany(device => Kernels.Names.Select(kernel => (device, kernel)))];

    public static TheoryData<string> Devices => [.. DifferentialDevices.Compiling];

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_kernel_is_refused_with_method_reason_and_line(string device, string kernel)
    {
        var accelerator = devices.Open(device);
        var refused = Kernels[kernel];
        var message = Assert.Throws<InternalCompilerException>(() => refused.Load(accelerator)).Message;
        Assert.Contains($"kernel {nameof(RefusedKernels)}.", message, StringComparison.Ordinal);
        Assert.True(Regex.IsMatch(message, refused.Reason, RegexOptions.IgnoreCase), $"Expected {refused.Reason} in: {message}");
        var place = Regex.Match(message, $@"in (\S+) \({nameof(RefusedKernels)}\.cs:(\d+)\)");
        Assert.True(place.Success, $"No line in: {message}");
        if (refused.Helper is { } helper)
        {
            Assert.Contains(helper, place.Groups[1].Value, StringComparison.Ordinal);
            return;
        }

        var line = int.Parse(place.Groups[2].Value, CultureInfo.InvariantCulture);
        Assert.True(
            line >= refused.FirstLine && line <= refused.FirstLine + LongestKernel,
            $"Expected a line from {refused.FirstLine} on in: {message}");
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Refused_kernels_leave_the_device_usable(string device)
    {
        var accelerator = devices.Open(device);
        foreach (var name in Kernels.Names)
        {
            Assert.Throws<InternalCompilerException>(() => Kernels[name].Load(accelerator));
        }

        var numbered = new KernelSet();
        numbered.Indexed<int>("numbered", (i, y) => y[i] = i + 1);
        var expected = Assert.Single(numbered["numbered"].Run(devices.Reference));
        Assert.Null(Comparison.FirstDifference(expected, Assert.Single(numbered["numbered"].Run(accelerator))));
    }
}
