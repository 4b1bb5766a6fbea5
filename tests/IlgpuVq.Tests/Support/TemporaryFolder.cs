namespace IlgpuVq.Tests.Support;

/// <summary>A folder of its own for one test, removed with all that is in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ilgpuvq-test-").FullName;

    /// <summary>The full path of a name inside; the folders on the way are made.</summary>
    public string this[params string[] names]
    {
        get
        {
            var path = System.IO.Path.Combine([Path, .. names]);
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            return path;
        }
    }

    /// <summary>The path of something in it, made or not.</summary>
    public string At(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file inside and returns its path.</summary>
    public string Write(string name, byte[] content)
    {
        var path = this[name.Split('/')];
        File.WriteAllBytes(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
