namespace ILGPU.Backends;

/// <summary>The text of kernels that a driver refuses.</summary>
internal static class RefusedSource
{
    /// <summary>Writes the text where it can be read beside the messages, and says where.</summary>
    public static string Keep(string entryPoint, string extension, string source)
    {
        var path = Path.Combine(Path.GetTempPath(), $"{entryPoint}-{BinaryCache.KeyOf(source)[..8]}{extension}");
        try
        {
            File.WriteAllText(path, source);
            return $"Its source is in {path}; the driver says:";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"Its source could not be written to {path}; the driver says:";
        }
    }
}
