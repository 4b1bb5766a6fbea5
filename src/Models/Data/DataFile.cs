using System.Buffers.Binary;
using System.IO.Compression;
using IlgpuVq.Models.Images;

namespace IlgpuVq.Models.Data;

/// <summary>
/// A data file, plain or gzip, read from front to end. What goes wrong on the way is a <see cref="DataException"/>.
/// </summary>
/// <remarks>Gzip is recognised by its first bytes, because some browsers unpack a file and keep its name.</remarks>
internal sealed class DataFile : IDisposable
{
    /// <summary>No deflate stream expands further: 258 bytes from two bits, and a little for rounding.</summary>
    private const long DeflateExpansion = 1040;

    /// <summary>Images do not expand further when they are unpacked (MNIST's five times); hostile files do.</summary>
    private const long MaximumExpansion = 100;

    /// <summary>So much may come from any file.</summary>
    private const long HarmlessLength = 64L << 20;

    private readonly FileStream file;
    private readonly Stream content;
    private long delivered;
    private bool hasEnded;

    private DataFile(FileStream file, bool isCompressed)
    {
        this.file = file;
        content = isCompressed ? new GZipStream(file, CompressionMode.Decompress) : file;
        MaximumLength = isCompressed
            ? Math.Min(file.Length * DeflateExpansion, Math.Max(HarmlessLength, file.Length * MaximumExpansion))
            : file.Length;
    }

    public string Path => file.Name;

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
            return new DataFile(file, isCompressed);
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
        if (hasEnded)
        {
            return 0;
        }

        try
        {
            var count = InputFile.Fill(content, buffer);
            delivered += count;
            if (delivered > MaximumLength)
            {
                throw Broken($"at most {MaximumLength} bytes in a gzip file of {file.Length}", "more");
            }

            if (count < buffer.Length)
            {
                hasEnded = true;
                CheckTrailer();
            }

            return count;
        }
        catch (Exception error) when (error is InvalidDataException || (error is IOException && content is GZipStream))
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
        return DataException.Expected(
            Path, rule, actual, "Delete the file and fetch it anew: DataSetOptions.Download.", settings: DataSettings.Download);
    }

    public void Dispose() => content.Dispose();

    /// <summary>
    /// A gzip file that was cut unpacks without complaint up to the cut, but then its last four bytes are no length.
    /// </summary>
    private void CheckTrailer()
    {
        if (content == file)
        {
            return;
        }

        Span<byte> trailer = stackalloc byte[4];
        file.Position = Math.Max(0, file.Length - trailer.Length);
        var isWhole = InputFile.Fill(file, trailer) == trailer.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(trailer) == (uint)delivered;
        if (!isWhole)
        {
            throw Broken("a whole gzip file that ends with the length of its content", $"another end after {delivered} bytes");
        }
    }
}
