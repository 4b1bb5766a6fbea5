using System.Security.Cryptography;

namespace IlgpuVq.Models.Safetensors;

/// <summary>
/// The checksum that a file of this project may carry in its metadata: SHA-256 over the whole file, with the 64 hexadecimal
/// digits of the checksum itself counted as zeros. Other readers see one more metadata string.
/// </summary>
internal static class SafetensorsDigest
{
    public const string Key = "sha256";

    /// <summary>Length of the written checksum in characters.</summary>
    public const int Digits = 2 * SHA256.HashSizeInBytes;

    /// <summary>What stands in the checksum's place while it is computed.</summary>
    public static readonly string Placeholder = new('0', Digits);
}
