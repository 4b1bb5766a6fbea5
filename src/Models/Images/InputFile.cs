namespace IlgpuVq.Models.Images;

/// <summary>
/// Opens files that the user named: what the file system refuses becomes a <see cref="DataException"/> of one line.
/// </summary>
internal static class InputFile
{
    private const int BufferSize = 16 * 1024;

    public static FileStream OpenRead(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }
    }

    /// <summary>Whether a path leads to something of length 0: an empty file, or a pipe, socket or device, of which the first two
    /// would be waited for without end.</summary>
    public static bool IsWithoutLength(string path)
    {
        try
        {
            return File.Exists(path)
                && (File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path))
                    is FileInfo { Exists: true, Length: 0 };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // opening it tells why
        }
    }

    /// <summary>The exception for a file that could not be opened or read.</summary>
    public static DataException Unreadable(string path, Exception error)
    {
        var actual = error switch
        {
            FileNotFoundException or DirectoryNotFoundException => "no such file",
            UnauthorizedAccessException when Directory.Exists(path) => "a folder",
            UnauthorizedAccessException => "a file that may not be read",
            _ => $"an error of the file system ({error.Message})",
        };
        return DataException.Expected(path, "a readable file", actual, "Check the path and its permissions.", error);
    }

    /// <summary>Reads until <paramref name="buffer"/> is full or the stream ends; returns how many bytes there were.</summary>
    public static int Fill(Stream stream, Span<byte> buffer)
    {
        return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
    }
}
