using IlgpuVq.Models.Safetensors;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Tests.Support;

/// <summary>Changes checkpoints as only another program, another version or a fault could.</summary>
internal static class CheckpointFiles
{
    /// <summary>Writes the file anew, with a right checksum.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="tensor">Changes the bytes of a tensor, by its name.</param>
    /// <param name="metadata">Changes the metadata.</param>
    public static void Rewrite(string path, Action<string, byte[]> tensor, Action<Dictionary<string, string>>? metadata = null)
    {
        List<TensorData> tensors = [];
        Dictionary<string, string> strings;
        using (var file = SafetensorsFile.Open(path))
        {
            foreach (var entry in file.Entries)
            {
                var bytes = new byte[entry.ByteLength];
                file.ReadBytes(entry.Name, 0, bytes);
                tensor(entry.Name, bytes);
                tensors.Add(TensorData.OfBytes(entry.Name, entry.Type, entry.Shape, bytes));
            }

            strings = file.Metadata.Where(pair => pair.Key != "sha256").ToDictionary();
        }

        metadata?.Invoke(strings);
        AtomicFile.Write(path, stream => SafetensorsWriter.Write(stream, tensors, strings, digest: true));
    }

    /// <summary>Makes the last element of a tensor of floats another number.</summary>
    public static void Poison(string path, string key, float value)
    {
        var isFound = false;
        Rewrite(path, (name, bytes) =>
        {
            if (name == key)
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - sizeof(float)), value);
                isFound = true;
            }
        });
        if (!isFound)
        {
            throw new ArgumentException($"{path} has no tensor {key}", nameof(key));
        }
    }
}
