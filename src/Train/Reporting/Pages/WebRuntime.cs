using System.Formats.Tar;
using System.IO.Compression;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Reporting.Pages;

/// <summary>ONNX Runtime for browsers: the package onnxruntime-web of npm.</summary>
/// <param name="Script">Its module.</param>
/// <param name="Binary">What the module runs, WebAssembly.</param>
internal sealed record WebRuntime(byte[] Script, byte[] Binary)
{
    private const string ScriptName = "ort.wasm.bundle.min.mjs";

    private const string BinaryName = "ort-wasm-simd-threaded.wasm";

    private const string Rule = "the package onnxruntime-web of npm, its .tgz or a folder that holds it";

    private const string Advice = "Fetch it: npm pack onnxruntime-web";

    /// <summary>Where its files lie: in dist, the package, an unpacked .tgz, and where npm install ran.</summary>
    private static readonly string[] Places = ["", "dist", "package/dist", "node_modules/onnxruntime-web/dist"];

    /// <param name="option">What named it, for the message.</param>
    /// <param name="path">The .tgz or the folder; null where none was named.</param>
    /// <exception cref="RunException">There is none, or something else.</exception>
    public static WebRuntime Read(string option, string? path)
    {
        if (path is null || !Path.Exists(path))
        {
            throw Refuse(path is null ? "none" : $"{path}, which is not there");
        }

        try
        {
            var found = Directory.Exists(path) ? InFolder(path) : InArchive(path);
            return found.TryGetValue(ScriptName, out var script) && found.TryGetValue(BinaryName, out var binary)
                ? new WebRuntime(script, binary)
                : throw Refuse($"{path}, without {ScriptName} or {BinaryName}");
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw Refuse($"{path}, no .tgz or a damaged one", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Reading(path, exception);
        }

        RunException Refuse(string got, Exception? inner = null) => new(option, Rule, got, Advice, inner);
    }

    private static Dictionary<string, byte[]> InFolder(string folder)
    {
        var files = from place in Places
                    from name in (string[])[ScriptName, BinaryName]
                    let file = Path.Combine(folder, place, name)
                    where File.Exists(file)
                    select (Name: name, File: file);
        return files.DistinctBy(found => found.Name).ToDictionary(found => found.Name, found => File.ReadAllBytes(found.File));
    }

    private static Dictionary<string, byte[]> InArchive(string path)
    {
        var found = new Dictionary<string, byte[]>();
        using var file = File.OpenRead(path);
        using var content = new GZipStream(file, CompressionMode.Decompress);
        using var reader = new TarReader(content);
        while (reader.GetNextEntry() is { } entry)
        {
            var name = Path.GetFileName(entry.Name);
            if (name is ScriptName or BinaryName && entry.DataStream is { } data)
            {
                using var bytes = new MemoryStream();
                data.CopyTo(bytes);
                found[name] = bytes.ToArray();
            }
        }

        return found;
    }
}
