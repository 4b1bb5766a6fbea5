using System.Numerics;
using System.Text;
using IlgpuVq.Models.Safetensors;
using static IlgpuVq.Models.Safetensors.SafetensorsException;

namespace IlgpuVq.Models.Torch;

/// <summary>What a checkpoint holds, read from either of its forms.</summary>
/// <param name="Root">The object that was saved.</param>
/// <param name="IsBigEndian">Whether the highest byte of an element comes first.</param>
internal sealed record TorchContent(object? Root, bool IsBigEndian)
{
    private const string PickleName = "data.pkl";

    private const int ProtocolVersion = 1001;

    /// <summary>What the older form begins with.</summary>
    private static readonly BigInteger Magic = new([0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]);

    /// <summary>Reads all but the numbers of tensors.</summary>
    /// <exception cref="TorchException">The file is no checkpoint, damaged, or holds what none may.</exception>
    public static TorchContent Read(ByteSource source)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(4, source.Length)];
        source.Read(0, start);
        return start is [(byte)'P', (byte)'K', ..] ? ReadArchive(source)
            : start is [0x80, >= 2 and <= 5, ..] ? ReadOlder(source)
            : throw new TorchException(
                source.Name, "a PyTorch checkpoint, which begins with PK or a pickle",
                start.IsEmpty ? "an empty file" : $"the bytes {Convert.ToHexStringLower(start)}",
                "Check the path; PyTorch before 0.2 wrote another form, which a later one loads and saves anew.");
    }

    /// <summary>A zip archive: one folder with data.pkl, data/KEY for each storage, and byteorder.</summary>
    private static TorchContent ReadArchive(ByteSource source)
    {
        var records = ZipRecords.Read(source).Records;
        string[] pickles = [.. records.Keys.Where(name => name.Split('/') is [.., PickleName] and { Length: <= 2 })];
        if (pickles is not [var name])
        {
            throw TorchException.Damaged(source.Name, $"one {PickleName} in the archive's folder", $"{pickles.Length}");
        }

        var (pickle, folder) = (records[name], name[..^PickleName.Length]);
        if (records.ContainsKey(folder + "constants.pkl"))
        {
            throw new TorchException(
                source.Name, "a checkpoint", "a program of TorchScript",
                "Save its weights: torch.save(model.state_dict(), file).");
        }

        CheckCrc(source, pickle.Name, pickle.Offset, pickle.Length, pickle.Crc);
        var objects = new TorchObjects(source.Name, storage =>
        {
            if (records.GetValueOrDefault($"{folder}data/{storage.Key}") is not { } record)
            {
                throw TorchException.Damaged(source.Name, $"a file for storage {Quote(storage.Key)}", "none of that name");
            }

            if (record.Length != storage.ByteLength)
            {
                throw TorchException.Damaged(
                    source.Name, $"{storage.ByteLength} bytes of storage {Quote(storage.Key)}", $"{record.Length}");
            }

            (storage.Offset, storage.Crc) = (record.Offset, record.Crc);
        });
        var isBigEndian = records.GetValueOrDefault(folder + "byteorder") is { } order && IsBig(source, order);
        var input = new PickleInput(source, pickle.Offset, pickle.Offset + pickle.Length);
        return new TorchContent(PickleReader.Read(input, objects), isBigEndian);
    }

    private static bool IsBig(ByteSource source, ZipRecord order)
    {
        var text = new byte[Math.Min(order.Length, 16)];
        source.Read(order.Offset, text);
        return Encoding.Latin1.GetString(text).Trim() switch
        {
            "little" => false,
            "big" => true,
            var other => throw TorchException.Damaged(source.Name, "the order of bytes little or big", Quote(other)),
        };
    }

    /// <summary>Pickles of a magic number, a version, the writer's machine, the object, and the keys of its storages; then each
    /// of these with its number of elements before it.</summary>
    private static TorchContent ReadOlder(ByteSource source)
    {
        var input = new PickleInput(source, 0, source.Length);
        var plain = new TorchObjects(source.Name);
        if (PickleReader.Read(input, plain) is not BigInteger magic || magic != Magic)
        {
            throw new TorchException(
                source.Name, "a PyTorch checkpoint", "another pickle", "Save it with torch.save; pickle alone keeps no tensors.");
        }

        if (PickleReader.Read(input, plain) is not (long and ProtocolVersion))
        {
            throw TorchException.Damaged(source.Name, $"version {ProtocolVersion} of the form", "another");
        }

        var isBigEndian = PickleReader.Read(input, plain) is PickleDictionary system
            ? system.Items.Contains(("little_endian", false))
            : throw TorchException.Damaged(source.Name, "a dictionary of the writer's machine", "another value");
        var objects = new TorchObjects(source.Name);
        var root = PickleReader.Read(input, objects);
        if (PickleReader.Read(input, plain) is not PickleList keys)
        {
            throw TorchException.Damaged(source.Name, "the list of storages", "another value");
        }

        Locate(source, input.Position, keys, objects, isBigEndian);
        return new TorchContent(root, isBigEndian);
    }

    private static void Locate(ByteSource source, long position, PickleList keys, TorchObjects objects, bool isBigEndian)
    {
        Span<byte> count = stackalloc byte[sizeof(long)];
        foreach (var key in keys.Items)
        {
            if (key is not string name || objects.Storages.GetValueOrDefault(name) is not { Offset: < 0 } storage)
            {
                throw TorchException.Damaged(
                    source.Name, "storages of the object, each once", PickleReader.Describe(key));
            }

            if (position > source.Length - count.Length || storage.ByteLength > source.Length - count.Length - position)
            {
                throw TorchException.Damaged(
                    source.Name, $"{storage.ByteLength} bytes of storage {Quote(name)} behind byte {position}",
                    $"an end at byte {source.Length}");
            }

            source.Read(position, count);
            SafetensorsConversion.OrderBytes(count, sizeof(long), isBigEndian);
            if (BitConverter.ToInt64(count) is var stored && stored != storage.Count)
            {
                throw TorchException.Damaged(source.Name, $"{storage.Count} elements of storage {Quote(name)}", $"{stored}");
            }

            storage.Offset = position + count.Length;
            position = storage.Offset + storage.ByteLength;
        }

        if (objects.Storages.Values.FirstOrDefault(storage => storage.Offset < 0) is { } missing)
        {
            throw TorchException.Damaged(source.Name, $"the numbers of storage {Quote(missing.Key)}", "none");
        }
    }

    /// <summary>Compares bytes with their checksum.</summary>
    /// <exception cref="TorchException">They are others than were written.</exception>
    public static void CheckCrc(ByteSource source, string what, long offset, long length, uint expected)
    {
        var chunk = new byte[(int)Math.Min(1 << 16, length)];
        var crc = Crc32.Start();
        for (var done = 0L; done < length; done += chunk.Length)
        {
            var part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, length - done));
            source.Read(offset + done, part);
            crc.Append(part);
        }

        if (crc.Value != expected)
        {
            throw new TorchException(
                source.Name, $"the checksum {expected:x8} of {Quote(what)}", $"{crc.Value:x8}",
                "The file has been damaged since it was written, or was saved without checksums; fetch or save it again.");
        }
    }
}
