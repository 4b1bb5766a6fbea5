using System.IO.Compression;

namespace IlgpuVq.Train.Data;

/// <summary>
/// A data file, plain or gzip, read from front to end. What goes wrong on the way is a <see cref="DataException"/>.
/// </summary>
/// <remarks>Gzip is recognised by its first bytes, because some browsers unpack a file and keep its name.</remarks>
internal sealed class DataFile : IDisposable
{
    /// <summary>No deflate stream expands further: 258 bytes from two bits, and a little for rounding.</summary>
    private const long MaximumExpansion = 1040;

    private readonly Stream stream;

    private DataFile(string path, Stream stream, bool isCompressed, long lengthOnDisk)
    {
        (Path, this.stream) = (path, stream);
        MaximumLength = isCompressed ? lengthOnDisk * MaximumExpansion : lengthOnDisk;
    }

    public string Path { get; }

    /// <summary>
    /// The content is not longer than this: what a hostile header asks for can be refused before it is allocated.
    /// </summary>
    public long MaximumLength { get; }

    public static DataFile Open(string path)
    {
        var file = InputFile.OpenRead(path);
        Span<byte> start = stackalloc byte[2];
        try
        {
            var isCompressed = InputFile.Fill(file, start) == 2 && start.SequenceEqual<byte>([0x1F, 0x8B]);
            file.Position = 0;
            Stream stream = isCompressed ? new GZipStream(file, CompressionMode.Decompress) : file;
            return new DataFile(path, stream, isCompressed, file.Length);
        }
        catch (IOException error)
        {
            file.Dispose();
            throw InputFile.Unreadable(path, error);
        }
    }

    /// <summary>Reads until the buffer is full or the content ends; returns how many bytes there were.</summary>
    public int Fill(Span<byte> buffer)
    {
        try
        {
            return InputFile.Fill(stream, buffer);
        }
        catch (Exception error) when (error is InvalidDataException || (error is IOException && stream is GZipStream))
        {
            throw Broken("gzip data that unpacks", "damaged data");
        }
        catch (IOException error)
        {
            throw InputFile.Unreadable(Path, error);
        }
    }

    /// <summary>Reads exactly the buffer's length.</summary>
    public void ReadExactly(Span<byte> buffer)
    {
        var count = Fill(buffer);
        if (count < buffer.Length)
        {
            throw Broken($"{buffer.Length} more bytes", $"{count}, then the end");
        }
    }

    /// <summary>Refuses content that goes on.</summary>
    public void RequireEnd()
    {
        if (Fill(stackalloc byte[1]) != 0)
        {
            throw Broken("the end of the file after its data", "more bytes");
        }
    }

    public DataException Broken(string rule, string actual)
    {
        return DataException.Expected(Path, rule, actual, "Delete the file and fetch it anew: --download.");
    }

    public void Dispose() => stream.Dispose();
}
