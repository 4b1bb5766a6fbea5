using IlgpuVq.Tensors;
using Microsoft.Win32.SafeHandles;

namespace IlgpuVq.Models.Safetensors;

/// <summary>A format of files: what messages call it, and how they refuse one.</summary>
/// <param name="Name">With its article: a safetensors file.</param>
/// <param name="Refuse">Makes the exception of a file, a rule, what was found, and what to do.</param>
internal sealed record FileKind(string Name, Func<string, string, string, string, Exception?, UserException> Refuse);

/// <summary>Bytes by offset, from a file or from a stream; every failure comes out as its kind refuses files.</summary>
internal abstract class ByteSource(string name, FileKind kind) : IDisposable
{
    /// <summary>What messages call the file.</summary>
    public string Name { get; } = name;

    public long Length { get; protected init; }

    /// <summary>Reads at one place of a file by its handle, so several threads may read at once.</summary>
    public static ByteSource OpenFile(string path, FileKind kind)
    {
        try
        {
            return new FileSource(path, kind);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw kind.Refuse(path, kind.Name, "no file of that name", "Check the path.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            var actual = Directory.Exists(path) ? "a folder" : exception.Message;
            throw kind.Refuse(
                path, $"{kind.Name} that can be read", actual, "Check the path and its permissions.", exception);
        }
    }

    public static ByteSource OpenStream(Stream stream, string name, FileKind kind) => stream.CanSeek && stream.CanRead
        ? new StreamSource(stream, name, kind)
        : throw kind.Refuse(
            name, "a stream that can be read and can seek", "one that cannot", "Copy it to a file or to memory first.", null);

    /// <summary>Fills <paramref name="destination"/> with the bytes from <paramref name="offset"/> on.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        try
        {
            for (var read = 0; read < destination.Length;)
            {
                var count = ReadSome(offset + read, destination[read..]);
                read += count > 0 ? count : throw Shrunk(offset + read);
            }
        }
        catch (IOException exception)
        {
            throw kind.Refuse(
                Name, "a file that can be read to its end", exception.Message, "Check the disk, and try a copy.", exception);
        }
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract int ReadSome(long offset, Span<byte> destination);

    protected abstract void Dispose(bool disposing);

    private UserException Shrunk(long offset) => kind.Refuse(
        Name,
        $"{Length} bytes, as when it was opened",
        $"an end at byte {offset}",
        "Something else changes the file; use a copy.",
        null);

    private sealed class FileSource : ByteSource
    {
        private readonly SafeFileHandle handle;

        public FileSource(string path, FileKind kind)
            : base(path, kind)
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            try
            {
                Length = RandomAccess.GetLength(handle);
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }

        protected override int ReadSome(long offset, Span<byte> destination) => RandomAccess.Read(handle, destination, offset);

        protected override void Dispose(bool disposing) => handle.Dispose();
    }

    private sealed class StreamSource : ByteSource
    {
        private readonly Stream stream;

        public StreamSource(Stream stream, string name, FileKind kind)
            : base(name, kind)
        {
            this.stream = stream;
            Length = stream.Length;
        }

        protected override int ReadSome(long offset, Span<byte> destination)
        {
            stream.Position = offset;
            return stream.Read(destination);
        }

        protected override void Dispose(bool disposing)
        {
            // The stream belongs to whoever opened it.
        }
    }
}
