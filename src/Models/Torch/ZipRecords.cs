using System.Buffers.Binary;
using System.Text;
using IlgpuVq.Models.Safetensors;
using static IlgpuVq.Models.Safetensors.SafetensorsException;

namespace IlgpuVq.Models.Torch;

/// <summary>A file in a zip archive, whose bytes lie there as they are.</summary>
/// <param name="Name">Its path in the archive.</param>
/// <param name="Offset">The first byte in the archive.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Crc">Their CRC-32.</param>
internal sealed record ZipRecord(string Name, long Offset, long Length, uint Crc);

/// <summary>The directory of a zip archive whose files are stored, neither compressed nor encrypted, as PyTorch writes
/// them.</summary>
/// <remarks>Everything is checked at once: that paths stay within the archive, that no file lies in another, and that what
/// stands before a file says the same as the directory. Nothing is ever unpacked. Source: PKWARE's APPNOTE 6.3, sections 4.3
/// and 4.5.3 (zip64).</remarks>
internal sealed class ZipRecords
{
    private const uint EndSignature = 0x06054b50, End64Signature = 0x06064b50, LocatorSignature = 0x07064b50,
        EntrySignature = 0x02014b50, LocalSignature = 0x04034b50;

    private const int EndLength = 22, LocatorLength = 20, End64Length = 56, EntryLength = 46, LocalLength = 30;

    private const int LongestComment = ushort.MaxValue, LongestName = 512, MostEntries = 1 << 18;

    private const long LongestDirectory = 64 << 20;

    private const int Encrypted = 1 | 1 << 6 | 1 << 13;

    private readonly ByteSource source;
    private readonly Dictionary<string, ZipRecord> records = new(StringComparer.Ordinal);

    private ZipRecords(ByteSource source) => this.source = source;

    /// <summary>All files, by their paths.</summary>
    public IReadOnlyDictionary<string, ZipRecord> Records => records;

    /// <exception cref="TorchException">The archive is damaged, or not of stored files.</exception>
    public static ZipRecords Read(ByteSource source)
    {
        var archive = new ZipRecords(source);
        var (count, start, length) = archive.FindDirectory();
        if (count > MostEntries || length > LongestDirectory)
        {
            throw archive.Broken($"at most {MostEntries} files in {LongestDirectory} bytes of directory", $"{count} in {length}");
        }

        var directory = new byte[length];
        source.Read(start, directory);
        var headers = new List<(long Header, ZipRecord Record)>();
        var rest = directory.AsSpan();
        for (var i = 0L; i < count; i++)
        {
            headers.Add(archive.ReadEntry(ref rest, start));
        }

        archive.CheckNoOverlap(headers);
        return archive;
    }

    /// <summary>Number of files, offset and length of the directory.</summary>
    private (long Count, long Start, long Length) FindDirectory()
    {
        var tail = new byte[Math.Min(source.Length, EndLength + LongestComment)];
        source.Read(source.Length - tail.Length, tail);
        for (var at = tail.Length - EndLength; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (U32(end) == EndSignature && at + EndLength + U16(end[20..]) == tail.Length)
            {
                var place = source.Length - tail.Length + at;
                var (count, length, start) = ((long)U16(end[10..]), (long)U32(end[12..]), (long)U32(end[16..]));
                if (U16(end[4..]) is var disk && (disk != 0 && disk != ushort.MaxValue))
                {
                    throw Broken("an archive in one part", "one of several");
                }

                (count, start, length, var limit) = FindDirectory64(place) ?? (count, start, length, place);
                return start >= 0 && length >= 0 && count >= 0 && start <= limit && length <= limit - start
                    ? (count, start, length)
                    : throw Broken("a directory within the archive", $"{length} bytes at byte {start}");
            }
        }

        throw Broken("a zip archive with its directory at the end", "none: it is cut short or no archive");
    }

    /// <summary>The same where 64 bits are used.</summary>
    private (long Count, long Start, long Length, long Limit)? FindDirectory64(long end)
    {
        if (end < LocatorLength)
        {
            return null;
        }

        Span<byte> locator = stackalloc byte[LocatorLength];
        source.Read(end - LocatorLength, locator);
        if (U32(locator) != LocatorSignature)
        {
            return null;
        }

        var place = (long)U64(locator[8..]);
        Span<byte> record = stackalloc byte[End64Length];
        if (place < 0 || place > end - LocatorLength - End64Length)
        {
            throw Broken("the end of the directory within the archive", $"byte {(ulong)place}");
        }

        source.Read(place, record);
        return U32(record) == End64Signature
            ? ((long)U64(record[32..]), (long)U64(record[48..]), (long)U64(record[40..]), place)
            : throw Broken($"the end of the directory at byte {place}", "something else");
    }

