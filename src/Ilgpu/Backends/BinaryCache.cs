using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ILGPU.Backends;

/// <summary>Compiled kernels on disk, found again by a hash of all that they were made of.</summary>
/// <remarks>
/// <para>A file is a header (mark, length and SHA-256 of what follows) and the binary. It is written under another name, flushed
/// and renamed, so that readers and writers of other processes see all of it or nothing; what is cut or damaged all the same is
/// not believed, and replaced by the next writer.</para>
/// <para>A folder that cannot be written or read is as good as an empty one: kernels are compiled again.</para>
/// </remarks>
internal sealed class BinaryCache
{
    private const string Extension = ".bin";
    private const string Unfinished = ".partial";
    private const int HeaderSize = 8 + sizeof(long) + SHA256.HashSizeInBytes;

    /// <summary>Kernels of a program are some tens of KiB each; this is room for those of many versions and devices.</summary>
    private const long DefaultCapacity = 256L << 20;

    /// <summary>Files of writers that were killed are removed after this time, in which a living one is done.</summary>
    private static readonly TimeSpan LongestWrite = TimeSpan.FromHours(1);

    private readonly string? folder;
    private readonly long capacity;
    private readonly Lock gate = new();

    /// <summary>How many bytes the files have, as far as this process knows; null before it has looked.</summary>
    private long? size;

    /// <param name="folder">Where the files are; null for a cache that keeps nothing.</param>
    /// <param name="capacity">How many bytes the files may have together; beyond it those not used for longest go.</param>
    public BinaryCache(string? folder, long capacity = DefaultCapacity)
    {
        this.folder = folder;
        this.capacity = capacity;
    }

    /// <summary>The version of the format is part of it.</summary>
    private static ReadOnlySpan<byte> Mark => "IVQBIN01"u8;

    /// <summary>The key of what is made of these texts, in this order.</summary>
    public static string KeyOf(params ReadOnlySpan<string> ingredients)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var ingredient in ingredients)
        {
            // With their lengths, so that a boundary cannot move.
            var bytes = Encoding.UTF8.GetBytes(ingredient);
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>What was stored under a key, or null.</summary>
    public byte[]? Read(string key)
    {
        if (folder is null)
        {
            return null;
        }

        try
        {
            var path = PathOf(key);
            var content = File.ReadAllBytes(path);
            if (!IsWhole(content))
            {
                return null;
            }

            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            return content[HeaderSize..];
        }
        catch (Exception exception) when (IsAboutFiles(exception))
        {
            return null;
        }
    }

    /// <summary>Stores a binary under a key, in place of what was there.</summary>
    public void Write(string key, ReadOnlySpan<byte> binary)
    {
        if (folder is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(folder);
            var temporary = Path.Combine(folder, $"{key}.{Path.GetRandomFileName()}{Unfinished}");
            try
            {
                using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
                {
                    Span<byte> header = stackalloc byte[HeaderSize];
                    WriteHeader(header, binary);
                    file.Write(header);
                    file.Write(binary);
                    file.Flush(flushToDisk: true);
                }

                File.Move(temporary, PathOf(key), overwrite: true);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }

            Account(folder, HeaderSize + binary.Length);
        }
        catch (Exception exception) when (IsAboutFiles(exception))
        {
            // The next run compiles again.
        }
    }

    private static void WriteHeader(Span<byte> header, ReadOnlySpan<byte> binary)
    {
        Mark.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header[Mark.Length..], binary.Length);
        SHA256.HashData(binary, header[(Mark.Length + sizeof(long))..]);
    }

    private static bool IsWhole(ReadOnlySpan<byte> content)
    {
        if (content.Length < HeaderSize)
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[HeaderSize];
        WriteHeader(expected, content[HeaderSize..]);
        return content[..HeaderSize].SequenceEqual(expected);
    }

    private static bool IsAboutFiles(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>Looks at all files for the first one that is added, and when they may have become too many.</summary>
    private void Account(string path, long added)
    {
        lock (gate)
        {
            size += added;
            if (size is null || size > capacity)
            {
                size = Trim(path);
            }
        }
    }

    /// <summary>Removes files until the rest fits, those not used for longest first; returns how many bytes are left.</summary>
    private long Trim(string path)
    {
        var entries = new DirectoryInfo(path);
        foreach (var file in entries.EnumerateFiles($"*{Unfinished}"))
        {
            if (DateTime.UtcNow - file.LastWriteTimeUtc > LongestWrite)
            {
                file.Delete();
            }
        }

        var (total, kept) = (0L, 0L);
        foreach (var file in entries.EnumerateFiles($"*{Extension}").OrderByDescending(file => file.LastWriteTimeUtc))
        {
            total += file.Length;
            if (total > capacity)
            {
                file.Delete();
            }
            else
            {
                kept = total;
            }
        }

        return kept;
    }

    private string PathOf(string key) => Path.Combine(folder!, key + Extension);
}
