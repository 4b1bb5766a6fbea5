using Xunit;

namespace IlgpuVq.Tests.Support;

/// <summary>
/// Where the real data sets and reference images are; a test that needs what is not there is skipped with the reason.
/// </summary>
/// <remarks>The folder is <c>ILGPUVQ_DATA</c>, or <c>../shared/data</c> beside the repository.</remarks>
internal static class RealData
{
    private const string Variable = "ILGPUVQ_DATA";

    /// <summary>The root folder, whether it exists or not.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The full path of a file or folder below the root, or a skipped test where there is none.</summary>
    public static string Require(params string[] relative)
    {
        var path = Path.Combine([Root, .. relative]);
        Assert.SkipUnless(Path.Exists(path), $"needs {path}; set {Variable} to the folder that holds the real data");
        return path;
    }

    private static string FindRoot()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } root)
        {
            return Path.GetFullPath(root);
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "IlgpuVq.sln")))
            {
                return Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "data"));
            }
        }

        return Path.GetFullPath(Path.Combine("..", "shared", "data"));
    }
}
