using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace IlgpuVq.Train.Profiling;

/// <summary>Where the C# of a kernel or of a call is written, by the debug information beside the program.</summary>
internal sealed class SourcePlaces : IDisposable
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The methods to show, the best first; else any.</summary>
    private static readonly string[] Entries = ["Run", "OnHost", "Value"];

    private readonly Dictionary<Assembly, MetadataReaderProvider?> opened = [];

    /// <summary>File and line of a type's work, from <c>src/</c> on, and those of the functions that it is made with; the names
    /// of types where there is no debug information.</summary>
    public IReadOnlyList<string> Of(Type type) =>
    [
        .. Types(type).Where(part => part.FullName!.StartsWith(nameof(IlgpuVq), StringComparison.Ordinal))
            .Select(part => Place(part) ?? part.FullName!.Split('`')[0]).Distinct(),
    ];

    public void Dispose()
    {
        foreach (var provider in opened.Values)
        {
            provider?.Dispose();
        }
    }

    private static IEnumerable<Type> Types(Type type) =>
        type.IsGenericType ? type.GetGenericArguments().SelectMany(Types).Prepend(type) : [type];

    private string? Place(Type type)
    {
        return ReaderOf(type.Assembly) is not { } reader ? null : type.GetMethods(All)
            .OrderBy(method => Array.IndexOf(Entries, method.Name) is >= 0 and var place ? place : Entries.Length)
            .Select(method => Place(reader, method)).FirstOrDefault(place => place is not null);
    }

    /// <summary>The first line of a method; null for one that the compiler made.</summary>
    private static string? Place(MetadataReader reader, MethodInfo method)
    {
        var row = MetadataTokens.GetRowNumber(MetadataTokens.EntityHandle(method.MetadataToken));
        var debug = reader.GetMethodDebugInformation(MetadataTokens.MethodDebugInformationHandle(row));
        foreach (var point in debug.GetSequencePoints())
        {
            if (!point.IsHidden)
            {
                var path = reader.GetString(reader.GetDocument(point.Document).Name).Replace('\\', '/');
                var start = path.LastIndexOf("/src/", StringComparison.Ordinal);
                return $"{(start < 0 ? Path.GetFileName(path) : path[(start + 1)..])}:{point.StartLine}";
            }
        }

        return null;
    }

    private MetadataReader? ReaderOf(Assembly assembly)
    {
        if (!opened.TryGetValue(assembly, out var provider))
        {
            opened[assembly] = provider = Open(Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.pdb"));
        }

        return provider?.GetMetadataReader();
    }

    private static MetadataReaderProvider? Open(string path)
    {
        try
        {
            return File.Exists(path) ? MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(path)) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            return null; // names of types do
        }
    }
}
