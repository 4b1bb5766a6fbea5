namespace IlgpuVq.Train.Runs;

/// <summary>A file that grows by whole pieces, each with the system as soon as <see cref="Append"/> returns.</summary>
/// <remarks>Where somebody removes it meanwhile, it comes back whole with the next piece: what is open can still be
/// read.</remarks>
internal sealed class GrowingFile : IDisposable
{
    private readonly string path;
    private readonly FileShare share;
    private Stream stream;

    /// <summary>Opens it behind what is there.</summary>
    /// <param name="path">The file, which is made where it is not there.</param>
    /// <param name="share">What others may do with it meanwhile; none for one process at a time.</param>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public GrowingFile(string path, FileShare share = FileShare.Read | FileShare.Delete)
        : this(path, Open(path, share)) => this.share = share;

    /// <summary>Writes to any stream, behind what is there.</summary>
    /// <param name="path">What messages call it.</param>
    /// <param name="stream">Becomes the file's.</param>
    internal GrowingFile(string path, Stream stream) => (this.path, this.stream, Length) = (path, stream, stream.Length);

    /// <summary>Bytes of all pieces, without a part of one that could not be written.</summary>
    public long Length { get; private set; }

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

            if (stream.Length > Length)
            {
                stream.SetLength(Length); // a part of a piece that could not be written
            }

            stream.Position = Length;
            stream.Write(piece);
            Length += piece.Length;
            return wasRemoved;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(path, exception);
        }
    }

    /// <summary>Reads bytes that are there.</summary>
    /// <exception cref="RunException">They cannot be read.</exception>
    public void Read(long offset, Span<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - bytes.Length);
        try
        {
            stream.Position = offset;
            stream.ReadExactly(bytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Reading(path, exception);
        }
    }

    /// <summary>Leaves only the first so many bytes.</summary>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public void Cut(long length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        try
        {
            stream.SetLength(length);
            Length = length;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(path, exception);
        }
    }

    /// <summary>Brings all pieces to the disk itself, where they outlast the power.</summary>
    /// <exception cref="RunException">The disk failed.</exception>
    public void Sync()
    {
        try
        {
            if (stream is FileStream its)
            {
                DiskSync.Flush(its);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(path, exception);
        }
    }

    public void Dispose() => stream.Dispose();

    private static FileStream Open(string path, FileShare share)
    {
        try
        {
            // No buffer of our own: a piece is with the system when Append returns.
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share, bufferSize: 0);
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
            copy.SetLength(Length);
        });
        stream.Dispose();
        stream = Open(path, share);
    }
}
