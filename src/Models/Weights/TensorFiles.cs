using IlgpuVq.Models.Safetensors;
using IlgpuVq.Models.Torch;

namespace IlgpuVq.Models.Weights;

/// <summary>Files of tensors of any format that is read here, told apart by their content.</summary>
public static class TensorFiles
{
    private static readonly FileKind Kind = new(
        "a file of weights",
        (file, expected, actual, advice, inner) => new SafetensorsException(file, expected, actual, advice, inner));

    /// <summary>Opens a safetensors file or a PyTorch checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="SafetensorsException">It cannot be read, or is neither of both.</exception>
    /// <exception cref="TorchException">It is a checkpoint that cannot be read, or holds what none may.</exception>
    public static ITensorFile Open(string path) => IsTorch(path) ? TorchFile.Open(path) : SafetensorsFile.Open(path);

    /// <summary>Begins like a zip archive or a pickle. A safetensors file begins with the length of its header, the upper four
    /// bytes of which are zeros.</summary>
    private static bool IsTorch(string path)
    {
        using var source = ByteSource.OpenFile(path, Kind);
        Span<byte> start = stackalloc byte[(int)Math.Min(8, source.Length)];
        source.Read(0, start);
        return start is [(byte)'P' or 0x80, _, _, _, .. var upper] && upper.ContainsAnyExcept((byte)0);
    }
}
