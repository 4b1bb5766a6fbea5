namespace IlgpuVq.Models.Data;

/// <summary>A published file and what it must be.</summary>
/// <param name="Name">Its name on disk.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Sha256">Its SHA-256 in lower-case hexadecimal.</param>
/// <param name="Mirrors">Where to fetch it, the first that works.</param>
internal sealed record RemoteFile(string Name, long Length, string Sha256, Uri[] Mirrors);

/// <summary>How far a download is.</summary>
/// <param name="File">The name of the file that is being fetched.</param>
/// <param name="Received">Its bytes so far.</param>
/// <param name="Length">All its bytes.</param>
public readonly record struct DownloadProgress(string File, long Received, long Length);
