using System.Buffers.Binary;
using System.Diagnostics;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Codes;

/// <summary>Codes of a data set that is being encoded, on disk as far as they are: the same work, killed at any moment, goes on
/// behind the last whole batch.</summary>
/// <remarks>
/// <para>The file lies beside the one that it becomes, under that name and <c>.partial</c>. It begins with what the codes depend
/// on (<see cref="PartialCodesHead"/>), then comes a piece for each batch: its length and checksum (u32 each, little-endian), and
/// for each grid the numbers of the batch's images as they will lie in the store. The checksum is the CRC-32C of the head, the
/// number of the first image (u64) and the piece.</para>
/// <para>What is no whole piece of these images goes when the file is opened. Pieces are with the system once
/// <see cref="Append"/> returns, and with the disk a few seconds later. One process at a time has the file.</para>
/// </remarks>
internal sealed class PartialCodes : IDisposable
{
    private const string Suffix = ".partial";
    private const int StartLength = 16, PieceHead = 2 * sizeof(uint);

    /// <summary>How often pieces are brought to the disk: what a power cut takes.</summary>
    private static readonly TimeSpan SyncInterval = TimeSpan.FromSeconds(2);

    private readonly string path;
    private readonly PartialCodesHead head;
    private readonly byte[] headBytes;
    private readonly GrowingFile file;
    private long lastSync = Stopwatch.GetTimestamp();

    private PartialCodes(string path, PartialCodesHead head, GrowingFile file) =>
        (this.path, this.head, this.file, headBytes) = (path, head, file, head.ToBytes());

    /// <summary>Images whose codes are there: the first ones.</summary>
    public int Done { get; private set; }

    /// <summary>Where the codes are kept that are to become a file; links are followed.</summary>
    /// <exception cref="IOException">Links lead in a circle.</exception>
    public static string PathOf(string output) => AtomicFile.Follow(output) + Suffix;

    /// <summary>Opens what is there of the same work, or begins.</summary>
    /// <param name="output">The file that it becomes.</param>
    /// <param name="head">What the codes depend on.</param>
    /// <param name="say">Takes a line where something was there: how far it goes, or why it does not count.</param>
    /// <exception cref="RunException">Another process is at the same work, something else lies there, or the disk is full or
    /// cannot be written.</exception>
    public static PartialCodes Open(string output, PartialCodesHead head, Action<string> say)
    {
        var path = PathOf(output);
        return Open(path, head, new GrowingFile(path, FileShare.None), say);
    }

    /// <summary>The same in any file.</summary>
    /// <param name="path">What messages call it.</param>
    /// <param name="head">What the codes depend on.</param>
    /// <param name="file">Becomes the codes' own.</param>
    /// <param name="say">Takes a line where something was there.</param>
    internal static PartialCodes Open(string path, PartialCodesHead head, GrowingFile file, Action<string> say)
    {
        var codes = new PartialCodes(path, head, file);
        try
        {
            codes.FindStart(say);
            return codes;
        }
        catch
        {
            codes.Dispose();
            throw;
        }
    }

