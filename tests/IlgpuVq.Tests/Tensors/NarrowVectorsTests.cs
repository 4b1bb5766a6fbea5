using System.Diagnostics;
using System.Globalization;
using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

/// <summary>The tests of what has code of its own for each width of vectors, again in processes whose vectors are narrower: those
/// of processors without AVX-512, and of 128 bits, such as Arm's.</summary>
public sealed class NarrowVectorsTests
{
    private static readonly Type[] Classes =
    [
        typeof(ConvolutionTests), typeof(WinogradTests), typeof(MatmulTests), typeof(NearestCodeTests), typeof(AttentionTests),
        typeof(SoftmaxTests), typeof(ReduceTests), typeof(NormTests), typeof(FunctionTests), typeof(FreezeTests),
        typeof(VectorWidthTests),
    ];

    [Theory]
    [InlineData("EnableAVX512", 256)]
    [InlineData("EnableAVX", 128)]
    public void Primitives_are_right_on_narrower_processors(string without, int bits)
    {
        Assert.SkipWhen(VectorWidthTests.Bits() < bits, $"this processor has vectors of {VectorWidthTests.Bits()} bits");
        var start = new ProcessStartInfo("dotnet", [typeof(NarrowVectorsTests).Assembly.Location])
        {
            RedirectStandardOutput = true,
        };
        foreach (var tests in Classes)
        {
            start.ArgumentList.Add("-class");
            start.ArgumentList.Add(tests.FullName!);
        }

        start.Environment[$"DOTNET_{without}"] = "0";
        start.Environment[VectorWidthTests.ExpectedBits] = $"{bits}";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        Assert.Contains("Failed: 0, Skipped: 0, Not Run: 0", output, StringComparison.Ordinal);
    }
}

/// <summary>That a process has the vectors that it was asked to have.</summary>
public sealed class VectorWidthTests
{
    public const string ExpectedBits = "ILGPUVQ_EXPECTED_BITS";

    [Fact]
    public void The_processor_is_as_wide_as_asked() =>
        Assert.Equal(Environment.GetEnvironmentVariable(ExpectedBits) ?? $"{Bits()}", $"{Bits()}");

    /// <summary>As the device says: "…, 512-bit vectors".</summary>
    internal static int Bits() => int.Parse(
        Device.List().Single(device => device.Name == "cpu").Description.Split(' ')[^2].Split('-')[0],
        CultureInfo.InvariantCulture);
}
