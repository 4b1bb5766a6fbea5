namespace IlgpuVq.Train.Runs;

/// <summary>A file that grows by whole pieces, each with the system as soon as <see cref="Append"/> returns.</summary>
/// <remarks>Where somebody removes it meanwhile, it comes back whole with the next piece: what is open can still be
/// read.</remarks>
internal sealed class GrowingFile : IDisposable
{
    private readonly string path;
    private Stream stream;
    private long end;

    /// <summary>Opens it behind what is there.</summary>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public GrowingFile(string path)
        : this(path, Open(path))
    {
    }

    /// <summary>Writes to any stream, behind what is there.</summary>
    /// <param name="path">What messages call it.</param>
    /// <param name="stream">Becomes the file's.</param>
    internal GrowingFile(string path, Stream stream) => (this.path, this.stream, end) = (path, stream, stream.Length);

    /// <summary>Adds a piece. Where that fails, nothing of it stays once the next is added.</summary>
    /// <returns>Whether the file had been removed, and was written again.</returns>
    /// <exception cref="RunException">The disk is full, or cannot be written.</exception>
    public bool Append(ReadOnlySpan<byte> piece)
    {
        try
        {
            var wasRemoved = stream is FileStream && !File.Exists(path);
            if (wasRemoved)
            {
                WriteAgain();
            }

            if (stream.Length > end)
            {
                stream.SetLength(end); // a part of a piece that could not be written
            }

            stream.Position = end;
            stream.Write(piece);
            end += piece.Length;
            return wasRemoved;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(path, exception);
        }
    }

    public void Dispose() => stream.Dispose();

    private static FileStream Open(string path)
    {
        try
        {
            // No buffer of our own: a piece is with the system when Append returns.
            return new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(path, exception);
        }
    }

    private void WriteAgain()
    {
        AtomicFile.Write(path, copy =>
        {
            stream.Position = 0;
            stream.CopyTo(copy);
            copy.SetLength(end);
        });
        stream.Dispose();
        stream = Open(path);
    }
}
