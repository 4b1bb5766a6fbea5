using IlgpuVq.Tests.Support;

namespace IlgpuVq.Tests.Models.Torch;

/// <summary>What PyTorch wrote: see Models/Weights/Goldens/torch_weights.py.</summary>
internal static class TorchGoldens
{
    private const string Name = "torch_weights.txt";

    private static readonly string[][] Lines =
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Models", "Weights", "Goldens", Name))
            .Select(line => line.Split('|')),
    ];

    /// <summary>The bytes of a checkpoint.</summary>
    public static byte[] Checkpoint(string example, string form) => Convert.FromBase64String(
        Lines.Single(line => line[0] == example && line[2] == "file" && line[3] == form)[5]);

    /// <summary>The tensors of a case.</summary>
    public static IReadOnlyList<TorchLine> Tensors(string example) =>
        [.. Lines.Where(line => line[0] == example && line[2] != "file").Select(line => TorchLine.Parse(string.Join('|', line)))];
}
