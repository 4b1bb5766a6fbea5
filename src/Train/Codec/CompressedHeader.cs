using System.Buffers.Binary;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Codec;

/// <summary>What a compressed image says about itself, before its codes.</summary>
/// <param name="Channels">Of the image.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Class">The class by which its codes are predicted; null for a prior that knows none.</param>
/// <param name="Model">What it needs to be read, in 32 lower-case hexadecimal digits:
/// <see cref="Training.TrainedPrior.Hash"/>.</param>
/// <param name="StreamLength">Bytes of the codes.</param>
internal sealed record CompressedHeader(int Channels, int Height, int Width, int? Class, string Model, int StreamLength)
{
    public const int ByteLength = 44;

    /// <summary>More than a picture has that goes through a model code by code.</summary>
    public const int MostPixels = 1 << 26;

    private const ushort Version = 1;
    private const int HashLength = 16;

    // A byte that is no text, the name, and line ends of both kinds, which a transfer as text would change.
    private static ReadOnlySpan<byte> Magic => [0x89, (byte)'I', (byte)'V', (byte)'C', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    public byte[] ToBytes()
    {
        var bytes = new byte[ByteLength];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(10), (ushort)Channels);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Height);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), Width);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), Class + 1 ?? 0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), StreamLength);
        Convert.FromHexString(Model).CopyTo(bytes, ByteLength - HashLength);
        return bytes;
    }

    /// <exception cref="RunException">The bytes are no header of this version, or its sizes make no sense.</exception>
    public static CompressedHeader Parse(ReadOnlySpan<byte> bytes, string path)
    {
        const string advice = "The file is damaged; make it again with compress.";
        if (!bytes.StartsWith(Magic))
        {
            throw new RunException(path, "a compressed image", "other first bytes", "Make one with compress.");
        }

        var version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new RunException(
                path, $"version {Version} of the format of compressed images", $"{version}", "Use the program that wrote it.");
        }

        var number = BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]);
        var header = new CompressedHeader(
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]), number == 0 ? null : number - 1,
            Convert.ToHexStringLower(bytes.Slice(ByteLength - HashLength, HashLength)),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]));
        if (header.Channels < 1 || header.Height < 1 || header.Width < 1 || (long)header.Height * header.Width > MostPixels)
        {
            throw new RunException(
                path, $"an image of 1 to {MostPixels} pixels",
                $"{(uint)header.Width}×{(uint)header.Height} of {header.Channels} channels", advice);
        }

        return number >= 0 && header.StreamLength >= 0
            ? header
            : throw new RunException(
                path, "a class and a length of at least 0", $"{number} and {header.StreamLength}", advice);
    }
}
