using System.Security.Cryptography;

namespace IlgpuVq.Models.Data;

/// <summary>Fetches files over HTTP. A file appears under its name only whole, with the right length and SHA-256.</summary>
/// <remarks>What arrives goes to <c>.{name}.partial</c> in the same folder, which is removed when the mirror fails.</remarks>
internal static class Downloader
{
    private const int BufferSize = 1 << 16;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Fetches those of the files that are not in the folder yet.</summary>
    /// <exception cref="DataException">No mirror gave a file as it must be, or the folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The caller asked to stop.</exception>
    public static void Fetch(
        IEnumerable<RemoteFile> files, string folder, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        try
        {
            Directory.CreateDirectory(folder);
            using var handler = new SocketsHttpHandler { ConnectTimeout = ConnectTimeout };
            using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
            client.DefaultRequestHeaders.UserAgent.ParseAdd("IlgpuVq");
            foreach (var file in files.Where(file => !File.Exists(Path.Combine(folder, file.Name))))
            {
                FetchAsync(client, file, folder, progress, cancellation).GetAwaiter().GetResult();
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DataException.Expected(
                folder,
                "a folder to download to",
                error.Message,
                "Check its permissions and the free space, or choose another DataSetOptions.Root.",
                error,
                DataSettings.Root);
        }
    }

    private static async Task FetchAsync(
        HttpClient client, RemoteFile file, string folder, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        var partial = Path.Combine(folder, $".{file.Name}.partial");
        var failures = new List<string>();
        foreach (var mirror in file.Mirrors)
        {
            try
            {
                var failure = await TryFetchAsync(client, mirror, file, partial, progress, cancellation).ConfigureAwait(false);
                if (failure is null)
                {
                    File.Move(partial, Path.Combine(folder, file.Name), overwrite: true);
                    return;
                }

                failures.Add($"{mirror}: {failure}");
            }
            finally
            {
                File.Delete(partial);
            }
        }

        throw DataException.NotFetched(
            file.Name, string.Join("; ", failures), $"Try again later, or put the file into {folder} by hand.");
    }

    /// <summary>
    /// Writes the whole, checked file to <paramref name="partial"/>; returns null, or what was wrong with this mirror.
    /// </summary>
    private static async Task<string?> TryFetchAsync(
        HttpClient client,
        Uri mirror,
        RemoteFile file,
        string partial,
        IProgress<DownloadProgress>? progress,
        CancellationToken cancellation)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var target = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None);
        try
        {
            stall.CancelAfter(StallTimeout);
            using var response = await client
                .GetAsync(mirror, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                return $"HTTP {(int)response.StatusCode}";
            }

            if (response.Content.Headers.ContentLength is { } announced && announced != file.Length)
            {
                return $"expected {file.Length} bytes, got {announced}";
            }

            await using var source = await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[BufferSize];
            var received = 0L;
            while (true)
            {
                stall.CancelAfter(StallTimeout);
                var count = await ReadAsync(source, buffer, stall.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    break;
                }

                received += count;
                if (received > file.Length)
                {
                    return $"expected {file.Length} bytes, got more";
                }

                hash.AppendData(buffer, 0, count);
                await target.WriteAsync(buffer.AsMemory(0, count), stall.Token).ConfigureAwait(false);
                progress?.Report(new DownloadProgress(file.Name, received, file.Length));
            }

            if (received < file.Length)
            {
                return $"expected {file.Length} bytes, got {received}";
            }

            var actual = Convert.ToHexStringLower(hash.GetHashAndReset());
            target.Flush(flushToDisk: true);
            return actual == file.Sha256 ? null : $"expected SHA-256 {file.Sha256}, got {actual}";
        }
        catch (HttpRequestException error)
        {
            return error.Message;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"nothing arrived for {StallTimeout.TotalSeconds:0} seconds";
        }
    }

    /// <summary>Tells a broken connection from a full disk: both are input/output errors to the caller.</summary>
    private static async ValueTask<int> ReadAsync(Stream source, byte[] buffer, CancellationToken cancellation)
    {
        try
        {
            return await source.ReadAsync(buffer, cancellation).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw new HttpRequestException(error.Message, error);
        }
    }
}
