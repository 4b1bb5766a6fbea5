using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace ILGPU.Frontend.Translation;

/// <summary>The names of local variables and the lines of the source, from the symbols beside or inside an assembly.</summary>
internal sealed class DebugSymbols
{
    private static readonly ConcurrentDictionary<Module, MetadataReaderProvider?> Providers = [];

    private readonly MetadataReader? reader;
    private readonly MethodDebugInformationHandle handle;
    private readonly Dictionary<int, string> locals = [];

    private DebugSymbols(MethodBase method)
    {
        reader = Providers.GetOrAdd(method.Module, static module => Open(module))?.GetMetadataReader();
        if (reader is null || method.MetadataToken == 0)
        {
            reader = null;
            return;
        }

        var definition = (MethodDefinitionHandle)MetadataTokens.EntityHandle(method.MetadataToken);
        handle = definition.ToDebugInformationHandle();
        foreach (var scope in reader.GetLocalScopes(definition))
        {
            foreach (var variable in reader.GetLocalScope(scope).GetLocalVariables().Select(reader.GetLocalVariable))
            {
                locals[variable.Index] = reader.GetString(variable.Name);
            }
        }
    }

    public static DebugSymbols Of(MethodBase method) => new(method);

    public string? NameOf(int local) => locals.GetValueOrDefault(local);

    /// <summary>File and line of an instruction, or null where there are no symbols.</summary>
    public string? PositionOf(int offset)
    {
        if (reader is null)
        {
            return null;
        }

        string? position = null;
        foreach (var point in reader.GetMethodDebugInformation(handle).GetSequencePoints())
        {
            if (point.Offset > offset && position is not null)
            {
                break;
            }

            if (!point.IsHidden)
            {
                var file = reader.GetString(reader.GetDocument(point.Document).Name);
                position = $"{Path.GetFileName(file.Replace('\\', '/'))}:{point.StartLine}";
            }
        }

        return position;
    }

    private static MetadataReaderProvider? Open(Module module)
    {
        try
        {
            var path = module.Assembly.Location;
            if (path.Length == 0)
            {
                return null;
            }

            using var image = new PEReader(File.OpenRead(path));
            return image.TryOpenAssociatedPortablePdb(path, OpenIfThere, out var provider, out _) ? provider : null;
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException or UnauthorizedAccessException)
        {
            // Names and lines are a help only.
            return null;
        }
    }

    private static FileStream? OpenIfThere(string path) => File.Exists(path) ? File.OpenRead(path) : null;
}
