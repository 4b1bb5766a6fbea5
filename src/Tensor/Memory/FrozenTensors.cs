using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Memory;

/// <summary>Tensors that do not change until this is disposed; see <see cref="Device.Freeze"/>.</summary>
public sealed class FrozenTensors : IDisposable
{
    /// <summary>Bytes that are kept at most, unless told otherwise: of large models each call takes so long that what is made of
    /// the weights costs little.</summary>
    public const long DefaultMostBytes = 256L << 20;

    private readonly Tensor<float>[] tensors;
    private readonly Storage[] storages;
    private readonly long mostBytes;
    private readonly Dictionary<(Storage Of, Shape Shape, object Form), Storage> derived = [];
    private long bytes;
    private bool isDisposed;

    internal FrozenTensors(IEnumerable<Tensor<float>> tensors, long mostBytes)
    {
        this.mostBytes = mostBytes;
        this.tensors = [.. tensors.Select(tensor => tensor.Share())];
        storages = [.. this.tensors.Select(PlaceOf)];
        foreach (var storage in storages)
        {
            storage.Frozen = this;
        }
    }

    /// <summary>Lets the tensors change again, and gives back what was kept of them.</summary>
    public void Dispose()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        foreach (var storage in storages)
        {
            storage.Frozen = null;
        }

        foreach (var kept in derived.Values)
        {
            kept.Release();
        }

        foreach (var tensor in tensors)
        {
            tensor.Dispose();
        }
    }

    /// <summary>What was kept of a tensor in some form; null for nothing yet.</summary>
    internal Storage? Find(Tensor<float> of, object form) => derived.GetValueOrDefault((PlaceOf(of), of.Shape, form));

    /// <summary>Whether there is room for so many floats more.</summary>
    internal bool CanKeep(int floats) => bytes + sizeof(float) * (long)floats <= mostBytes;

    /// <summary>Keeps something of a tensor; it is released with all else.</summary>
    internal void Keep(Tensor<float> of, object form, Storage kept)
    {
        derived.Add((PlaceOf(of), of.Shape, form), kept);
        bytes += sizeof(float) * (long)kept.Words;
    }

    private static Storage PlaceOf(Tensor<float> tensor) => ((ITensor)tensor).Place.Storage;
}
