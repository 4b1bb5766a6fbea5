using System.Diagnostics;
using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>The tests of what has code of its own for each width of vectors, again in processes whose vectors are narrower: those
/// of processors without AVX-512, and of 128 bits, such as Arm's.</summary>
public sealed class NarrowVectorsTests
{
    /// <summary>Bits of the vectors that a process was asked to have.</summary>
    private const string ExpectedBits = "ILGPUVQ_EXPECTED_BITS";

    private static readonly Type[] Classes =
    [
        typeof(ConvolutionTests), typeof(WinogradTests), typeof(MatmulTests), typeof(NearestCodeTests), typeof(AttentionTests),
        typeof(SoftmaxTests), typeof(ReduceTests), typeof(NormTests), typeof(FunctionTests), typeof(FreezeTests),
    ];

    [Theory]
    [InlineData("EnableAVX512", 256)]
    [InlineData("EnableAVX", 128)]
    public void Primitives_are_right_on_narrower_processors(string without, int bits)
    {
        Assert.SkipWhen(VectorBits() < bits, $"this processor has vectors of {VectorBits()} bits");
        var start = new ProcessStartInfo("dotnet", [typeof(NarrowVectorsTests).Assembly.Location])
        {
            RedirectStandardOutput = true,
        };
        foreach (var tests in Classes)
        {
            start.ArgumentList.Add("-class");
            start.ArgumentList.Add(tests.FullName!);
        }

        start.ArgumentList.Add("-method");
        start.ArgumentList.Add($"{typeof(NarrowVectorsTests).FullName}.{nameof(The_processor_is_as_narrow_as_asked)}");
        start.Environment[$"DOTNET_{without}"] = "0";
        start.Environment[ExpectedBits] = $"{bits}";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        Assert.Contains("Failed: 0, Skipped: 0, Not Run: 0", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_processor_is_as_narrow_as_asked()
    {
        var expected = Environment.GetEnvironmentVariable(ExpectedBits) ?? $"{VectorBits()}";
        Assert.EndsWith($" {expected}-bit vectors", HostDeviceDescription(), StringComparison.Ordinal);
    }

    private static string HostDeviceDescription() => Device.List().Single(device => device.Name == "cpu").Description;

    private static int VectorBits() =>
        int.Parse(HostDeviceDescription().Split(' ')[^2].Split('-')[0], System.Globalization.CultureInfo.InvariantCulture);
}
