using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.TensorBoard.Messages;

namespace IlgpuVq.Train.TensorBoard;

/// <summary>A file of TensorBoard's events, which grows while a run trains.</summary>
/// <remarks>A record is its length (uint64), a checksum of those eight bytes (uint32), an <see cref="Event"/>, and a checksum of
/// that, all little-endian; a checksum is CRC-32C, turned right by 15 bits, plus 0xA282EAD8. The first record names the
/// version. What a killed process or a full disk cut off behind the last whole record does not count.</remarks>
internal sealed class EventFile : IDisposable
{
    private const string Version = "brain.Event:2";
    private const int HeadLength = sizeof(ulong) + sizeof(uint);
    private const int TailLength = sizeof(uint);

    private readonly GrowingFile file;

    private EventFile(string path) => file = new GrowingFile(path);

    /// <summary>Begins a file in place of any that is there.</summary>
    /// <exception cref="RunException">It cannot be written.</exception>
    public static EventFile Create(string path)
    {
        AtomicFile.Write(path, _ => { });
        var events = new EventFile(path);
        events.Append(new Event { FileVersion = Version });
        return events;
    }

    /// <summary>Goes on behind <paramref name="step"/>: events of later steps go, for the run writes them again. Null where there
    /// is no event of the run yet.</summary>
    /// <exception cref="RunException">It cannot be read or written.</exception>
    public static EventFile? Resume(string path, long step)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using (var before = Open(path))
        {
            var kept = 0L;
            var places = Records(before).Where(record => record.Event.Step <= step).Select(record => record.Place).ToList();
            if (places.Count < 2)
            {
                return null;
            }

            kept = places.Sum(place => place.Length);
            if (kept != before.Length)
            {
                AtomicFile.Write(path, after => places.ForEach(place => Copy(before, place, after)));
            }
        }

        return new EventFile(path);
    }

    /// <summary>All whole events, in the order of the file. Works beside a process that appends.</summary>
    /// <exception cref="RunException">It cannot be read.</exception>
    public static IReadOnlyList<Event> Read(string path)
    {
        using var stream = Open(path);
        return [.. Records(stream).Select(record => record.Event)];
    }

    /// <summary>Adds an event of now.</summary>
    /// <returns>Whether the file had been removed, and was written again.</returns>
    /// <exception cref="RunException">The disk is full, or cannot be written.</exception>
    public bool Append(Event what)
    {
        what.WallTime = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
        var length = what.CalculateSize();
        var record = new byte[HeadLength + length + TailLength];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(sizeof(ulong)), Checksum(record.AsSpan(0, sizeof(ulong))));
        var content = record.AsSpan(HeadLength, length);
        what.WriteTo(content);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(HeadLength + length), Checksum(content));
        return file.Append(record);
    }

    public void Dispose() => file.Dispose();

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Reading(path, exception);
        }
    }

    /// <summary>The records from the start up to the first that is not whole.</summary>
    private static IEnumerable<(Place Place, Event Event)> Records(FileStream stream)
    {
        var head = new byte[HeadLength];
        for (var start = 0L; stream.Length - start >= HeadLength + TailLength;)
        {
            stream.Position = start;
            stream.ReadExactly(head);
            var length = BinaryPrimitives.ReadUInt64LittleEndian(head);
            if (ChecksumOf(head) != Checksum(head.AsSpan(0, sizeof(ulong))) ||
                length > (ulong)(stream.Length - start - HeadLength - TailLength) || length > (ulong)Array.MaxLength - TailLength)
            {
                yield break;
            }

            var content = new byte[length + TailLength];
            stream.ReadExactly(content);
            if (ChecksumOf(content) != Checksum(content.AsSpan(0, (int)length)) ||
                TryParse(content.AsSpan(0, (int)length)) is not { } what)
            {
                yield break;
            }

            var place = new Place(start, HeadLength + (long)length + TailLength);
            yield return (place, what);
            start += place.Length;
        }
    }

    private static Event? TryParse(ReadOnlySpan<byte> content)
    {
        try
        {
            return Event.Parser.ParseFrom(content);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static void Copy(FileStream source, Place place, Stream target)
    {
        var record = new byte[place.Length];
        source.Position = place.Start;
        source.ReadExactly(record);
        target.Write(record);
    }

    private static uint ChecksumOf(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[^TailLength..]);

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = default(Crc32C);
        crc.Append(bytes);
        return BitOperations.RotateRight(crc.Value, 15) + 0xA282EAD8;
    }

    /// <summary>Where a record lies.</summary>
    private readonly record struct Place(long Start, long Length);
}
