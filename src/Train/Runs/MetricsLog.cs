using System.Text;
using System.Text.Json;

namespace IlgpuVq.Train.Runs;

/// <summary>
/// Appends to <c>metrics.jsonl</c>: one JSON object per line, each handed to the system in one piece as soon as it is known.
/// </summary>
/// <remarks>
/// A last line without its line break is one that a killed process or a full disk cut off; it does not count. A line that cannot
/// be read anywhere else is an error, for nothing here writes such a one.
/// </remarks>
public sealed class MetricsLog : IDisposable
{
    private readonly GrowingFile file;

    private MetricsLog(string path) => file = new GrowingFile(path);

    /// <summary>Writes to any stream, behind what is there.</summary>
    /// <param name="path">What messages call it.</param>
    /// <param name="stream">Becomes the log's.</param>
    internal MetricsLog(string path, Stream stream) => file = new GrowingFile(path, stream);

    /// <summary>Begins an empty log in place of any that is there.</summary>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static MetricsLog Create(string path)
    {
        AtomicFile.Write(path, _ => { });
        return new MetricsLog(path);
    }

    /// <summary>Goes on behind <paramref name="step"/>: lines of later steps go, for the run writes them again.</summary>
    /// <remarks>
    /// The lines that stay keep every byte, fields of other versions included. The file is replaced in one piece.
    /// </remarks>
    /// <exception cref="RunException">The file cannot be written, or holds a line that cannot be read.</exception>
    public static MetricsLog Resume(string path, long step)
    {
        if (!File.Exists(path))
        {
            return Create(path);
        }

        var bytes = ReadAll(path);
        var kept = Parse(path, bytes).Where(line => line.Metrics.Step <= step).Select(line => line.Range).ToList();
        if (kept.Sum(range => range.GetOffsetAndLength(bytes.Length).Length) != bytes.Length)
        {
            AtomicFile.Write(path, stream => kept.ForEach(range => stream.Write(bytes.AsSpan(range))));
        }

        return new MetricsLog(path);
    }

    /// <summary>All complete lines, in the order of the file. Works beside a process that appends.</summary>
    /// <exception cref="RunException">The file is absent, or holds a line that cannot be read.</exception>
    public static IReadOnlyList<MetricsLine> Read(string path) => [.. Parse(path, ReadAll(path)).Select(line => line.Metrics)];

    /// <summary>Adds a line. Where that fails, nothing of it stays once the next is added.</summary>
    /// <returns>Whether the file had been removed, and was written again with all its lines.</returns>
    /// <exception cref="RunException">The disk is full, or cannot be written.</exception>
    public bool Append(MetricsLine line) => file.Append([.. JsonSerializer.SerializeToUtf8Bytes(line), (byte)'\n']);

    public void Dispose() => file.Dispose();

    private static byte[] ReadAll(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            file.CopyTo(bytes);
            return bytes.ToArray();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Reading(path, exception);
        }
    }

    /// <summary>The complete lines, each with its place in the file, line break included.</summary>
    private static IEnumerable<(Range Range, MetricsLine Metrics)> Parse(string path, byte[] bytes)
    {
        var number = 1;
        for (var start = 0; Array.IndexOf(bytes, (byte)'\n', start) is var end and >= 0; start = end + 1, number++)
        {
            yield return (start..(end + 1), Parse(path, number, bytes.AsSpan(start, end - start)));
        }
    }

    private static MetricsLine Parse(string path, int number, ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<MetricsLine>(line) ?? throw new JsonException("null");
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            var text = Encoding.UTF8.GetString(line[..Math.Min(line.Length, 40)]).ReplaceLineEndings(" ");
            throw new RunException(path, $"an object of metrics in line {number}", $"'{text}'", "Remove that line.", exception);
        }
    }
}