    private (long Header, ZipRecord Record) ReadEntry(ref Span<byte> rest, long directoryStart)
    {
        if (rest.Length < EntryLength || U32(rest) != EntrySignature)
        {
            throw Broken($"entry {records.Count} of the directory", "something else");
        }

        int flags = U16(rest[8..]), method = U16(rest[10..]), nameLength = U16(rest[28..]), extraLength = U16(rest[30..]),
            commentLength = U16(rest[32..]);
        if (rest.Length - EntryLength < nameLength + extraLength + commentLength)
        {
            throw Broken($"entry {records.Count} of the directory whole", "a part of it");
        }

        var name = ReadName(rest.Slice(EntryLength, nameLength));
        if ((flags & Encrypted) != 0 || method != 0)
        {
            throw new TorchException(
                source.Name, "stored files, as PyTorch writes them",
                $"{Quote(name)} {((flags & Encrypted) != 0 ? "encrypted" : $"compressed by method {method}")}",
                "Save it again with torch.save; the archive itself must not be packed anew.");
        }

        var crc = U32(rest[16..]);
        long packed = U32(rest[20..]), length = U32(rest[24..]), header = U32(rest[42..]);
        Read64(rest.Slice(EntryLength + nameLength, extraLength), ref length, ref packed, ref header);
        if (packed != length)
        {
            throw Broken($"as many bytes stored as there are in {Quote(name)}", $"{packed} of {length}");
        }

        var record = new ZipRecord(name, CheckLocal(name, header, length, directoryStart), length, crc);
        if (!records.TryAdd(name, record))
        {
            throw Broken("each file of the archive once", $"{Quote(name)} twice");
        }

        rest = rest[(EntryLength + nameLength + extraLength + commentLength)..];
        return (header, record);
    }

    /// <summary>Those of three numbers that are all ones have their 64 bits in the extra field of id 1, in this
    /// order.</summary>
    private static void Read64(ReadOnlySpan<byte> extra, ref long length, ref long packed, ref long header)
    {
        while (extra.Length >= 4)
        {
            var (id, size) = (U16(extra), Math.Min(U16(extra[2..]), extra.Length - 4));
            var field = extra.Slice(4, size);
            extra = extra[(4 + size)..];
            if (id == 1)
            {
                Take(ref field, ref length);
                Take(ref field, ref packed);
                Take(ref field, ref header);
            }
        }

        static void Take(ref ReadOnlySpan<byte> field, ref long number)
        {
            if (number == uint.MaxValue && field.Length >= sizeof(ulong))
            {
                number = (long)U64(field);
                field = field[sizeof(ulong)..];
            }
        }
    }

    /// <summary>Where the bytes of a file begin, by the header before them.</summary>
    private long CheckLocal(string name, long header, long length, long directoryStart)
    {
        if (header < 0 || length < 0 || header > directoryStart - LocalLength)
        {
            throw Broken($"{Quote(name)} before the directory", $"{length} bytes behind byte {header}");
        }

        Span<byte> local = stackalloc byte[LocalLength];
        source.Read(header, local);
        var start = header + LocalLength + U16(local[26..]) + U16(local[28..]);
        if (U32(local) != LocalSignature || start > directoryStart || length > directoryStart - start)
        {
            throw Broken($"{Quote(name)} of {length} bytes at byte {header}", "something else, or less");
        }

        var own = new byte[U16(local[26..])];
        source.Read(header + LocalLength, own);
        return ReadName(own) == name && U16(local[8..]) == 0 && (U16(local[6..]) & Encrypted) == 0
            ? start
            : throw Broken($"{Quote(name)} at byte {header}, as the directory says", Quote(ReadName(own)));
    }

    private void CheckNoOverlap(List<(long Header, ZipRecord Record)> headers)
    {
        headers.Sort((left, right) => left.Header.CompareTo(right.Header));
        for (var i = 1; i < headers.Count; i++)
        {
            var before = headers[i - 1].Record;
            if (headers[i].Header < before.Offset + before.Length)
            {
                throw Broken("files one behind the other", $"{Quote(headers[i].Record.Name)} within {Quote(before.Name)}");
            }
        }
    }

    /// <summary>A path that stays within the archive.</summary>
    private string ReadName(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > LongestName)
        {
            throw Broken($"names of 1 to {LongestName} bytes", $"one of {bytes.Length}");
        }

        var name = Encoding.UTF8.GetString(bytes);
        return name.Contains('\\') || name.Contains(':') || name.Any(char.IsControl)
            || name.TrimEnd('/').Split('/').Any(part => part is "" or "." or "..")
                ? throw Broken("paths within the archive", Quote(name))
                : name;
    }

    private static ushort U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static ulong U64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private TorchException Broken(string expected, string actual) => TorchException.Damaged(source.Name, expected, actual);
}
