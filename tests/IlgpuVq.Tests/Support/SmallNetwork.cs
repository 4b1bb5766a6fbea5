using IlgpuVq.Models.Safetensors;

namespace IlgpuVq.Tests.Support;

/// <summary>Files of a small network for a perceptual loss, of the state that a golden file has.</summary>
internal static class SmallNetwork
{
    /// <param name="path">Where it goes.</param>
    /// <param name="lines">A case of the golden file; null for that of colours.</param>
    /// <param name="rename">From the keys of LPIPS to others; null for the same.</param>
    /// <param name="change">Other numbers by key; null for the same.</param>
    public static void Write(
        string path, IEnumerable<TorchLine>? lines = null, Func<string, string>? rename = null,
        Func<string, float[], float[]>? change = null)
    {
        lines ??= TorchLine.Read("Perceptual", "torch_perceptual.txt")["colours"];
        using var stream = File.Create(path);
        SafetensorsWriter.Write(stream, [.. lines.Where(line => line.Role == "state").Select(line => TensorData.OfFloats(
            rename?.Invoke(line.Name) ?? line.Name, line.Shape.Select(length => (long)length),
            change?.Invoke(line.Name, line.Floats) ?? line.Floats))]);
    }
}
