using Xunit;

namespace IlgpuVq.Tests.Support;

/// <summary>The devices whose absence is a failure; tests of others are skipped where they are absent.</summary>
internal static class RequiredDevices
{
    /// <summary>Names of devices, separated by commas.</summary>
    public const string Variable = "ILGPUVQ_REQUIRE_DEVICES";

    public static string[] Names { get; } = (Environment.GetEnvironmentVariable(Variable) ?? "")
        .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Ends the test: skipped, or failed where the device is required.</summary>
    public static void Miss(string name, string reason)
    {
        Assert.SkipUnless(Names.Contains(name), reason);
        Assert.Fail(reason);
    }
}