    /// <summary>Adds the codes of the next images.</summary>
    /// <param name="batch">Numbers of each grid, of <see cref="PartialCodesHead.Batch"/> images, or of as many as are
    /// left.</param>
    /// <exception cref="RunException">A number stands for no code or is not finite; or the disk is full or cannot be written:
    /// then all earlier pieces are as they were.</exception>
    public void Append(Array[] batch)
    {
        var count = CountAt(Done);
        var piece = new byte[checked((int)(PieceHead + (count * head.BytesPerImage)))];
        var at = PieceHead;
        for (var grid = 0; grid < batch.Length; grid++)
        {
            var layout = head.Layouts[grid];
            if (batch[grid].Length != (long)count * layout.NumbersPerImage)
            {
                throw new ArgumentException(
                    $"partial codes: expected {count} images in {layout.Name}; got {batch[grid].Length} numbers", nameof(batch));
            }

            GridNumbers.Check(path, layout, (long)Done * layout.NumbersPerImage, batch[grid]);
            GridNumbers.Write(batch[grid], GridNumbers.TypeOf(layout).ByteSize(), piece.AsSpan(at));
            at += (int)(count * GridNumbers.BytesPerImage(layout));
        }

        BinaryPrimitives.WriteInt32LittleEndian(piece, piece.Length - PieceHead);
        BinaryPrimitives.WriteUInt32LittleEndian(piece.AsSpan(sizeof(uint)), Checksum(Done, piece.AsSpan(PieceHead)));
        file.Append(piece);
        Done += count;
        if (Stopwatch.GetElapsedTime(lastSync) >= SyncInterval)
        {
            file.Sync();
            lastSync = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Writes the numbers of a grid, of all images that are there.</summary>
    public void CopyTo(int grid, Stream target)
    {
        var before = head.Layouts.Take(grid).Sum(GridNumbers.BytesPerImage);
        var length = GridNumbers.BytesPerImage(head.Layouts[grid]);
        for (var first = 0; first < Done; first += head.Batch)
        {
            var count = CountAt(first);
            var bytes = new byte[count * length];
            file.Read(EndOf(first) + PieceHead + (count * before), bytes);
            target.Write(bytes);
        }
    }

    /// <summary>Closes and removes the file: the codes are elsewhere now.</summary>
    /// <exception cref="RunException">It cannot be removed.</exception>
    public void Remove()
    {
        Dispose();
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(path, exception);
        }
    }

    public void Dispose() => file.Dispose();

    private void FindStart(Action<string> say)
    {
        var start = new byte[Math.Min(StartLength, file.Length)];
        file.Read(0, start);
        if (!PartialCodesHead.IsOwn(start))
        {
            throw new RunException(
                path, "codes that are being made, or no file", "another file", "Move it away, or choose another --output.");
        }

        if (DifferenceAt(start) is { } difference)
        {
            if (start.Length > 0)
            {
                say($"{path} is {difference}: encoding begins anew");
            }

            file.Cut(0);
            file.Append(headBytes);
            DiskSync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return;
        }

        while (Done < head.Images && IsWhole(Done))
        {
            Done += CountAt(Done);
        }

        file.Cut(EndOf(Done));
        if (Done > 0)
        {
            say($"{path}: going on behind image {Done} of {head.Images}");
        }
    }

    /// <summary>In what the head of the file differs; null where it is this one.</summary>
    private string? DifferenceAt(ReadOnlySpan<byte> start)
    {
        if (PartialCodesHead.LengthOf(start) is not { } length || length > file.Length)
        {
            return "damaged";
        }

        var theirs = new byte[length];
        file.Read(0, theirs);
        return head.Difference(theirs);
    }

    private bool IsWhole(int first)
    {
        var (place, count) = (EndOf(first), CountAt(first));
        var length = count * head.BytesPerImage;
        if (file.Length - place < PieceHead + length)
        {
            return false;
        }

        var piece = new byte[PieceHead + length];
        file.Read(place, piece);
        return BinaryPrimitives.ReadUInt32LittleEndian(piece) == length
            && BinaryPrimitives.ReadUInt32LittleEndian(piece.AsSpan(sizeof(uint))) == Checksum(first, piece.AsSpan(PieceHead))
            && HoldsNumbers(first, piece.AsSpan(PieceHead));
    }

    /// <summary>Whether all numbers stand for something: a checksum can be made.</summary>
    private bool HoldsNumbers(int first, ReadOnlySpan<byte> piece)
    {
        try
        {
            foreach (var layout in head.Layouts)
            {
                var length = (int)(CountAt(first) * GridNumbers.BytesPerImage(layout));
                GridNumbers.Check(
                    path, layout, (long)first * layout.NumbersPerImage, GridNumbers.Read(piece[..length], layout));
                piece = piece[length..];
            }

            return true;
        }
        catch (RunException)
        {
            return false;
        }
    }

    /// <summary>Images of the batch that begins there.</summary>
    private int CountAt(int first) => Math.Min(head.Batch, head.Images - first);

    /// <summary>Where the pieces of so many images end, whole batches or all: there the next begins.</summary>
    private long EndOf(int done) =>
        headBytes.Length + ((done + head.Batch - 1L) / head.Batch * PieceHead) + (done * head.BytesPerImage);

    private uint Checksum(int first, ReadOnlySpan<byte> piece)
    {
        Span<byte> place = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteInt64LittleEndian(place, first);
        var crc = default(Crc32C);
        crc.Append(headBytes);
        crc.Append(place);
        crc.Append(piece);
        return crc.Value;
    }
}
