using Xunit;

namespace IlgpuVq.Tests.Support;

/// <summary>The browser of tests of pages, and what pages of models need besides. Tests are skipped where it is not there, or
/// fail where it is required.</summary>
internal static class Chromium
{
    /// <summary>Set to anything, the browser is required.</summary>
    private const string RequireVariable = "ILGPUVQ_REQUIRE_BROWSER";

    /// <summary>Where the package onnxruntime-web of npm is, a .tgz or a folder.</summary>
    private const string RuntimeVariable = "ILGPUVQ_ONNXRUNTIME_WEB";

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "chrome"];

    /// <summary>The program.</summary>
    public static string Require() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists)
        ?? Miss($"needs one of {string.Join(", ", Names)} in PATH");

    /// <summary>The package onnxruntime-web.</summary>
    public static string RequireRuntime() =>
        Environment.GetEnvironmentVariable(RuntimeVariable) is { Length: > 0 } path && Path.Exists(path)
            ? path
            : Miss($"needs the package onnxruntime-web of npm; set {RuntimeVariable} to its .tgz or a folder that holds it");

    private static string Miss(string reason)
    {
        Assert.SkipWhen(string.IsNullOrEmpty(Environment.GetEnvironmentVariable(RequireVariable)), reason);
        Assert.Fail(reason);
        return reason;
    }
}
